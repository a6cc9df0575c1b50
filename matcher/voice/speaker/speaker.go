// Package speaker tells voices apart: a background model of all speakers (a Gaussian mixture), a subspace of
// what changes from utterance to utterance, and a cohort of other speakers against which each score is judged.
//
// A voice's place is what its speech adds to the background model (maximum a posteriori adaptation of the
// means), as a direction: how far it lies from the background says more of the recording than of the speaker.
// Two places are compared by their cosine (Dehak et al., "Support vector machines and joint factor analysis for
// speaker verification", 2009), which is normalised on both sides by the nearest of the cohort (adaptive symmetric
// normalisation: Matejka et al., "Analysis of score normalization in multilingual speaker recognition", 2017).
// A small neural network places the same speech another way; its cosine, normalised alike, is added.
// The score's false-match rate was measured on speakers whom mixture, channel, centre and cohort had not seen.
package speaker

import (
	"math"
	"slices"

	"lockerd/matcher/voice/embedding"
	"lockerd/matcher/voice/gmm"
	"lockerd/matcher/voice/speech"
)

const (
	prior   = 6  // frames by which a voice's means are drawn to the background's
	nearest = 60 // of the cohort, by which a score is normalised
	// networkWeight is what the network's likeness counts beside the mixture's.
	networkWeight = 0.4
)

// A Background is what is known of speech in one band before anybody is enrolled. It is safe for concurrent use.
type Background struct {
	Band    speech.Band
	Mixture *gmm.Mixture
	Channel *gmm.Channel
	// Centre is the mean of what training speech adds to the mixture, [component × dimension].
	Centre []float32
	// Network is shared by the backgrounds of a model; nil where the mixture alone tells voices apart.
	Network *embedding.Network
	// NetworkCentre is the mean embedding of training speech.
	NetworkCentre []float32
	// Cohort holds where speakers lie whom nobody claims to be.
	Cohort *Cohort
	// Impostors holds, for each rate of Rates, the score that this share of impostors reaches.
	Impostors []float32
}

// A Place is where a voice lies: a vector of length 1.
type Place []float32

// Heard is what an utterance leaves: its statistics in the mixture and its embedding times its frames, so that
// those of several utterances can be added.
type Heard struct {
	Stats     gmm.Stats
	Embedding []float32
}

// Sum returns what a and b leave together; either may be empty.
func Sum(a, b Heard) Heard {
	if b.Stats.Counts == nil {
		a, b = b, a
	}
	s := Heard{Stats: gmm.Sum(a.Stats, b.Stats), Embedding: make([]float32, len(b.Embedding))}
	copy(s.Embedding, a.Embedding)
	for i, x := range b.Embedding {
		s.Embedding[i] += x
	}
	return s
}

// Listen returns what an utterance leaves in mixture and network, given the features and the logarithms of its
// voiced frames; the channel is in it still.
func Listen(mixture *gmm.Mixture, network *embedding.Network, features, logs [][]float32) Heard {
	return Heard{Stats: mixture.Stats(features), Embedding: Embed(network, logs)}
}

// Embed returns the embedding of voiced frames times their number; of no network, nothing.
func Embed(network *embedding.Network, logs [][]float32) []float32 {
	if network == nil {
		return nil
	}
	e := network.Embed(logs)
	for i := range e {
		e[i] *= float32(len(logs))
	}
	return e
}

// Heard returns what an utterance leaves, with the channel taken away.
func (bg *Background) Heard(features, logs [][]float32) Heard {
	return bg.Clean(Listen(bg.Mixture, bg.Network, features, logs))
}

// Clean returns h with the channel taken away.
func (bg *Background) Clean(h Heard) Heard {
	return Heard{Stats: bg.Channel.Remove(h.Stats), Embedding: h.Embedding}
}

// Adapted returns how the mixture's means move for a speaker who left s, in standard deviations.
func Adapted(s gmm.Stats) []float32 {
	offsets := make([]float32, len(s.Shifts))
	d := len(s.Shifts) / len(s.Counts)
	for i, shift := range s.Shifts {
		offsets[i] = shift / (s.Counts[i/d] + prior)
	}
	return offsets
}

// Member returns where the speaker lies who left h, as Clean returned it.
func (bg *Background) Member(h Heard) Member {
	p := Adapted(h.Stats)
	for i, c := range bg.Centre {
		p[i] -= c
	}
	frames := max(1, h.Stats.Frames())
	e := make([]float32, len(h.Embedding))
	for i, c := range bg.NetworkCentre {
		e[i] = h.Embedding[i]/frames - c
	}
	return Member{Mixture: unit(p), Network: unit(e)}
}

// unit scales v to length 1. What is nothing stays so.
func unit(v []float32) Place {
	length := float32(math.Sqrt(float64(gmm.Dot(v, v))))
	if length == 0 {
		return v
	}
	for i := range v {
		v[i] /= length
	}
	return v
}

// A Voice is one speaker as enrolled, or as heard at a cabinet.
type Voice struct{ Mixture, Network Point }

// A Point is a place, with mean and standard deviation of the nearest of the cohort's likeness to it.
type Point struct {
	Place           Place
	Mean, Deviation float64
}

// Voice returns the voice that spoke the utterances, each as Heard returned it.
func (bg *Background) Voice(utterances ...Heard) Voice {
	var total Heard
	for _, u := range utterances {
		total = Sum(total, u)
	}
	m := bg.Member(total)
	return Voice{
		Mixture: among(bg.Cohort.mixtureCosines(m.Mixture), m.Mixture),
		Network: among(bg.Cohort.networkCosines(m.Network), m.Network),
	}
}

// Fits tells whether v can be a voice of this background: its places are as long.
func (bg *Background) Fits(v Voice) bool {
	return len(v.Mixture.Place) == len(bg.Centre) && len(v.Network.Place) == len(bg.NetworkCentre)
}

// Score returns how alike two voices are: about 0 when no more than the nearest of the cohort are, larger for
// nearer ones, in standard deviations.
func Score(a, b Voice) float64 {
	return likeness(a.Mixture, b.Mixture) + networkWeight*likeness(a.Network, b.Network)
}

func likeness(a, b Point) float64 {
	cosine := float64(gmm.Dot(a.Place, b.Place))
	return 0.5 * ((cosine-a.Mean)/a.Deviation + (cosine-b.Mean)/b.Deviation)
}

// among sets p among the cohort, whose cosines with it are given.
func among(cosines []float64, p Place) Point {
	slices.Sort(cosines)
	cosines = cosines[max(0, len(cosines)-nearest):]
	n, at := float64(len(cosines)), Point{Place: p}
	for _, c := range cosines {
		at.Mean += c / n
	}
	for _, c := range cosines {
		at.Deviation += (c - at.Mean) * (c - at.Mean) / n
	}
	at.Deviation = math.Sqrt(at.Deviation) + 1e-6
	return at
}
