// Command lockerd is the cabinet: it drives the locks, the fingerprint module, the keypad, the microphone and
// the touchscreen of one parcel cabinet, compares people with what they stored, and keeps in step with the
// information system. The same program runs on a Pi and, with emulators at the wire, on any machine.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"lockerd/configs"
	"lockerd/controller/kiosk"
)

// command is one of the program's subcommands.
type command struct {
	name, args, help string
	run              func(ctx context.Context, args []string) error
}

func commands() []command {
	return []command{
		{"run", "[-config FILE] [-set KEY=VALUE]... [-fingers DIR]", "run the cabinet; -fingers puts real images in place of the sandbox's made-up fingers", runCabinet},
		{"check", "[-config FILE] [-set KEY=VALUE]...", "check the settings and start nothing", checkSettings},
		{"doctor", "[-config FILE] [-set KEY=VALUE]... [-json]", "check this machine for the cabinet of the settings, and say what to do about each fault", doctorCommand},
		{"release", "[-config FILE] [-set KEY=VALUE]...", "switch every lock's coil off; systemd runs it when the cabinet has ended", releaseLocks},
		{"console", "[-config FILE] [-set KEY=VALUE]...", "attach this terminal to the sandbox's serial console; Ctrl-] leaves", attachConsole},
		{"sandbox", "[-config FILE] [-set KEY=VALUE]... WORDS", `move the sandbox: lockerd sandbox "finger ada" (or: help)`, sandboxWords},
		{"sandbox module", "-link PATH [-model r307|r503] [-pace]", "serve the emulated fingerprint module alone on a pseudo-terminal", serveModule},
		{"voice train", "-data DIR -out FILE [-components N] [-rates 16000]", "make a voice model of this place's own recordings, DIR/SPEAKER/*.wav or *.flac, for voice.model", trainVoices},
		{"version", "[-json]", "print the version; with -json also what it was built from", printVersion},
		{"help", "", "print this list", printHelp},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	err := dispatch(ctx, os.Args[1:])
	if errors.Is(err, errReboot) {
		os.Exit(rebootStatus)
	}
	if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "lockerd:", err)
		os.Exit(1)
	}
}

// dispatch runs the command with the longest name that begins args.
func dispatch(ctx context.Context, args []string) error {
	var best *command
	words := 0
	for _, c := range commands() {
		name := strings.Fields(c.name)
		if len(args) >= len(name) && strings.Join(args[:len(name)], " ") == c.name && len(name) > words {
			best, words = &c, len(name)
		}
	}
	if best == nil && len(args) > 0 && slices.Contains([]string{"-h", "-help", "--help"}, args[0]) {
		return printHelp(ctx, nil)
	}
	if best == nil {
		usage(os.Stderr)
		if len(args) > 0 {
			return fmt.Errorf("there is no command %q", args[0])
		}
		return errors.New("which command?")
	}
	return best.run(ctx, args[words:])
}

func printHelp(context.Context, []string) error {
	usage(os.Stdout)
	return nil
}

// usage tells the commands. The manual page and the shell's completion are made of its lines.
func usage(w io.Writer) {
	fmt.Fprintln(w, "lockerd runs one parcel cabinet.")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %s\n        %s\n", strings.TrimSpace("lockerd "+c.name+" "+c.args), c.help)
	}
}

// A commandLine is what stands behind a command's name: the flags that every command of a cabinet takes, and words.
type commandLine struct {
	config    string   // file of settings
	overrides []string // KEY=VALUE, above the file
	words     []string // behind the flags
}

// parse reads a command's own flags and those that every command takes.
func parse(flags *flag.FlagSet, args []string) (commandLine, error) {
	var line commandLine
	flags.StringVar(&line.config, "config", defaultConfig(), "settings `FILE`")
	flags.Func("set", "one setting, `KEY=VALUE`, above the file", func(text string) error {
		line.overrides = append(line.overrides, text)
		return nil
	})
	err := flags.Parse(args)
	line.words = flags.Args()
	return line, err
}

// parseFlags is parse for a command without words. They are refused: whoever names a file without -config would
// be told about another one.
func parseFlags(flags *flag.FlagSet, args []string) (commandLine, error) {
	line, err := parse(flags, args)
	if err == nil && len(line.words) > 0 {
		err = fmt.Errorf("%s takes no words, only flags, and settings behind -config: %q", flags.Name(), line.words)
	}
	return line, err
}

// settings reads the settings that the command line names.
func (c commandLine) settings() (configs.Cabinet, error) {
	cfg, err := configs.Load(c.config, c.overrides...)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w; name the file with -config", err)
	}
	return cfg, err
}

// settings reads the flags of a command that has none of its own, and the settings that they name.
func settings(name string, args []string) (configs.Cabinet, error) {
	return settingsBeside(flag.NewFlagSet("lockerd "+name, flag.ContinueOnError), args)
}

// settingsBeside is settings for a command that has flags of its own.
func settingsBeside(flags *flag.FlagSet, args []string) (configs.Cabinet, error) {
	line, err := parseFlags(flags, args)
	if err != nil {
		return configs.Cabinet{}, err
	}
	return line.settings()
}

// defaultConfig is the sandbox's in the source, and the cabinet's anywhere else.
func defaultConfig() string {
	const source = "configs/sandbox.yaml"
	if _, err := os.Stat(source); err == nil {
		return source
	}
	return "/etc/lockerd/cabinet.yaml"
}

func checkSettings(_ context.Context, args []string) error {
	line, err := parseFlags(flag.NewFlagSet("lockerd check", flag.ContinueOnError), args)
	if err != nil {
		return err
	}
	cfg, err := line.settings()
	if err != nil {
		return err
	}
	if _, err := voiceModel(cfg); err != nil {
		return err
	}
	screen, err := kiosk.New(kiosk.Options{})
	if err != nil {
		return err
	}
	if err := spoken(screen, cfg.Language); err != nil {
		return err
	}
	fmt.Printf("%s: the settings of cabinet %s are right: %d slots, %s\n", line.config, cfg.Name, len(cfg.Slots), cfg.Hardware)
	if cfg.Learned() {
		fmt.Println("gpio, boards and slots are as commissioning learned them:", cfg.Wiring)
	}
	for _, warning := range cfg.Warnings() {
		fmt.Println("warning:", warning)
	}
	return nil
}

func runCabinet(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("lockerd run", flag.ContinueOnError)
	fingers := flags.String("fingers", "", "sandbox: `DIR` of real finger images, FINGER_IMPRESSION.png, .tif or .bmp")
	cfg, err := settingsBeside(flags, args)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	for {
		err := run(ctx, cfg, *fingers, log)
		if !errors.Is(err, errReboot) || cfg.Hardware != "sandbox" {
			return err
		}
		log.Info("the sandbox starts anew") // its machine is not for it to restart
		if cfg, err = cfg.Reload(); err != nil {
			return err
		}
	}
}
