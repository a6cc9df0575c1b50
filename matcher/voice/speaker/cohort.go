package speaker

import (
	"math"

	"lockerd/matcher/voice/gmm"
)

// A Cohort holds where speakers lie whom nobody claims to be. The places in the mixture are kept, as in a model's file,
// in steps of two bits: −1.5, −0.5, 0.5 or 1.5 standard deviations, four of them a byte. That keeps the direction of a
// long vector within 20 degrees and its cosines with others, which average the steps, far better.
type Cohort struct {
	size, length int       // members, and values of a place in the mixture
	steps        []byte    // [a fourth of the place][member], the first value in the highest bits
	units        []float32 // of each member, the factor that makes its steps a vector of length 1
	network      []Place
}

// A Member of the cohort is a voice by its place in the mixture, [component × dimension], and in the network.
type Member struct{ Mixture, Network Place }

// NewCohort returns the cohort of members, whose places are of the same lengths.
func NewCohort(members []Member) *Cohort {
	c := &Cohort{size: len(members)}
	if c.size == 0 {
		return c
	}
	c.length = len(members[0].Mixture)
	c.steps, c.units = make([]byte, (c.length+3)/4*c.size), make([]float32, c.size)
	for i, m := range members {
		c.set(i, pairs(m.Mixture))
		c.network = append(c.network, m.Network)
	}
	return c
}

// Size returns how many members the cohort has.
func (c *Cohort) Size() int { return c.size }

// set makes steps, as pairs returns them, the place of member i in the mixture.
func (c *Cohort) set(i int, steps []byte) {
	square := 0.0
	for at, four := range steps {
		c.steps[at*c.size+i] = four
		for j := range min(4, c.length-4*at) {
			v := float64(step(four, j))
			square += v * v
		}
	}
	c.units[i] = float32(1 / math.Sqrt(square))
}

// get returns the steps of member i's place in the mixture.
func (c *Cohort) get(i int) []byte {
	var steps []byte
	for at := i; at < len(c.steps); at += c.size {
		steps = append(steps, c.steps[at])
	}
	return steps
}

// pairs returns v in steps, four of them a byte.
func pairs(v []float32) []byte {
	square := 1e-18
	for _, x := range v {
		square += float64(x) * float64(x) / float64(len(v))
	}
	deviation := float32(math.Sqrt(square))
	steps := make([]byte, (len(v)+3)/4)
	for i, x := range v {
		s := max(0, min(3, math.Floor(float64(x/deviation))+2))
		steps[i/4] |= byte(s) << (6 - 2*(i%4))
	}
	return steps
}

// step returns the j-th value of four in a byte.
func step(four byte, j int) float32 { return float32(four>>(6-2*j)&3) - 1.5 }

// mixtureCosines returns the cosine of p, a vector of length 1, with each member's place in the mixture. What four
// values of p come to with every four steps is looked up in a table, so that a byte is read for four members' values.
func (c *Cohort) mixtureCosines(p Place) []float64 {
	sums := make([]float32, c.size)
	var table [256]float32
	for at := range len(c.steps) / max(1, c.size) {
		tabulate(&table, p[4*at:min(4*at+4, len(p))])
		for i, four := range c.steps[at*c.size : (at+1)*c.size] {
			sums[i] += table[four]
		}
	}
	cosines := make([]float64, c.size)
	for i, sum := range sums {
		cosines[i] = float64(sum * c.units[i])
	}
	return cosines
}

// tabulate fills table with the inner product of up to four values with every byte of steps.
func tabulate(table *[256]float32, values []float32) {
	var v [4]float32
	copy(v[:], values)
	for high := range 16 {
		first := v[0]*(float32(high>>2)-1.5) + v[1]*(float32(high&3)-1.5)
		row := (*[16]float32)(table[16*high:])
		for i, third := range [4]float32{-1.5 * v[2], -0.5 * v[2], 0.5 * v[2], 1.5 * v[2]} {
			t := first + third
			row[4*i], row[4*i+1], row[4*i+2], row[4*i+3] = t-1.5*v[3], t-0.5*v[3], t+0.5*v[3], t+1.5*v[3]
		}
	}
}

// networkCosines returns the cosine of p, a vector of length 1, with each member's place in the network.
func (c *Cohort) networkCosines(p Place) []float64 {
	cosines := make([]float64, c.size)
	for i, other := range c.network {
		cosines[i] = float64(gmm.Dot(other, p))
	}
	return cosines
}
