package train

import (
	"math/rand/v2"
	"slices"
	"testing"

	"lockerd/matcher/voice/speaker"
)

// A handful of scores says nothing of a rate beside thousands, whichever pool they stand in.
func TestFewScoresDecideNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	normal := func(n int, mean float64) []float64 {
		scores := make([]float64, n)
		for i := range scores {
			scores[i] = mean + random.NormFloat64()
		}
		return scores
	}
	few, many, harder := []float64{-2, 0, 3}, normal(10000, 0), normal(1000, 2)
	for name, test := range map[string]struct {
		pools [2][]float64
		want  []float64
	}{
		"few without a text":    {[2][]float64{few, many}, many},
		"few of the same text":  {[2][]float64{many, few}, many},
		"none without a text":   {[2][]float64{nil, many}, many},
		"few and fewer":         {[2][]float64{few[:2], normal(30, 0)}, nil},
		"the same text, harder": {[2][]float64{many, harder}, harder},
		"no text, harder":       {[2][]float64{harder, many}, harder},
	} {
		if test.want == nil { // the larger of two small pools
			test.want = test.pools[1]
		}
		if got, want := hardest(test.pools), speaker.Quantiles(test.want); !slices.Equal(got, want) {
			t.Errorf("%s: thresholds %v, want %v", name, got, want)
		}
	}
}
