// Command demo runs the whole system on one machine: the information system, its signer, and one cabinet whose
// hardware is emulated at the wire. They are the same programs as in service, each a process of its own; demo
// starts them, introduces them to each other, and stops them.
//
//	demo run     starts everything with Ada enrolled and a parcel waiting, until Ctrl-C (make run)
//	demo story   carries out the whole method headless on a state of its own (make story)
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := dispatch(ctx, os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func dispatch(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("which command? run or story")
	}
	switch args[0] {
	case "run":
		return run(ctx, args[1:])
	case "story":
		return story(ctx, args[1:])
	case "help", "-h", "-help", "--help":
		fmt.Println("demo run     start everything on this machine, until Ctrl-C\ndemo story   carry out the whole method headless, and say whether all held\n-h behind one of them lists its flags")
		return nil
	}
	return fmt.Errorf("there is no command %q: use run or story", args[0])
}

// places are the files and addresses that the programs are started with.
type places struct {
	bin     string // folder of lockerd and infosystem
	configs string // folder of sandbox.yaml and infosystem.yaml
	dir     string // state
	web     string // host:port of the information system
	broker  string
	kiosk   string
	front   string
	fingers string // folder of real images, or empty
	compare string // where fingers are compared: auto, host or module
	model   string // of the emulated module
	voice   bool   // voices are compared
}

func placeFlags(name string, p *places) *flag.FlagSet {
	self, err := os.Executable()
	if err != nil {
		self = "."
	}
	flags := flag.NewFlagSet("demo "+name, flag.ContinueOnError)
	flags.StringVar(&p.bin, "bin", filepath.Dir(self), "folder of the programs")
	flags.StringVar(&p.configs, "configs", "configs", "folder of sandbox.yaml and infosystem.yaml")
	flags.StringVar(&p.fingers, "fingers", "", "folder of real finger images in place of made-up ones (PNG, TIFF, BMP)")
	flags.StringVar(&p.compare, "compare", "auto", "where fingers are compared: auto, host or module")
	flags.StringVar(&p.model, "model", "r503", "emulated module: r307 (256×288 pixels) or r503 (192×192)")
	flags.BoolVar(&p.voice, "voice", name == "story", "switch voices on, with a model of synthetic people, which is trained at the first start")
	return flags
}

// parse reads flags. A word among them would hide those behind it, so that the demo ran elsewhere than it was told.
func parse(flags *flag.FlagSet, args []string) error {
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%s takes no words, only flags: %q", flags.Name(), flags.Args())
	}
	return nil
}

// run is `make run`.
func run(ctx context.Context, args []string) error {
	var p places
	flags := placeFlags("run", &p)
	flags.StringVar(&p.dir, "dir", "var", "folder of the state")
	flags.StringVar(&p.web, "web", "127.0.0.1:8082", "address of the information system")
	flags.StringVar(&p.broker, "broker", "127.0.0.1:1884", "address of its broker")
	flags.StringVar(&p.kiosk, "kiosk", "127.0.0.1:8080", "address of the touchscreen")
	flags.StringVar(&p.front, "front", "127.0.0.1:8081", "address of the cabinet's front")
	if err := parse(flags, args); err != nil {
		return err
	}
	town, err := open(ctx, p, true)
	if err != nil {
		return err
	}
	defer town.stop()
	if err := town.welcome(ctx); err != nil {
		return err
	}
	fmt.Printf(`
Everything runs. Open in a browser:
  touchscreen          http://%s/
  cabinet's front      http://%s/
  information system   http://%s/   (user "operator")

Try this: a parcel waits for Ada. On the cabinet's front press "Ada, right": the emulated module reads
her finger at its real pace, and her door opens. Press "Push door shut" to end the pickup.
Ctrl-C stops everything; the next start goes on where this one stops. State and logs: %s

`, p.kiosk, p.front, p.web, p.dir)
	return town.wait(ctx)
}
