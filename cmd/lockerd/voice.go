package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"lockerd/configs"
	"lockerd/controller"
	"lockerd/matcher"
	"lockerd/matcher/voice"
	"lockerd/matcher/voice/speaker"
	"lockerd/matcher/voice/train"
)

// addVoice adds the voice matcher, unless the kind is switched off in the settings.
func (d *cabinet) addVoice(parts *controller.Parts) error {
	parts.VoiceAlone = d.cfg.Voice.Alone
	if slices.Contains(parts.Settings.Off, matcher.Voice) {
		return nil
	}
	model, err := voiceModel(d.cfg)
	if err != nil {
		return err
	}
	voices, err := voice.New(model, voice.Options{Attempts: controller.KeptAttempts})
	if err != nil {
		return fmt.Errorf("cannot set up the voice matcher: %w", err)
	}
	d.log.Info("voices are compared", "model", model.ID(), "file", cmp.Or(d.cfg.Voice.Model, "as shipped"))
	parts.Matchers, parts.VoicePrompts = append(parts.Matchers, voices), voice.EnrolPrompts
	return nil
}

// voiceModel reads the voice model that the settings name.
func voiceModel(cfg configs.Cabinet) (*speaker.Model, error) {
	if cfg.Voice.Model == "" {
		return voice.Shipped()
	}
	file, err := os.ReadFile(cfg.Voice.Model)
	if err != nil {
		return nil, fmt.Errorf("cannot read voice.model: %w (lockerd voice train makes one)", err)
	}
	model, err := speaker.Decode(file)
	if err != nil {
		return nil, fmt.Errorf("cannot use voice.model %s: %w", cfg.Voice.Model, err)
	}
	return model, nil
}

// trainVoices makes a voice model of an operator's own recordings.
func trainVoices(_ context.Context, args []string) error {
	return trainModel(args, os.Stdout, slog.New(slog.NewTextHandler(os.Stderr, nil)))
}

// trainModel is trainVoices with its output given: the result to out, its progress to log.
func trainModel(args []string, out io.Writer, log *slog.Logger) error {
	flags := flag.NewFlagSet("lockerd voice train", flag.ContinueOnError)
	data := flags.String("data", "", "folder of recordings: a folder for each speaker, with WAV or FLAC files in it")
	file := flags.String("out", "", "the model's file, for voice.model")
	components := flags.Int("components", 0, "how fine the model is at most, up to 320; 0 for 256, fewer where there is little speech")
	rates := flags.String("rates", "16000", "samples a second of the recordings to use: 16000, 8000, or both")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *data == "" || *file == "" || flags.NArg() > 0 {
		return errors.New("which recordings, and where does the model go? lockerd voice train -data DIR -out FILE")
	}
	shipped, err := voice.Shipped()
	if err != nil {
		return err
	}
	options := train.Options{Components: *components, Network: shipped.Network, Log: log}
	for text := range strings.SplitSeq(*rates, ",") {
		rate, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("cannot train for %q samples a second: use 16000, 8000, or 16000,8000", text)
		}
		options.Rates = append(options.Rates, rate)
	}
	recordings, err := train.ReadFolder(os.DirFS(*data))
	if err != nil {
		return fmt.Errorf("cannot read the recordings in %s: %w", *data, err)
	}
	log.Info("recordings are read", "recordings", len(recordings), "speakers", speakers(recordings))
	model, err := train.Train(recordings, options)
	if err != nil {
		return fmt.Errorf("cannot train: %w", err)
	}
	content, err := model.Encode()
	if err != nil {
		return err
	}
	if err := writeWhole(*file, content); err != nil {
		return fmt.Errorf("cannot write the model: %w", err)
	}
	fmt.Fprintf(out, "model %s: %d bytes of %d recordings of %d speakers, in %s\n"+
		"set voice.model to it; voices that were enrolled with another model have to be enrolled again\n",
		model.ID(), len(content), len(recordings), speakers(recordings), *file)
	return nil
}

func speakers(recordings []train.Recording) int {
	names := map[string]bool{}
	for _, r := range recordings {
		names[r.Speaker] = true
	}
	return len(names)
}

// writeWhole writes a file whole or not at all.
func writeWhole(path string, content []byte) error {
	part, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(part.Name()) // gone already when all went well
	_, err = part.Write(content)
	if err := errors.Join(err, part.Chmod(0o644), part.Sync(), part.Close()); err != nil {
		return err
	}
	return os.Rename(part.Name(), path)
}
