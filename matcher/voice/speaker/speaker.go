// Package speaker tells voices apart: a background model of all speakers (a Gaussian mixture), a subspace of
// what changes from utterance to utterance, and a cohort of other speakers against which each score is judged.
//
// A voice is what its enrolment adds to the background model (maximum a posteriori adaptation of the means); a
// test is scored linearly against it (Glembek et al., "Comparison of scoring methods used in speaker
// recognition with joint factor analysis", 2009) and normalised on both sides by the nearest of the cohort
// (adaptive symmetric normalisation: Matejka et al., "Analysis of score normalization in multilingual speaker
// recognition", 2017). The score's false-match rate was measured on speakers that the model had not seen.
package speaker

import (
	"math"
	"slices"

	"lockerd/matcher/voice/gmm"
	"lockerd/matcher/voice/speech"
)

const (
	prior   = 4  // frames by which a voice's means are drawn to the background's
	nearest = 60 // of the cohort, by which a score is normalised
)

// A Background is what is known of speech in one band before anybody is enrolled. It is safe for concurrent use.
type Background struct {
	Band    speech.Band
	Mixture *gmm.Mixture
	Channel *gmm.Channel
	// Impostors holds, for each rate of Rates, the score that this share of impostors reaches.
	Impostors []float32

	cohort []member
	stats  []gmm.Stats // what cohort was made of
}

// A member of the cohort is a speaker that nobody claims to be.
type member struct {
	voice []float32 // as if enrolled
	test  []float32 // as if heard at a cabinet
}

// NewBackground returns a background whose cohort left those statistics in mixture, with channel removed.
func NewBackground(b speech.Band, mixture *gmm.Mixture, channel *gmm.Channel, cohort []gmm.Stats) *Background {
	bg := &Background{Band: b, Mixture: mixture, Channel: channel, stats: cohort}
	for _, s := range cohort {
		bg.cohort = append(bg.cohort, member{voice: adapted(s), test: mean(s)})
	}
	return bg
}

// Heard returns the statistics of an utterance, with the channel taken away.
func (bg *Background) Heard(features [][]float32) gmm.Stats {
	return bg.Channel.Remove(bg.Mixture.Stats(features))
}

// A Voice is one speaker as enrolled.
type Voice struct {
	Offsets []float32 // [component × dimension], from the background's means, in its standard deviations
	// Mean and Deviation are those of the scores that the nearest of the cohort get on this voice.
	Mean, Deviation float64
}

// Enrol returns the voice that spoke the utterances, each as Heard returned it.
func (bg *Background) Enrol(utterances []gmm.Stats) Voice {
	var total gmm.Stats
	for _, u := range utterances {
		total = gmm.Sum(total, u)
	}
	v := Voice{Offsets: adapted(total)}
	scores := make([]float64, len(bg.cohort))
	for i, m := range bg.cohort {
		scores[i] = float64(gmm.Dot(v.Offsets, m.test))
	}
	v.Mean, v.Deviation = top(scores)
	return v
}

// Score returns how alike the utterance is to the voice, as Heard returned it: about 0 for a speaker as near as
// the nearest of the cohort, larger for nearer ones, in standard deviations.
func (bg *Background) Score(v Voice, heard gmm.Stats) float64 {
	return bg.ScoreAll([]Voice{v}, heard)[0]
}

// ScoreAll scores the utterance against several voices.
func (bg *Background) ScoreAll(voices []Voice, heard gmm.Stats) []float64 {
	test := mean(heard)
	cohort := make([]float64, len(bg.cohort))
	for i, m := range bg.cohort {
		cohort[i] = float64(gmm.Dot(m.voice, test))
	}
	average, deviation := top(cohort)
	scores := make([]float64, len(voices))
	for i, v := range voices {
		raw := float64(gmm.Dot(v.Offsets, test))
		scores[i] = 0.5 * ((raw-average)/deviation + (raw-v.Mean)/v.Deviation)
	}
	return scores
}

// adapted returns the means of a speaker who left s, relative to the background.
func adapted(s gmm.Stats) []float32 {
	offsets := make([]float32, len(s.Shifts))
	d := len(s.Shifts) / len(s.Counts)
	for i, shift := range s.Shifts {
		offsets[i] = shift / (s.Counts[i/d] + prior)
	}
	return offsets
}

// mean returns the shifts per frame.
func mean(s gmm.Stats) []float32 {
	shifts, frames := make([]float32, len(s.Shifts)), max(s.Frames(), 1)
	for i, shift := range s.Shifts {
		shifts[i] = shift / frames
	}
	return shifts
}

// top returns mean and standard deviation of the largest of scores.
func top(scores []float64) (mean, deviation float64) {
	slices.Sort(scores)
	scores = scores[max(0, len(scores)-nearest):]
	for _, s := range scores {
		mean += s / float64(len(scores))
	}
	for _, s := range scores {
		deviation += (s - mean) * (s - mean) / float64(len(scores))
	}
	return mean, math.Sqrt(deviation) + 1e-6
}
