package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lockerd/controller"
	"lockerd/matcher/voice"
	"lockerd/matcher/voice/flac"
	"lockerd/matcher/voice/wav"
)

// realVoices are recordings of real people, which are not part of the project: speaker NN, word WW, take TT as
// sNN/wWW-tTT.flac.
const realVoices = "../../../shared/data/voice/dsp20"

// person is one of them, who says a word of their language for each digit: the words of a digit are whatever the
// person says for it at every enrolment and pickup.
type person struct {
	folder string
	takes  [10]int // how often each word was taken
}

// says returns the words for the digits, one take after the other of each, as a WAVE file of the microphone's form.
func (p *person) says(t *testing.T, digits string) string {
	t.Helper()
	pause := make([]byte, 16000/10*2)
	sound := append([]byte(nil), pause...)
	for _, digit := range digits {
		word := int(digit - '0')
		names, err := filepath.Glob(filepath.Join(p.folder, fmt.Sprintf("w%02d-t*.flac", word)))
		if err != nil || len(names) == 0 {
			t.Fatalf("no take of word %d in %s: %v", word, p.folder, err)
		}
		file, err := os.ReadFile(names[p.takes[word]%len(names)])
		if err != nil {
			t.Fatal(err)
		}
		p.takes[word]++
		samples, rate, err := flac.Decode(file)
		if err != nil || rate != 16000 {
			t.Fatalf("%d samples a second, %v", rate, err)
		}
		sound = append(append(sound, spoken(samples)...), pause...)
	}
	name := filepath.Join(t.TempDir(), "said.wav")
	if err := os.WriteFile(name, wav.Encode(sound, 16000), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// spoken cuts what is 20 dB below the loudest part before and after a word.
func spoken(samples []byte) []byte {
	const frame = 16000 / 50 * 2
	power := func(at int) (sum int) {
		for i := at; i < at+frame; i += 2 {
			v := int(int16(uint16(samples[i]) | uint16(samples[i+1])<<8))
			sum += v * v
		}
		return sum
	}
	loudest := 0
	for at := 0; at+frame <= len(samples); at += frame {
		loudest = max(loudest, power(at))
	}
	loud := func(at int) bool { return power(at) > loudest/100 }
	first, last := 0, len(samples)/frame*frame-frame
	for first < last && !loud(first) {
		first += frame
	}
	for last > first && !loud(last) {
		last -= frame
	}
	return samples[first : last+frame]
}

// trainOnOthers makes a model of everybody but the people of the test, by the operator's command.
func trainOnOthers(t *testing.T, file string, but ...*person) {
	t.Helper()
	folders, err := filepath.Glob(filepath.Join(realVoices, "s*"))
	if err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	for _, folder := range folders {
		if slices.ContainsFunc(but, func(p *person) bool { return p.folder == folder }) {
			continue
		}
		p, to := &person{folder: folder}, filepath.Join(data, filepath.Base(folder))
		err := os.Mkdir(to, 0o700)
		for i := range 4 {
			err = errors.Join(err, os.Rename(p.says(t, voice.Prompt()), filepath.Join(to, fmt.Sprintf("%d.wav", i))))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := trainModel([]string{"-data", data, "-out", file, "-components", "32"}, io.Discard, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
}

// Real people enrol and collect by the way that synthetic ones take in the stories. The model is of other people, in
// the same words, as an operator makes it. Two people tell no error rates: docs/voice.md does.
func TestRealVoices(t *testing.T) {
	if _, err := os.Stat(realVoices); err != nil {
		t.Skipf("skipped: there are no recordings of real voices at %s", realVoices)
	}
	if testing.Short() {
		t.Skip("skipped: a model is trained on real voices; run without -short")
	}
	t.Parallel()
	ada, bo := &person{folder: filepath.Join(realVoices, "s03")}, &person{folder: filepath.Join(realVoices, "s05")}
	file := filepath.Join(t.TempDir(), "place.model")
	trainOnOthers(t, file, ada, bo)
	s := &story{rig: newRig(t, "off=[]", "voice.model="+file), newest: map[string]string{}}
	hears := func(p *person, wanted ...controller.Screen) (shown controller.Screen) {
		t.Helper()
		var prompt string
		err := s.sees(func(v controller.View) bool {
			prompt = v.Prompt
			return v.Prompt != ""
		})
		v, _ := s.screen.now()
		s.answers = v.Number
		if err == nil {
			err = s.say("say " + p.says(t, prompt))
		}
		if err == nil {
			err = s.sees(func(v controller.View) bool {
				shown = v.Screen
				return slices.Contains(wanted, v.Screen)
			})
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, s.journal())
		}
		return shown
	}
	tell := func(steps string) {
		t.Helper()
		for step := range strings.Lines(steps) {
			if step = strings.TrimSpace(step); step != "" {
				if err := s.take(step); err != nil {
					t.Fatalf("%s: %v\n%s", step, err, s.journal())
				}
			}
		}
	}
	tell(`setting policy=voice+passcode | code
		given ada, who is invited with 24681357
		tap enrol
		tap digits 24681357
		tap skip
		tap skip
		tap consent
		tap consent
		tap digits 271828
		tap digits 271828`)
	for strings := 1; hears(ada, controller.EnrolVoice, controller.EnrolDone) != controller.EnrolDone; strings++ {
		if strings == 15 {
			t.Fatalf("a voice is not enrolled in %d strings", strings)
		}
	}
	afterTail := `tap pickup
		tap way voice
		tap digits 4711`
	tell("tap ok\n given ada, with a parcel in slot 1\n" + afterTail)
	hears(bo, controller.RefusedView)
	tell("leaves\n" + afterTail)
	for tries := 1; hears(ada, controller.AskPasscode, controller.RefusedView) != controller.AskPasscode; tries++ {
		if tries == 3 {
			t.Fatal("a voice is not known in three tries")
		}
		tell("leaves\n" + afterTail)
	}
	tell(`tap digits 271828
		sees slot-open 1`)
}
