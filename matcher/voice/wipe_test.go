package voice

import (
	"testing"

	"lockerd/matcher/voice/speech"
	"lockerd/matcher/voice/synthetic"
)

// The spectra that a recording is analysed by are overwritten, whether it can be used or not.
func TestSpectraAreOverwritten(t *testing.T) {
	m := newMatcher(t, Options{})
	var seen []speech.Spectrum
	f := *m.fronts[rate]
	m.fronts[rate] = &front{cepstrum: f.cepstrum, spectra: func(sound []float32) (own, narrow speech.Spectrum) {
		own, narrow = f.spectra(sound)
		seen = append(seen, own, narrow)
		return own, narrow
	}}
	if _, err := m.Extract(sample(synthetic.New(1), "40281975", 1)); err != nil {
		t.Fatal(err)
	}
	short := sample(synthetic.New(1), "4", 2)
	short.Prompt = "40281975"
	if _, err := m.Extract(short); err == nil {
		t.Error("one digit passes for eight")
	}
	if len(seen) != 4 {
		t.Fatalf("%d spectra of two recordings in two bands", len(seen))
	}
	for i, s := range seen {
		for at, frame := range s {
			for _, power := range frame {
				if power != 0 {
					t.Fatalf("spectrum %d holds %g in frame %d", i, power, at)
				}
			}
		}
	}
}
