package gmm

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// A Channel is the subspace of what changes between utterances of one speaker: the words said, the noise, the
// microphone. An utterance's place in it is estimated and taken away before it is compared (the eigenchannels
// of joint factor analysis: Kenny et al. 2007; Vogt and Sridharan 2008). It is safe for concurrent use.
type Channel struct {
	Rank       int
	Directions []float32 // [component × dimension × Rank], in standard deviations of the mixture

	dimensions int
	inner      []float32 // [component × Rank·(Rank+1)/2]: the products of a component's directions i and j ≤ i
}

// NewChannel returns the channel with those directions, for a mixture of vectors of that many dimensions.
func NewChannel(rank, dimensions int, directions []float32) *Channel {
	c := &Channel{Rank: rank, Directions: directions, dimensions: dimensions}
	block := dimensions * rank
	triangle := rank * (rank + 1) / 2
	c.inner = make([]float32, len(directions)/block*triangle)
	for k := range len(directions) / block {
		product := c.inner[k*triangle : (k+1)*triangle]
		for d := range dimensions {
			row, at := directions[k*block+d*rank:k*block+(d+1)*rank], 0
			for i, a := range row {
				for _, b := range row[:i+1] {
					product[at] += a * b
					at++
				}
			}
		}
	}
	return c
}

// Remove takes the utterance's place in the channel out of its shifts.
func (c *Channel) Remove(s Stats) Stats {
	place, _ := c.estimate(s)
	clean := Stats{Counts: s.Counts, Shifts: make([]float32, len(s.Shifts)), LogLikelihood: s.LogLikelihood}
	for i, shift := range s.Shifts {
		if count := s.Counts[i/c.dimensions]; count > 0 {
			clean.Shifts[i] = shift - count*Dot(c.Directions[i*c.Rank:(i+1)*c.Rank], place)
		}
	}
	return clean
}

// estimate returns the most probable place of the utterance in the channel, and the covariance of that
// estimate, Rank × Rank.
func (c *Channel) estimate(s Stats) (place []float32, covariance []float64) {
	r := c.Rank
	triangle := r * (r + 1) / 2
	inner, towards := make([]float32, triangle), make([]float32, r)
	block := c.dimensions * r
	for k, count := range s.Counts {
		if count == 0 {
			continue
		}
		for i, v := range c.inner[k*triangle : (k+1)*triangle] {
			inner[i] += count * v
		}
		for d, shift := range s.Shifts[k*c.dimensions : (k+1)*c.dimensions] {
			for i, u := range c.Directions[k*block+d*r : k*block+(d+1)*r] {
				towards[i] += shift * u
			}
		}
	}
	precision, at := make([]float64, r*r), 0
	for i := range r {
		for j := range i + 1 {
			precision[i*r+j] = float64(inner[at])
			at++
		}
		precision[i*r+i]++
	}
	covariance = invert(precision, r)
	place = make([]float32, r)
	for i := range r {
		sum := 0.0
		for j := range r {
			sum += covariance[i*r+j] * float64(towards[j])
		}
		place[i] = float32(sum)
	}
	return place, covariance
}

// TrainChannel finds the subspace of the given rank in which utterances of one speaker differ most. speakers[i]
// says who spoke utterance i; prior is the number of frames by which a speaker's mean is drawn to the mixture's.
func TrainChannel(utterances []Stats, speakers []string, dimensions, rank, iterations int, prior float32, seed uint64) (*Channel, error) {
	if len(utterances) < 2*rank {
		return nil, fmt.Errorf("cannot train a channel of rank %d on %d utterances: %w", rank, len(utterances), ErrTooLittle)
	}
	residuals := aroundSpeakers(utterances, speakers, dimensions, prior)
	random := rand.New(rand.NewPCG(seed, 1))
	directions := make([]float32, len(utterances[0].Shifts)*rank)
	for i := range directions {
		directions[i] = 0.05 * float32(random.NormFloat64())
	}
	c := NewChannel(rank, dimensions, directions)
	for range iterations {
		c = c.maximise(residuals)
	}
	return c, nil
}

