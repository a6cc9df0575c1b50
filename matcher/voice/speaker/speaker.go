// Package speaker tells voices apart: a background model of all speakers (a Gaussian mixture), a subspace of
// what changes from utterance to utterance, and a cohort of other speakers against which each score is judged.
//
// A voice's place is what its speech adds to the background model (maximum a posteriori adaptation of the
// means), as a direction: how far it lies from the background says more of the recording than of the speaker.
// Two places are compared by their cosine (Dehak et al., "Support vector machines and joint factor analysis for
// speaker verification", 2009), which is normalised on both sides by the nearest of the cohort (adaptive symmetric
// normalisation: Matejka et al., "Analysis of score normalization in multilingual speaker recognition", 2017).
// The score's false-match rate was measured on speakers that the model had not seen.
package speaker

import (
	"math"
	"slices"

	"lockerd/matcher/voice/gmm"
	"lockerd/matcher/voice/speech"
)

const (
	prior   = 6  // frames by which a voice's means are drawn to the background's
	nearest = 60 // of the cohort, by which a score is normalised
)

// A Background is what is known of speech in one band before anybody is enrolled. It is safe for concurrent use.
type Background struct {
	Band    speech.Band
	Mixture *gmm.Mixture
	Channel *gmm.Channel
	// Centre is the mean of what training speech adds to the mixture, [component × dimension].
	Centre []float32
	// Cohort holds the places of speakers that nobody claims to be.
	Cohort []Place
	// Impostors holds, for each rate of Rates, the score that this share of impostors reaches.
	Impostors []float32
}

// A Place is where an utterance or a voice lies: a vector of length 1, [component × dimension].
type Place []float32

// Heard returns the statistics of an utterance, with the channel taken away.
func (bg *Background) Heard(features [][]float32) gmm.Stats {
	return bg.Channel.Remove(bg.Mixture.Stats(features))
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

// Place returns where the speaker of utterances lies who left s in all of them together, as Heard returned it.
func (bg *Background) Place(s gmm.Stats) Place {
	p := Adapted(s)
	for i, c := range bg.Centre {
		p[i] -= c
	}
	return unit(p)
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
type Voice struct {
	Place Place
	// Mean and Deviation are those of the nearest of the cohort's likeness to this voice.
	Mean, Deviation float64
}

// Voice returns the voice that spoke the utterances, each as Heard returned it.
func (bg *Background) Voice(utterances ...gmm.Stats) Voice {
	var total gmm.Stats
	for _, u := range utterances {
		total = gmm.Sum(total, u)
	}
	v := Voice{Place: bg.Place(total)}
	v.Mean, v.Deviation = bg.amongOthers(v.Place)
	return v
}

// Score returns how alike two voices are: about 0 when no more than the nearest of the cohort are, larger for
// nearer ones, in standard deviations.
func Score(a, b Voice) float64 {
	likeness := float64(gmm.Dot(a.Place, b.Place))
	return 0.5 * ((likeness-a.Mean)/a.Deviation + (likeness-b.Mean)/b.Deviation)
}

// amongOthers returns mean and standard deviation of the likeness to p of the nearest of the cohort.
func (bg *Background) amongOthers(p Place) (mean, deviation float64) {
	likeness := make([]float64, len(bg.Cohort))
	for i, other := range bg.Cohort {
		likeness[i] = float64(gmm.Dot(other, p))
	}
	slices.Sort(likeness)
	likeness = likeness[max(0, len(likeness)-nearest):]
	n := float64(len(likeness))
	for _, l := range likeness {
		mean += l / n
	}
	for _, l := range likeness {
		deviation += (l - mean) * (l - mean) / n
	}
	return mean, math.Sqrt(deviation) + 1e-6
}
