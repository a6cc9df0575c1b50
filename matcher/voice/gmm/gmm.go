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
	scale    [][]float32 // 1/(√2 deviation), so that the logarithm falls by (x·scale − shift)² in each dimension
	shift    [][]float32 // mean/(√2 deviation)
}

// New returns the mixture with those parameters, which it keeps.
func New(weights []float32, means, deviation [][]float32) *Mixture {
	n := len(weights)
	m := &Mixture{Weights: weights, Means: means, Deviation: deviation,
		constant: make([]float32, n), scale: make([][]float32, n), shift: make([][]float32, n)}
	for c, w := range weights {
		d := len(means[c])
		constant := math.Log(float64(w)) - 0.5*float64(d)*math.Log(2*math.Pi)
		m.scale[c], m.shift[c] = make([]float32, d), make([]float32, d)
		for i := range d {
			scale := 1 / (math.Sqrt2 * float64(deviation[c][i]))
			m.scale[c][i], m.shift[c][i] = float32(scale), float32(float64(means[c][i])*scale)
			constant -= math.Log(float64(deviation[c][i]))
		}
		m.constant[c] = float32(constant)
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
	posteriors, likeliest := make([]float32, n), 0
	for _, x := range features {
		var l float64
		l, likeliest = m.posteriors(x, likeliest, posteriors)
		s.LogLikelihood += l / float64(len(features))
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

// negligible is by how much the logarithm of a component's density lies under the largest when it counts for nothing.
const negligible = 16

// posteriors fills p with each component's share of x. It returns the logarithm of the density at x and the likeliest
// component; guess is one that may be, such as that of the frame before.
func (m *Mixture) posteriors(x []float32, guess int, p []float32) (density float64, likeliest int) {
	largest := m.logarithm(guess, x, float32(math.Inf(-1)))
	likeliest = guess
	for c := range p {
		p[c] = m.logarithm(c, x, largest-negligible)
		if p[c] > largest {
			largest, likeliest = p[c], c
		}
	}
	sum := 0.0
	for c, l := range p {
		if l-largest < -negligible {
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
	return math.Log(sum) + float64(largest), likeliest
}

// logarithm returns that of component c's weighted density at x. It only falls from dimension to dimension: once it
// is under least, what it has come to is returned.
func (m *Mixture) logarithm(c int, x []float32, least float32) float32 {
	const step = 8
	l, scale, shift := m.constant[c], m.scale[c], m.shift[c]
	for len(x) >= step {
		v, a, b := (*[step]float32)(x), (*[step]float32)(scale), (*[step]float32)(shift)
		d0, d1, d2, d3 := v[0]*a[0]-b[0], v[1]*a[1]-b[1], v[2]*a[2]-b[2], v[3]*a[3]-b[3]
		d4, d5, d6, d7 := v[4]*a[4]-b[4], v[5]*a[5]-b[5], v[6]*a[6]-b[6], v[7]*a[7]-b[7]
		l -= (d0*d0 + d1*d1 + (d2*d2 + d3*d3)) + (d4*d4 + d5*d5 + (d6*d6 + d7*d7))
		if l < least {
			return l
		}
		x, scale, shift = x[step:], scale[step:], shift[step:]
	}
	for i, v := range x {
		d := v*scale[i] - shift[i]
		l -= d * d
	}
	return l
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
