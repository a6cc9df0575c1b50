package voice

import (
	"math"
	"testing"

	"lockerd/matcher/voice/synthetic"
)

// TestScoresAreTheSameEverywhere holds scores of the shipped model against those that an amd64 gave: processors
// that fuse multiplications with additions differ in the last places of a number, and no more.
func TestScoresAreTheSameEverywhere(t *testing.T) {
	m := newMatcher(t, Options{})
	ada := enrolled(t, m, synthetic.New(1))
	for _, tt := range []struct {
		name  string
		voice synthetic.Voice
		want  float64
	}{
		{"Ada", synthetic.New(1), 81.2071},
		{"Bo", synthetic.New(2), 4.9647},
	} {
		t.Run(tt.name, func(t *testing.T) {
			second, err := m.Extract(sample(tt.voice, "40281975", 100))
			if err != nil {
				t.Fatal(err)
			}
			v, err := m.Compare(ada, second)
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(v.Score-tt.want) > 0.01 {
				t.Errorf("score %.4f, want %.4f", v.Score, tt.want)
			}
		})
	}
}

// BenchmarkExtract takes the features of three seconds of speech.
func BenchmarkExtract(b *testing.B) {
	m := newMatcher(b, Options{Attempts: -1})
	s := sample(synthetic.New(1), "4028197536", 100)
	s.Bytes = s.Bytes[:3*2*rate]
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Extract(s); err != nil {
			b.Fatal(err)
		}
	}
}
