package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"lockerd/matcher/voice"
	"lockerd/matcher/voice/speaker"
)

// runVoice measures the voice matcher on lists of recordings.
//
//	evaluate voice -enrol enrol.tsv -trials trials.tsv [-model FILE] [-snr DB [-noise DIR | -babble DIR]] [-telephone] [-replay] [-json] [-plot FILE]
//
// A line of the enrolment list is a model's name and one utterance, its comma-separated files joined; a model
// may have several lines. A line of the trial list is a model's name, one utterance, and target or nontarget.
// Fields are separated by tabs; files are WAV or FLAC of 8000 or 16000 samples a second, relative to the list or
// absolute. -enrol, -trials and -model take several files, separated by commas, whose scores are put together:
// so that each fold is tried with its own model.
func runVoice(args []string, out, errs io.Writer) error {
	flags := flag.NewFlagSet("voice", flag.ContinueOnError)
	flags.SetOutput(errs)
	enrol := flags.String("enrol", "", "enrolment lists: model TAB files, a line each")
	trials := flags.String("trials", "", "trial lists: model TAB files TAB target|nontarget, a line each")
	model := flags.String("model", "", "voice models; the shipped one when empty")
	snr := flags.Float64("snr", 0, "signal-to-noise ratio in dB of noise added to the tests; 0 adds none")
	noiseDir := flags.String("noise", "", "folder of noise; babble when empty")
	babbleDir := flags.String("babble", filepath.Join("..", "shared", "data", "voice", "librispeech"), "folder of speech to make babble of")
	asJSON := flags.Bool("json", false, "print the figures as JSON")
	replay := flags.Bool("replay", false, "also play each target test back over a simulated loudspeaker")
	telephone := flags.Bool("telephone", false, "hear everything over a simulated telephone line")
	plot := flags.String("plot", "", "file for the curve of errors (PNG or SVG)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *enrol == "" || *trials == "" {
		return errors.New("voice needs -enrol and -trials")
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("voice takes no words, only flags (several lists stand behind one flag, separated by commas): %q", flags.Args())
	}
	if err := noiseMakesSense(flags, *snr); err != nil {
		return err
	}
	if err := canPlot(*plot); err != nil {
		return err
	}
	t := &voiceTest{snr: *snr, telephone: *telephone, errs: errs}
	if *replay {
		t.replay = &replayTest{}
	}
	if *snr != 0 {
		var err error
		if *noiseDir != "" {
			t.noise, err = newNoise(*noiseDir)
		} else {
			t.noise, err = newBabble(*babbleDir, 1)
		}
		if err != nil {
			return err
		}
	}
	enrols, lists, models := strings.Split(*enrol, ","), strings.Split(*trials, ","), strings.Split(*model, ",")
	if len(enrols) != len(lists) || len(models) != 1 && len(models) != len(enrols) {
		return fmt.Errorf("voice was given %d enrolment lists, %d trial lists and %d models: name as many of each", len(enrols), len(lists), len(models))
	}
	for i := range enrols {
		m, err := loadVoiceModel(models[min(i, len(models)-1)])
		if err != nil {
			return err
		}
		if err := t.run(m, enrols[i], lists[i]); err != nil {
			return err
		}
	}
	return t.report(out, *asJSON, *plot)
}

// noiseMakesSense refuses noise that would not be added, and ratios at which it or the speech would be lost.
func noiseMakesSense(flags *flag.FlagSet, snr float64) error {
	if !(snr >= -30 && snr <= 60) {
		return fmt.Errorf("-snr goes from -30 to 60 dB: %v", snr)
	}
	var err error
	flags.Visit(func(f *flag.Flag) {
		if snr == 0 && (f.Name == "noise" || f.Name == "babble") {
			err = fmt.Errorf("-%s adds nothing without -snr, a ratio in dB that is not 0", f.Name)
		}
	})
	return err
}

// loadVoiceModel reads a model's file, or the shipped model when path is empty.
func loadVoiceModel(path string) (*speaker.Model, error) {
	if path == "" {
		return voice.Shipped()
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	m, err := speaker.Decode(b)
	if err != nil {
		return nil, fmt.Errorf("cannot use %s: %w", path, err)
	}
	return m, nil
}
