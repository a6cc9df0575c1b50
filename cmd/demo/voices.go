package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"lockerd/matcher/voice"
	"lockerd/matcher/voice/synthetic"
	"lockerd/matcher/voice/wav"
)

// trainVoices makes the cabinet's voice model, the first time, as an operator makes one of a place's own people: the
// people of the sandbox are synthetic, so it is trained on synthetic people, none of whom is Ada or Bo.
func (t *town) trainVoices(ctx context.Context) (model string, err error) {
	const people, strings, rate = 16, 4, 16000
	if model, err = filepath.Abs(filepath.Join(t.cabinetDir(), "place.model")); err != nil {
		return "", err
	}
	if _, err := os.Stat(model); !errors.Is(err, fs.ErrNotExist) {
		return model, err
	}
	dir, err := os.MkdirTemp(t.dir, "recordings-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	for person := range people {
		speaker := synthetic.New(uint64(person))
		for i := range strings {
			file := filepath.Join(dir, fmt.Sprint("person", person), fmt.Sprintf("%d.wav", i))
			if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
				return "", err
			}
			if err := os.WriteFile(file, wav.Encode(speaker.Say(voice.Prompt(), rate, uint64(i)), rate), 0o600); err != nil {
				return "", err
			}
		}
	}
	train := exec.CommandContext(ctx, filepath.Join(t.bin, "lockerd"), "voice", "train", "-data", dir, "-out", model, "-components", "32")
	if said, err := train.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, said)
	}
	return model, nil
}
