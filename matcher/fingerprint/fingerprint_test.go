package fingerprint

import (
	"errors"
	"testing"

	"lockerd/matcher"
	"lockerd/matcher/fingerprint/synthetic"
)

// sample returns an impression of a synthetic finger as a sensor would give it.
func sample(seed, n uint64) matcher.Sample {
	const w, h = 256, 288
	return matcher.Sample{Kind: matcher.Fingerprint, Bytes: synthetic.New(seed).Impression(n, w, h), Width: w, Height: h, DPI: synthetic.DPI}
}

func TestFingersMatchThemselvesOnly(t *testing.T) {
	m := New(Options{})
	const fingers, impressions = 6, 4
	var first, second []matcher.Identification
	for f := range uint64(fingers) {
		var samples []matcher.Sample
		for n := range uint64(impressions - 1) {
			samples = append(samples, sample(f, n))
		}
		id, err := m.Enrol(samples)
		if err != nil {
			t.Fatalf("finger %d: %v", f, err)
		}
		first = append(first, id)
		id, err = m.Extract(sample(f, impressions-1))
		if err != nil {
			t.Fatalf("finger %d: %v", f, err)
		}
		second = append(second, id)
	}
	for i, a := range first {
		for j, b := range second {
			v, err := m.Compare(a, b)
			if err != nil {
				t.Fatal(err)
			}
			if v.Match != (i == j) {
				t.Errorf("fingers %d and %d: match %v, score %.1f, FMR %.2g", i, j, v.Match, v.Score, v.FMR)
			}
		}
	}
}

func TestEnrolRefusesMixedFingers(t *testing.T) {
	_, err := New(Options{}).Enrol([]matcher.Sample{sample(1, 0), sample(1, 1), sample(2, 0)})
	var q *matcher.QualityError
	if !errors.As(err, &q) || q.Advice != matcher.SameFinger {
		t.Errorf("got %v, want advice %q", err, matcher.SameFinger)
	}
}
