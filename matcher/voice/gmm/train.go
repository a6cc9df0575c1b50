package gmm

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
)

// ErrTooLittle is returned when there are too few frames to train a mixture of the size asked for.
var ErrTooLittle = errors.New("too little speech to train on")

// Train fits a mixture to frames by expectation and maximisation from components frames drawn by seed. The same
// input gives the same mixture.
func Train(frames [][]float32, components, iterations int, seed uint64) (*Mixture, error) {
	if len(frames) < 20*components {
		return nil, fmt.Errorf("cannot train %d Gaussians on %d frames: %w", components, len(frames), ErrTooLittle)
	}
	mean, variance := moments(frames)
	m := initial(frames, components, variance, seed)
	for range iterations {
		m = maximise(m, frames, mean, variance)
	}
	return m, nil
}

func moments(frames [][]float32) (mean, variance []float64) {
	d := len(frames[0])
	mean, variance = make([]float64, d), make([]float64, d)
	for _, x := range frames {
		for i, v := range x {
			mean[i] += float64(v)
			variance[i] += float64(v) * float64(v)
		}
	}
	for i := range d {
		mean[i] /= float64(len(frames))
		variance[i] = variance[i]/float64(len(frames)) - mean[i]*mean[i]
	}
	return mean, variance
}

func initial(frames [][]float32, components int, variance []float64, seed uint64) *Mixture {
	random := rand.New(rand.NewPCG(seed, 0))
	weights := make([]float32, components)
	means, deviation := make([][]float32, components), make([][]float32, components)
	for c, at := range random.Perm(len(frames))[:components] {
		weights[c] = 1 / float32(components)
		means[c] = append([]float32(nil), frames[at]...)
		deviation[c] = make([]float32, len(variance))
		for i, v := range variance {
			deviation[c][i] = float32(math.Sqrt(max(0.5*v, 1e-6)))
		}
	}
	return New(weights, means, deviation)
}

// maximise makes one step of expectation and maximisation. No variance falls under 2 % of that of all frames.
func maximise(m *Mixture, frames [][]float32, mean, variance []float64) *Mixture {
	n, d := m.Components(), m.Dimensions()
	count, first, second := make([]float64, n), make([]float64, n*d), make([]float64, n*d)
	posteriors, likeliest := make([]float32, n), 0
	for _, x := range frames {
		_, likeliest = m.posteriors(x, likeliest, posteriors)
		for c, p := range posteriors {
			if p < minPosterior {
				continue
			}
			count[c] += float64(p)
			f, s := first[c*d:(c+1)*d], second[c*d:(c+1)*d]
			for i := range x {
				f[i] += float64(p * x[i])
				s[i] += float64(p * x[i] * x[i])
			}
		}
	}
	weights := make([]float32, n)
	means, deviation := make([][]float32, n), make([][]float32, n)
	for c := range weights {
		weights[c] = float32((count[c] + 1) / (float64(len(frames)) + float64(n)))
		means[c], deviation[c] = make([]float32, d), make([]float32, d)
		for i := range d {
			// One frame's worth of the whole keeps a component that nobody fell to alive.
			mu := (first[c*d+i] + mean[i]) / (count[c] + 1)
			v := (second[c*d+i]+variance[i]+mean[i]*mean[i])/(count[c]+1) - mu*mu
			means[c][i] = float32(mu)
			deviation[c][i] = float32(math.Sqrt(max(v, 0.02*variance[i], 1e-6)))
		}
	}
	return New(weights, means, deviation)
}
