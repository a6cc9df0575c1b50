package voice

import (
	"errors"
	"testing"

	"lockerd/matcher"
	"lockerd/matcher/voice/synthetic"
)

// An attempt is decoded once, however many voiceprints it is compared with, and gives the same verdicts.
func TestPreparedAttempt(t *testing.T) {
	m := newMatcher(t, Options{})
	print := enrolled(t, m, synthetic.New(2))
	firsts := []matcher.Identification{print, {Kind: matcher.Voice, Data: print.Data[:100]}, print}
	second, err := m.Extract(sample(synthetic.New(2), "40281975", 100))
	if err != nil {
		t.Fatal(err)
	}
	prepared, err := m.Prepare(second)
	if err != nil {
		t.Fatal(err)
	}
	prepared.Data = nil // so that nothing is decoded again
	for i, result := range matcher.CompareAll(m, firsts, second) {
		plain, err := m.Compare(firsts[i], second)
		if !errors.Is(result.Err, err) || result.Verdict != plain || plain.Match != (i != 1) {
			t.Errorf("voiceprint %d: %+v, one by one %+v, %v", i, result, plain, err)
		}
		if v, again := m.Compare(firsts[i], prepared); !errors.Is(again, err) || v != plain {
			t.Errorf("voiceprint %d, prepared: %+v, %v, want %+v, %v", i, v, again, plain, err)
		}
	}
	for name, data := range map[string][]byte{"cut short": second.Data[:len(second.Data)-1], "of nothing": []byte(attemptMagic)} {
		if _, err := m.Prepare(matcher.Identification{Kind: matcher.Voice, Data: data}); !errors.Is(err, matcher.ErrDamaged) {
			t.Errorf("an attempt %s: %v", name, err)
		}
	}
}
