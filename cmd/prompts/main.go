// Command prompts records what the touchscreen speaks: every sentence of every language, by espeak-ng, into one
// folder a language. Where opusenc is at hand the recordings are Opus (RFC 7845), otherwise WAV, which is ten
// times as large. An operator may replace any file by a human's voice; the name before the ending counts.
//
//	prompts [-doors 60] [FOLDER]
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"lockerd/controller/kiosk"
)

// voice is one of espeak-ng's and how many words it says a minute. People of eighty listen: that is slower than
// espeak-ng's own 175, but for Chinese, of which it counts every syllable as a word.
type voice struct{ name, words string }

// voices are those of languages that have another one than their tag begins with, or another speed.
var voices = map[string]voice{"zh-CN": {"cmn", "200"}, "en": {"en-gb", "150"}}

func voiceOf(language string) voice {
	if v, ok := voices[language]; ok {
		return v
	}
	name, _, _ := strings.Cut(language, "-")
	return voice{name, "150"}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "prompts:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("prompts", flag.ContinueOnError)
	doors := flags.Int("doors", 60, "the highest number of a door")
	if err := flags.Parse(args); err != nil {
		return err
	}
	folder := cmp.Or(flags.Arg(0), "prompts")
	prompts, err := kiosk.Prompts(*doors)
	if err != nil {
		return err
	}
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		return errors.New("cannot speak: there is no espeak-ng here (Debian: apt-get install espeak-ng)")
	}
	_, err = exec.LookPath("opusenc")
	small := err == nil
	if !small {
		fmt.Fprintln(os.Stderr, "there is no opusenc here (Debian: apt-get install opus-tools); the recordings will be WAV")
	}
	var bytes int64
	for _, p := range prompts {
		size, err := record(ctx, p, folder, small)
		if err != nil {
			return err
		}
		bytes += size
	}
	fmt.Printf("%d prompts, %d KiB, in %s\n", len(prompts), bytes>>10, folder)
	return nil
}

// record speaks one prompt into its file and returns the file's size in bytes.
func record(ctx context.Context, p kiosk.Prompt, folder string, small bool) (int64, error) {
	file := filepath.Join(folder, filepath.FromSlash(p.File)+".wav")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return 0, err
	}
	// The pause that espeak-ng leaves at the end stays: several recordings are played one after the other.
	v := voiceOf(p.Language)
	if err := command(ctx, p.Text, "espeak-ng", "-v", v.name, "-s", v.words, "-w", file); err != nil {
		return 0, fmt.Errorf("cannot speak %s: %w", p.File, err)
	}
	if small {
		wav := file
		file = strings.TrimSuffix(wav, ".wav") + ".opus"
		if err := command(ctx, "", "opusenc", "--quiet", "--bitrate", "16", "--serial", "1", wav, file); err != nil {
			return 0, fmt.Errorf("cannot encode %s: %w", p.File, err)
		}
		if err := os.Remove(wav); err != nil {
			return 0, err
		}
	}
	info, err := os.Stat(file)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func command(ctx context.Context, input, name string, args ...string) error {
	c := exec.CommandContext(ctx, name, args...)
	c.Stdin = strings.NewReader(input)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(string(out)))
	}
	return nil
}
