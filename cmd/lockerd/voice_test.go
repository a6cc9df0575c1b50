package main

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"lockerd/configs"
	"lockerd/matcher/voice"
	"lockerd/matcher/voice/synthetic"
	"lockerd/matcher/voice/wav"
)

// strangers train the model that the stories' cabinets compare voices with. People in stories are synthetic, so the
// model is of synthetic people, too, of whom none is in a story, and made by the operator's own command: what it
// estimates about voices then holds for those it hears.
const strangers = 16

// voices is that model, and what was said while it was made.
var voices = sync.OnceValue(func() (m struct {
	file           []byte
	told, progress string
	err            error
}) {
	dir, err := os.MkdirTemp("", "lockerd-voices-")
	if m.err = err; err != nil {
		return m
	}
	defer os.RemoveAll(dir)
	if m.err = record(dir, strangers); m.err != nil {
		return m
	}
	var told, progress bytes.Buffer
	file := filepath.Join(dir, "place.model")
	args := []string{"-data", dir, "-out", file, "-components", "32"}
	if m.err = trainModel(args, &told, slog.New(slog.NewTextHandler(&progress, nil))); m.err == nil {
		m.file, m.err = os.ReadFile(file)
	}
	m.told, m.progress = told.String(), progress.String()
	return m
})

// record writes four strings of digits of each of so many synthetic people.
func record(dir string, people int) error {
	for n := range people {
		stranger := synthetic.New(uint64(n))
		for i := range 4 {
			name := filepath.Join(dir, fmt.Sprintf("stranger%02d", n), fmt.Sprintf("%d.wav", i))
			if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
				return err
			}
			if err := os.WriteFile(name, wav.Encode(stranger.Say(voice.Prompt(), 16000, uint64(i)), 16000), 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

// The command that operators train with makes a model that the settings can name, and tells its progress.
func TestTrainVoices(t *testing.T) {
	trained := voices()
	if trained.err != nil {
		t.Fatal(trained.err)
	}
	file := filepath.Join(t.TempDir(), "place.model")
	if err := os.WriteFile(file, trained.file, 0o600); err != nil {
		t.Fatal(err)
	}
	model, err := voiceModel(configs.Cabinet{Voice: configs.Voice{Model: file}})
	if err != nil {
		t.Fatal(err)
	}
	if shipped, err := voiceModel(configs.Cabinet{}); err != nil || shipped.ID() == model.ID() {
		t.Errorf("without a setting the model is %v, %v", shipped, err)
	}
	for _, want := range []string{model.ID(), "64 recordings of 16 speakers", "enrolled again"} {
		if !strings.Contains(trained.told, want) {
			t.Errorf("it says %q, without %q", trained.told, want)
		}
	}
	if !strings.Contains(trained.progress, "training the mixture") {
		t.Errorf("its progress is %q", trained.progress)
	}
}

func TestTrainVoicesRefuses(t *testing.T) {
	dir := t.TempDir()
	if err := record(dir, 2); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "place.model")
	for _, tt := range []struct {
		args []string
		want string
	}{
		{nil, "which recordings"},
		{[]string{"-data", dir}, "where does the model go"},
		{[]string{"-data", dir, "-out", file}, "too few speakers"},
		{[]string{"-data", t.TempDir(), "-out", file}, "SPEAKER"},
		{[]string{"-data", filepath.Join(dir, "nowhere"), "-out", file}, "cannot read the recordings"},
		{[]string{"-data", dir, "-out", file, "-rates", "fast"}, "16000,8000"},
		{[]string{"-data", dir, "-out", file, "-rates", "44100"}, "44100"},
	} {
		if err := trainModel(tt.args, io.Discard, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v: %v, want an error with %q", tt.args, err, tt.want)
		}
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("a model was written all the same")
	}
	if err := os.WriteFile(file, []byte("no model"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{file: "no voice model", filepath.Join(dir, "nowhere"): "lockerd voice train"} {
		if _, err := voiceModel(configs.Cabinet{Voice: configs.Voice{Model: name}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error with %q", name, err, want)
		}
	}
}
