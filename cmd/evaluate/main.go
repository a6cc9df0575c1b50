// Command evaluate measures the matchers on folders of data, so that every figure in docs/ can be
// reproduced. Each subcommand has a file of its own and is listed in subcommands.
//
//	evaluate SUBCOMMAND [flags] [DIR...]
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

// A subcommand is one measurement. run gets the arguments after the subcommand's name, writes its
// results to out, and its progress and complaints to errs.
type subcommand struct {
	name    string
	summary string
	run     func(args []string, out, errs io.Writer) error
}

// subcommands lists every measurement in the order of the help text.
var subcommands = []subcommand{
	{"fingerprint", "error rates and times on folders of fingerprints", runFingerprint},
	{"identify", "a search for one finger among many", runIdentify},
	{"synthetic", "error rates of the synthetic fingers", runSynthetic},
	{"nonfingers", "images that are no finger against many templates", runNonFingers},
	{"voice", "error rates and times on lists of recordings", runVoice},
	{"voice-trials", "writes lists of recordings to train on, enrol and try", runVoiceTrials},
	{"voice-train", "makes a voice model of a list of recordings", runVoiceTrain},
	{"voice-frames", "writes what the voices' network is trained on", runVoiceFrames},
	{"digits", "how often right and wrong digits are accepted", runDigits},
}

func main() {
	err := run(os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	default:
		fmt.Fprintln(os.Stderr, "evaluate:", err)
		os.Exit(1)
	}
}

// run carries out the subcommand that args begin with.
func run(args []string, out, errs io.Writer) error {
	if len(args) == 0 {
		usage(errs)
		return errors.New("which subcommand?")
	}
	if args[0] == "help" || args[0] == "-h" || args[0] == "-help" || args[0] == "--help" {
		usage(errs)
		return flag.ErrHelp
	}
	for _, c := range subcommands {
		if c.name == args[0] {
			return c.run(args[1:], out, errs)
		}
	}
	usage(errs)
	return fmt.Errorf("unknown subcommand %q", args[0])
}

func usage(w io.Writer) {
	fmt.Fprintln(w, "usage: evaluate SUBCOMMAND [flags] [DIR...]")
	for _, c := range subcommands {
		fmt.Fprintf(w, "  %-12s %s\n", c.name, c.summary)
	}
	fmt.Fprintln(w, "evaluate SUBCOMMAND -h lists its flags, which stand before the folders")
}
