// Package synthetic makes fingers that nobody owns: a ridge pattern grown from a seed, and impressions
// of it that differ as impressions of one real finger do. It serves tests, the sandbox cabinet and speed
// measurements; its error rates say nothing about real fingers.
//
// The steps follow SFinGe (R. Cappelli, "Synthetic Fingerprint Generation", chapter 6 of Maltoni, Maio,
// Jain, Prabhakar, Handbook of Fingerprint Recognition, 2nd ed., 2009): an orientation field from
// singular points, ridges grown by repeated Gabor filtering of noise, then contact area, displacement,
// skin distortion, pressure, moisture and noise.
//
// Lengths are pixels at DPI. Angles are radians, counter-clockwise with y up.
package synthetic

import (
	"math/rand/v2"
	"sync"
)

// DPI is the resolution of every impression, in pixels an inch.
const DPI = 500

// Size of the master pattern in pixels: 21 mm × 26 mm, a little more than any contact area.
const (
	masterWidth  = 416
	masterHeight = 512
)

// Finger is one synthetic finger. It is safe for use from several goroutines.
type Finger struct {
	seed uint64
	once sync.Once
	// master is the grown pattern, row by row: 127 = middle of a ridge, -127 = middle of a valley.
	master []int8
}

// New returns the finger of that seed: the same seed gives the same finger. The ridges are grown when
// the first impression is made.
func New(seed uint64) *Finger { return &Finger{seed: seed} }

// pattern returns the master, grown on first use (about 0.1 s).
func (f *Finger) pattern() []int8 {
	f.once.Do(func() {
		rng := rand.New(rand.NewPCG(f.seed, 0x6d6173746572))
		field := newField(rng)
		f.master = grow(field, rng)
	})
	return f.master
}