// aroundSpeakers takes each speaker's own mean out of the shifts.
func aroundSpeakers(utterances []Stats, speakers []string, dimensions int, prior float32) []Stats {
	total := map[string]Stats{}
	for i, u := range utterances {
		total[speakers[i]] = Sum(total[speakers[i]], u)
	}
	residuals := make([]Stats, len(utterances))
	for i, u := range utterances {
		t := total[speakers[i]]
		r := Stats{Counts: u.Counts, Shifts: make([]float32, len(u.Shifts))}
		for j, shift := range u.Shifts {
			k := j / dimensions
			r.Shifts[j] = shift - u.Counts[k]*t.Shifts[j]/(t.Counts[k]+prior)
		}
		residuals[i] = r
	}
	return residuals
}

// Sum returns the statistics of a and b together; either may be empty.
func Sum(a, b Stats) Stats {
	if b.Counts == nil {
		a, b = b, a
	}
	if a.Counts == nil {
		a = Stats{Counts: make([]float32, len(b.Counts)), Shifts: make([]float32, len(b.Shifts))}
	}
	n, m := a.Frames(), b.Frames()
	s := Stats{Counts: make([]float32, len(a.Counts)), Shifts: make([]float32, len(a.Shifts))}
	for i := range s.Counts {
		s.Counts[i] = a.Counts[i] + b.Counts[i]
	}
	for i := range s.Shifts {
		s.Shifts[i] = a.Shifts[i] + b.Shifts[i]
	}
	if n+m > 0 {
		s.LogLikelihood = (a.LogLikelihood*float64(n) + b.LogLikelihood*float64(m)) / float64(n+m)
	}
	return s
}

// maximise makes one step of expectation and maximisation.
func (c *Channel) maximise(residuals []Stats) *Channel {
	r, dims := c.Rank, c.dimensions
	components := len(residuals[0].Counts)
	inner, outer := make([]float64, components*r*r), make([]float32, len(c.Directions))
	for _, s := range residuals {
		place, moment := c.estimate(s)
		for i := range r {
			for j := range r {
				moment[i*r+j] += float64(place[i] * place[j])
			}
		}
		for k, count := range s.Counts {
			if count < 1e-2 {
				continue
			}
			for i, v := range moment {
				inner[k*r*r+i] += float64(count) * v
			}
			for d := range dims {
				shift := s.Shifts[k*dims+d]
				row := outer[(k*dims+d)*r : (k*dims+d+1)*r]
				for i := range row {
					row[i] += shift * place[i]
				}
			}
		}
	}
	directions := make([]float32, len(c.Directions))
	for k := range components {
		a := inner[k*r*r : (k+1)*r*r]
		for i := range r {
			a[i*r+i] += 1e-2
		}
		inverse := invert(a, r)
		for row := k * dims; row < (k+1)*dims; row++ {
			for i := range r {
				sum := 0.0
				for j := range r {
					sum += inverse[i*r+j] * float64(outer[row*r+j])
				}
				directions[row*r+i] = float32(sum)
			}
		}
	}
	return NewChannel(r, dims, directions)
}

// invert returns the inverse of a symmetric positive definite matrix of n × n by Cholesky's factors; what stands above
// its diagonal is not looked at.
func invert(a []float64, n int) []float64 {
	l := make([]float64, n*n)
	for i := range n {
		for j := 0; j <= i; j++ {
			sum := a[i*n+j]
			for k := range j {
				sum -= l[i*n+k] * l[j*n+k]
			}
			if i == j {
				l[i*n+i] = math.Sqrt(max(sum, 1e-12))
			} else {
				l[i*n+j] = sum / l[j*n+j]
			}
		}
	}
	inverse, column := make([]float64, n*n), make([]float64, n)
	for c := range n {
		for i := range n {
			sum := 0.0
			if i == c {
				sum = 1
			}
			for k := range i {
				sum -= l[i*n+k] * column[k]
			}
			column[i] = sum / l[i*n+i]
		}
		for i := n - 1; i >= 0; i-- {
			sum := column[i]
			for k := i + 1; k < n; k++ {
				sum -= l[k*n+i] * inverse[k*n+c]
			}
			inverse[i*n+c] = sum / l[i*n+i]
		}
	}
	return inverse
}
