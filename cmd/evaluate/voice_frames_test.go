package main

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lockerd/matcher/voice/speech"
	"lockerd/matcher/voice/synthetic"
)

func TestVoiceFrames(t *testing.T) {
	dir := t.TempDir()
	var list strings.Builder
	for i, name := range []string{"ada", "bo"} {
		writeWAV(t, filepath.Join(dir, name+".wav"), synthetic.New(uint64(i+4)).Say("40281975", 16000, 1), 16000)
		fmt.Fprintf(&list, "%s\t\t%s.wav\n", name, name)
	}
	path := filepath.Join(dir, "train.tsv")
	if err := os.WriteFile(path, []byte(list.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	var before []byte
	for range 2 {
		name := filepath.Join(dir, "frames")
		if err := runVoiceFrames([]string{"-list", path, "-out", name, "-copies", "4"}, io.Discard, io.Discard); err != nil {
			t.Fatal(err)
		}
		index, err := os.ReadFile(name + ".tsv")
		if err != nil {
			t.Fatal(err)
		}
		values, err := os.ReadFile(name + ".i16")
		if err != nil {
			t.Fatal(err)
		}
		total, pieces := 0, strings.Split(strings.TrimSpace(string(index)), "\n")
		for _, line := range pieces {
			var speaker string
			var speed float64
			var number, frames int
			if _, err := fmt.Sscanf(line, "%s\t%g\t%d\t%d", &speaker, &speed, &number, &frames); err != nil || frames < 50 {
				t.Errorf("line %q: %v", line, err)
			}
			total += frames
		}
		if len(pieces) != 2*3*5 || len(values) != 2*speech.Narrow.Filters*total {
			t.Errorf("%d pieces of %d frames, %d bytes", len(pieces), total, len(values))
		}
		if before != nil && !bytes.Equal(before, values) {
			t.Error("the same list gives other frames")
		}
		before = values
	}
}

func TestFaster(t *testing.T) {
	slow := make([]float32, 16000)
	for i := range slow {
		slow[i] = float32(math.Sin(2 * math.Pi * 440 * float64(i) / 16000))
	}
	for _, speed := range []float64{0.9, 1.1} {
		got := faster(slow, speed)
		if want := int(15999 / speed); len(got) != want {
			t.Errorf("speed %g: %d samples, want %d", speed, len(got), want)
		}
		for i, x := range got {
			if want := math.Sin(2 * math.Pi * 440 * speed * float64(i) / 16000); math.Abs(float64(x)-want) > 0.01 {
				t.Fatalf("speed %g, sample %d: %.3f, want %.3f", speed, i, x, want)
			}
		}
	}
}
