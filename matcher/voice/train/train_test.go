package train

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"lockerd/matcher/voice/embedding"
	"lockerd/matcher/voice/speaker"
	"lockerd/matcher/voice/speech"
	"lockerd/matcher/voice/synthetic"
)

// recordings are of synthetic speakers who say the same two strings.
func recordings(speakers int) []Recording {
	var all []Recording
	for s := range speakers {
		v := synthetic.New(uint64(s + 1))
		for i, text := range []string{"0123456789", "5678901234"} {
			sound := speech.Sound(v.Say(text, 8000, uint64(i)))
			all = append(all, Recording{Speaker: fmt.Sprint(s), Text: "digits", Rate: 8000, Sound: sound})
		}
	}
	return all
}

var small = Options{Rates: []int{8000}, Components: 8, Rank: 3, Cohort: 8, Network: untrained()}

// untrained is a network of random weights.
func untrained() *embedding.Network {
	random := rand.New(rand.NewPCG(1, 1))
	values := func(n int) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(random.NormFloat64())
		}
		return v
	}
	filters := speech.Narrow.Filters
	first := embedding.Layer{In: filters, Out: 6, Kernel: 3, Stride: 2, Dilation: 1, Weights: values(6 * 3 * filters), Bias: values(6)}
	return &embedding.Network{Layers: []embedding.Layer{first}, Weights: values(4 * 12), Bias: values(4)}
}

func TestTrain(t *testing.T) {
	model, err := Train(recordings(10), small)
	if err != nil {
		t.Fatal(err)
	}
	file, err := model.Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Train(recordings(10), small)
	if err != nil {
		t.Fatal(err)
	}
	if second, _ := again.Encode(); !bytes.Equal(file, second) {
		t.Error("the same recordings give another model")
	}
	read, err := speaker.Decode(file)
	if err != nil || read.ID() != model.ID() {
		t.Fatalf("model %s read as %v, %v", model.ID(), read, err)
	}
	bg, err := read.Background(8000)
	if err != nil {
		t.Fatal(err)
	}
	if n := small.Network.Size(); bg.Network.Size() != n || len(bg.NetworkCentre) != n || bg.Cohort.Size() != 8 {
		t.Errorf("an embedding of %d values, centre of %d, want %d; cohort of %d, want 8", bg.Network.Size(), len(bg.NetworkCentre), n, bg.Cohort.Size())
	}
	scores := map[bool][]float64{} // by whether it is the enrolled speaker
	voices, tests := strangers(bg)
	for i, v := range voices {
		for j, heard := range tests {
			scores[i == j] = append(scores[i == j], speaker.Score(v, heard))
		}
	}
	if own, other := average(scores[true]), average(scores[false]); own < other+2 {
		t.Errorf("own voice scores %.1f, others %.1f: no difference", own, other)
	}
	if _, err := read.Background(16000); err == nil {
		t.Error("a band that was not trained is there")
	}
}

func average(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v / float64(len(values))
	}
	return sum
}

// TestLittleSpeech trains with the sizes of the shipped model on two strings of ten people.
func TestLittleSpeech(t *testing.T) {
	model, err := Train(recordings(10), Options{Rates: []int{8000}})
	if err != nil {
		t.Fatal(err)
	}
	bg := model.Backgrounds[0]
	if n := bg.Mixture.Components(); n < 2 || n > 128 {
		t.Errorf("%d Gaussians on little speech", n)
	}
	voices, tests := strangers(bg)
	for i, v := range voices {
		for j, heard := range tests {
			if own, s := speaker.Score(v, tests[i]), speaker.Score(v, heard); j != i && s >= own {
				t.Errorf("speaker %d scores %.1f on %d, who scores %.1f", j, s, i, own)
			}
		}
	}
}

func TestTooFewSpeakers(t *testing.T) {
	if _, err := Train(recordings(4), small); !errors.Is(err, ErrTooFew) {
		t.Errorf("%v, want ErrTooFew", err)
	}
	if _, err := Train(nil, small); !errors.Is(err, ErrTooFew) {
		t.Errorf("%v, want ErrTooFew", err)
	}
	wrong := []Recording{{Speaker: "a", Rate: 44100, Sound: make([]float32, 44100)}}
	if _, err := Train(wrong, small); err == nil || !strings.Contains(err.Error(), "44100") {
		t.Errorf("%v, want one that names the rate", err)
	}
}

// A model that no voiceprint could be made with is refused before hours of training.
func TestTooManyComponents(t *testing.T) {
	for _, n := range []int{-1, speaker.MaxComponents + 1, 2048} {
		if _, err := Train(nil, Options{Components: n}); err == nil || !strings.Contains(err.Error(), fmt.Sprint(speaker.MaxComponents)) {
			t.Errorf("%d components: %v, want an error that says how many", n, err)
		}
	}
}
