package fingerprint

import (
	"math"
	"sync"
)

// Calibration turns the evidence of a comparison into a score and a score into a false match rate.
type Calibration struct {
	// Weights are the logistic weights of each view's evidence, the views one after another.
	Weights []float64
	Bias    float64
	// Tail is the straight line that the logarithm of the false match rate follows over the score:
	// ln FMR = Tail[0] - Tail[1]·score.
	Tail [2]float64
}

// FMR returns the estimated share of other fingers that would score at least as high.
func (c *Calibration) FMR(score float64) float64 {
	return min(1, exp(c.Tail[0]-float64(c.Tail[1]*score)))
}

// works keeps the memory of finished comparisons.
var works = sync.Pool{New: func() any { return new(work) }}

// score compares two forms: the mean over the first form's impressions, and the best over the second's.
func (w *work) score(c *Calibration, a, b *form) float64 {
	best := math.Inf(-1)
	for i := range b.prints {
		sum := 0.0
		for j := range a.prints {
			sum += w.compare(c, &a.prints[j], &b.prints[i])
		}
		best = max(best, sum/float64(len(a.prints)))
	}
	return best
}

// compare returns the logistic score of two impressions.
func (w *work) compare(c *Calibration, a, b *ready) float64 {
	sum := c.Bias
	for v := range min(len(a.views), len(b.views)) {
		e := w.measure(a.views[v], b.views[v], a.ridge, b.ridge)
		for k, x := range e {
			sum += float64(c.Weights[v*len(e)+k] * x)
		}
	}
	return sum
}
