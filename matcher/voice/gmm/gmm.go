// Package gmm has mixtures of Gaussians with diagonal covariances, the background model of speech, and the
// statistics that an utterance leaves in one (Reynolds, Quatieri and Dunn, "Speaker verification using adapted
// Gaussian mixture models", 2000).
package gmm

import "math"

// A Mixture is a weighted sum of Gaussians with diagonal covariances, ready to be evaluated. It is safe for
// concurrent use.
type Mixture struct {
	Weights   []float32   // one a component, sum 1
	Means     [][]float32 // [component][dimension]
	Deviation [][]float32 // standard deviations, [component][dimension]

	constant []float32   // logarithm of weight and of the Gaussian's scale
	linear   [][]float32 // for each component the factors of x, then those of x²
}

// New returns the mixture with those parameters, which it keeps.
func New(weights []float32, means, deviation [][]float32) *Mixture {
	m := &Mixture{Weights: weights, Means: means, Deviation: deviation,
		constant: make([]float32, len(weights)), linear: make([][]float32, len(weights))}
	for c, w := range weights {
		d := len(means[c])
		factors := make([]float32, 2*d)
		constant := math.Log(float64(w)) - 0.5*float64(d)*math.Log(2*math.Pi)
		for i := range d {
			mean, sigma := float64(means[c][i]), float64(deviation[c][i])
			factors[i] = float32(mean / (sigma * sigma))
			factors[d+i] = float32(-0.5 / (sigma * sigma))
			constant -= math.Log(sigma) + 0.5*mean*mean/(sigma*sigma)
		}
		m.constant[c], m.linear[c] = float32(constant), factors
	}
	return m
}

// Components returns how many Gaussians the mixture has, Dimensions how long its vectors are.
func (m *Mixture) Components() int { return len(m.Weights) }

// Dimensions returns the length of the vectors that the mixture models.
func (m *Mixture) Dimensions() int { return len(m.Means[0]) }

// Stats is what an utterance leaves in a mixture: how many frames fell to each component, and by how much they
// lay beside its mean, in standard deviations (centred, whitened first-order Baum-Welch statistics).
type Stats struct {
	Counts []float32 // [component]
	Shifts []float32 // [component × Dimensions], sums over frames
	// LogLikelihood is the mean over frames of the logarithm of the mixture's density.
	LogLikelihood float64
}

// Frames returns how many frames the statistics were taken of.
func (s Stats) Frames() float32 {
	var n float32
	for _, c := range s.Counts {
		n += c
	}
	return n
}

// Stats returns the statistics of an utterance.
func (m *Mixture) Stats(features [][]float32) Stats {
	n, d := m.Components(), m.Dimensions()
	s := Stats{Counts: make([]float32, n), Shifts: make([]float32, n*d)}
	posteriors, extended := make([]float32, n), make([]float32, 2*d)
	for _, x := range features {
		s.LogLikelihood += m.posteriors(x, extended, posteriors) / float64(len(features))
		for c, p := range posteriors {
			if p < minPosterior {
				continue
			}
			s.Counts[c] += p
			shift := s.Shifts[c*d : (c+1)*d]
			for i, v := range x {
				shift[i] += p * v
			}
		}
	}
	for c, count := range s.Counts {
		for i := range d {
			s.Shifts[c*d+i] = (s.Shifts[c*d+i] - count*m.Means[c][i]) / m.Deviation[c][i]
		}
	}
	return s
}

// minPosterior is the share of a frame under which a component gets none of it.
const minPosterior = 1e-3

// posteriors fills p with each component's share of x and returns the logarithm of the density at x. extended
// is room for x and its squares.
func (m *Mixture) posteriors(x, extended, p []float32) float64 {
	for i, v := range x {
		extended[i], extended[len(x)+i] = v, v*v
	}
	largest := float32(math.Inf(-1))
	for c, factors := range m.linear {
		p[c] = m.constant[c] + Dot(factors, extended)
		largest = max(largest, p[c])
	}
	sum := 0.0
	for c, l := range p {
		if l-largest < -16 {
			p[c] = 0
			continue
		}
		e := math.Exp(float64(l - largest))
		p[c] = float32(e)
		sum += e
	}
	scale := float32(1 / sum)
	for c := range p {
		p[c] *= scale
	}
	return math.Log(sum) + float64(largest)
}

// Dot returns the inner product of a and b, which are of the same length.
func Dot(a, b []float32) float32 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float32
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return s0 + s1 + s2 + s3
}
