package fingerprint

import (
	"math"
	"sync"

	"lockerd/matcher"
)

// Calibration turns the evidence of a comparison into a score, and a score into a false match rate.
type Calibration struct {
	// Weights and Bias make the score: Bias + the sum of Weights · Evidence, a logistic score.
	Weights Evidence
	Bias    float64
	// Tail is the straight line that the logarithm of the false match rate follows over the score:
	// ln FMR = Tail[0] - Tail[1]·score.
	Tail [2]float64
}

// Score returns the score of several impressions' evidence against one: the mean of their scores.
func (c *Calibration) Score(evidence []Evidence) float64 {
	sum := 0.0
	for i := range evidence {
		sum += c.one(&evidence[i])
	}
	return sum / float64(max(len(evidence), 1))
}

func (c *Calibration) one(e *Evidence) float64 {
	sum := c.Bias
	for k, v := range e {
		sum += float64(c.Weights[k] * v)
	}
	return sum
}

// FMR returns the estimated share of other fingers that would score at least as high.
func (c *Calibration) FMR(score float64) float64 {
	return min(1, exp(c.Tail[0]-float64(c.Tail[1]*score)))
}

// works keeps the memory of finished comparisons.
var works = sync.Pool{New: func() any { return new(work) }}

// Measure compares two identifications and returns the evidence for each impression of the first against
// the second's first impression. It serves whoever fits a Calibration.
func Measure(first, second matcher.Identification) ([]Evidence, error) {
	a, err := formOf(first)
	if err != nil {
		return nil, err
	}
	b, err := formOf(second)
	if err != nil {
		return nil, err
	}
	w := works.Get().(*work)
	defer works.Put(w)
	evidence := make([]Evidence, len(a.prints))
	for i := range a.prints {
		evidence[i] = w.compare(&a.prints[i], &b.prints[0])
	}
	return evidence, nil
}

// score compares two forms: the mean over the first form's impressions, the best over the second's.
func (w *work) score(c *Calibration, a, b *form) float64 {
	best := math.Inf(-1)
	for i := range b.prints {
		sum := 0.0
		for j := range a.prints {
			e := w.compare(&a.prints[j], &b.prints[i])
			sum += c.one(&e)
		}
		best = max(best, sum/float64(len(a.prints)))
	}
	return best
}

// compare returns the evidence of two impressions. The second views are compared only where the first
// ones leave it open whether the fingers are the same; else, and for a record that has a single view, as
// other vendors', the evidence of the first counts twice.
func (w *work) compare(a, b *ready) (e Evidence) {
	one := w.measure(a.views[0], b.views[0], a.ridge, b.ridge)
	copy(e[:], one[:])
	if one.open() && len(a.views) > 1 && len(b.views) > 1 {
		one = w.measure(a.views[1], b.views[1], a.ridge, b.ridge)
	}
	copy(e[len(one):], one[:])
	return e
}

// open tells whether evidence is neither hopeless nor beyond doubt. Of the public sets' impostors 7 in 10
// are hopeless, of their genuine pairs 1 in 140; no impostor is beyond doubt.
func (e *viewEvidence) open() bool {
	sum := float64(20*e[support]) + float64(e[surprise]/2) + float64(15*e[share]) + float64(1.8*e[agreement])
	return sum > 4 && sum < 16
}

// BuiltIn returns the calibration that a Matcher uses where Options give none.
func BuiltIn() Calibration { return builtIn }
