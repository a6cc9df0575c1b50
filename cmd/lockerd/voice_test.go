package main

import (
	"bytes"
	"encoding/binary"
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
)

// voices is the model that the stories' cabinets compare voices with: their people are synthetic, so it is trained
// on synthetic people, of whom none is in a story, by the operator's own command.
var voices = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "lockerd-voices-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := recordStrangers(dir, 16); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "voices.model")
	if err := trainModel([]string{"-data", dir, "-out", file, "-components", "32"}, io.Discard, slog.New(slog.DiscardHandler)); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})

// recordStrangers writes six strings of digits of each of so many synthetic people.
func recordStrangers(dir string, people int) error {
	for n := range people {
		stranger := synthetic.New(uint64(n))
		for i := range 6 {
			name := filepath.Join(dir, fmt.Sprintf("stranger%02d", n), fmt.Sprintf("%d.wav", i))
			if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
				return err
			}
			if err := os.WriteFile(name, wavFile(stranger.Say(voice.Prompt(), 16000, uint64(i))), 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

// wavFile puts the head of a WAVE file before samples of 16000 a second.
func wavFile(pcm []byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(36+len(pcm)))
	b = binary.LittleEndian.AppendUint32(append(b, "WAVEfmt "...), 16)
	for _, v := range []uint16{1, 1, 16000, 0, 32000, 0, 2, 16} {
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	b = binary.LittleEndian.AppendUint32(append(b, "data"...), uint32(len(pcm)))
	return append(b, pcm...)
}

// The command that operators train with makes a model that the settings can name, and tells its progress.
func TestTrainVoices(t *testing.T) {
	dir := t.TempDir()
	if err := recordStrangers(dir, 12); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "place.model")
	var out, progress bytes.Buffer
	log := slog.New(slog.NewTextHandler(&progress, nil))
	if err := trainModel([]string{"-data", dir, "-out", file, "-components", "4"}, &out, log); err != nil {
		t.Fatal(err)
	}
	model, err := voiceModel(configs.Cabinet{Voice: configs.Voice{Model: file}})
	if err != nil {
		t.Fatal(err)
	}
	if shipped, err := voiceModel(configs.Cabinet{}); err != nil || shipped.ID() == model.ID() {
		t.Errorf("without a setting the model is %v, %v", shipped, err)
	}
	for _, want := range []string{model.ID(), "72 recordings of 12 speakers", "enrolled again"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it says %q, without %q", out.String(), want)
		}
	}
	if !strings.Contains(progress.String(), "training the mixture") {
		t.Errorf("its progress is %q", progress.String())
	}
}

func TestTrainVoicesRefuses(t *testing.T) {
	dir := t.TempDir()
	if err := recordStrangers(dir, 2); err != nil {
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
