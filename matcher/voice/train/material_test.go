package train

import (
	"slices"
	"testing"

	"lockerd/matcher/voice/speech"
)

// TestConditions tells in how many ways each recording is heard in training, and that they differ.
func TestConditions(t *testing.T) {
	for _, tt := range []struct {
		band speech.Band
		want int
	}{
		{speech.Wide, 2},   // as recorded, in babble
		{speech.Narrow, 3}, // over the telephone, too
	} {
		people := recordings(leastSpeakers)
		for i := range people {
			if people[i].Rate < tt.band.Rate { // higher pitched, and speech no less
				people[i].Rate = tt.band.Rate
			}
		}
		material, err := prepare(people, tt.band, small.filled())
		if err != nil {
			t.Fatal(err)
		}
		heard := material[0].conditions()
		if len(heard) != tt.want {
			t.Fatalf("%d samples a second: %d conditions, want %d", tt.band.Rate, len(heard), tt.want)
		}
		first := heard[0].features[0]
		for i, f := range heard[1:] {
			if slices.Equal(first, f.features[0]) {
				t.Errorf("%d samples a second: condition %d is heard as recorded", tt.band.Rate, i+1)
			}
		}
	}
}
