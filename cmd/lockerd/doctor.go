package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"lockerd/configs"
	"lockerd/controller/console"
)

// doctorCommand checks the machine that a cabinet is to run on, and says what to do about each fault. It opens
// no line and no port, so that a cabinet that runs is not disturbed.
func doctorCommand(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("lockerd doctor", flag.ContinueOnError)
	asJSON := flags.Bool("json", false, "print the result as JSON")
	line, err := parseFlags(flags, args)
	if err != nil {
		return err
	}
	cfg, err := line.settings()
	checks := settingsChecks(cfg, err)
	if err == nil {
		checks = append(checks, doctor{cfg, thisMachine()}.examine(ctx)...)
	}
	return printChecks(os.Stdout, checks, *asJSON)
}

// settingsChecks are about the settings' file: each problem is one fault.
func settingsChecks(cfg configs.Cabinet, err error) []console.Check {
	if err == nil {
		return []console.Check{{Part: "settings", OK: true, Detail: fmt.Sprintf("%d slots, hardware %s", len(cfg.Slots), cfg.Hardware)}}
	}
	var checks []console.Check
	for problem := range strings.Lines(err.Error()) {
		checks = append(checks, console.Check{Part: "settings", Detail: strings.TrimSpace(problem), Advice: "mend that line; lockerd check tells when all is right"})
	}
	return checks
}

// printChecks prints the checks. The error says how many faults there are, so that scripts notice.
func printChecks(to io.Writer, checks []console.Check, asJSON bool) error {
	faults := 0
	for _, c := range checks {
		if !c.OK {
			faults++
		}
	}
	if asJSON {
		enc := json.NewEncoder(to)
		enc.SetIndent("", "  ")
		if err := enc.Encode(checks); err != nil {
			return err
		}
	} else {
		w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
		for i, c := range checks {
			result := "ok"
			if !c.OK {
				result = "FAULT"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", result, c.Part, c.Name, c.Detail)
			if again := i+1 < len(checks) && checks[i+1].Advice == c.Advice; c.Advice != "" && !again {
				fmt.Fprintf(w, "\t\t\t  → %s\n", c.Advice)
			}
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	if faults > 0 {
		return fmt.Errorf("%d of %d checks found a fault", faults, len(checks))
	}
	return nil
}
