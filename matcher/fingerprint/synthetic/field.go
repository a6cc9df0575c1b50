package synthetic

import (
	"math"
	"math/rand/v2"
)

// point is a place on the master, in pixels.
type point struct{ x, y float64 }

// field describes the ridge flow of a finger: direction by its singular points, and ridge period.
//
// The direction is the zero-pole model of B. Sherlock and D. Monro, "A model for interpreting
// fingerprint topology", Pattern Recognition 26 (7), 1993: half the sum of the angles to the loops less
// half the sum of the angles to the deltas. An arch has no singular point; its flow is a bump that dies
// away upwards and downwards.
type field struct {
	loops, deltas []point
	tilt          float64 // radians added everywhere
	arch          float64 // height of an arch's bump; 0 for the other classes
	archY         float64 // row of an arch's steepest flow
	period        float64 // mean ridge period, pixels
	waves         [4]wave // slow variation of the period
}

// wave is one slow ripple over the master.
type wave struct{ kx, ky, phase, amplitude float64 }

// at returns the ripple's height at (x, y).
func (w wave) at(x, y float64) float64 {
	return w.amplitude * math.Sin(float64(w.kx*x)+float64(w.ky*y)+w.phase)
}

// newField draws a class with about its natural frequency (arch 5 %, tented arch 5 %, left loop 31 %,
// right loop 31 %, whorl 28 %), and singular points, tilt and ridge period within natural bounds.
func newField(rng *rand.Rand) field {
	const cx, cy = masterWidth / 2, masterHeight * 0.45
	spread := func(centre, half float64) float64 { return centre + half*(2*rng.Float64()-1) }
	f := field{tilt: spread(0, 0.1), period: spread(9, 1)}
	for i := range f.waves {
		a := spread(0, math.Pi)
		k := 2 * math.Pi / spread(260, 80)
		f.waves[i] = wave{k * math.Cos(a), k * math.Sin(a), spread(0, math.Pi), spread(0.05, 0.03)}
	}
	core := point{spread(cx, 18), spread(cy, 25)}
	side := 1.0
	switch class := rng.Float64(); {
	case class < 0.05:
		f.arch, f.archY = spread(0.9, 0.3), core.y
	case class < 0.10:
		f.loops = []point{core}
		f.deltas = []point{{spread(core.x, 6), core.y + spread(110, 40)}}
	case class < 0.72:
		if rng.IntN(2) == 0 {
			side = -1
		}
		f.loops = []point{core}
		f.deltas = []point{{core.x + side*spread(115, 40), core.y + spread(120, 35)}}
	default:
		gap := spread(45, 30)
		f.loops = []point{{core.x, core.y - gap/2}, {spread(core.x, 12), core.y + gap/2}}
		f.deltas = []point{
			{core.x - spread(140, 35), core.y + spread(130, 35)},
			{core.x + spread(140, 35), core.y + spread(130, 35)},
		}
	}
	return f
}

// direction returns the ridge direction at (x, y), modulo π.
func (f *field) direction(x, y float64) float64 {
	if f.arch > 0 {
		across := math.Sin(math.Pi * (x - masterWidth/2) / masterWidth)
		dy := (y - f.archY) / 130
		return f.tilt - math.Atan(float64(1.6*f.arch*across)*math.Exp(-float64(dy*dy)/2))
	}
	sum := 0.0
	for _, p := range f.loops {
		sum += math.Atan2(p.y-y, x-p.x)
	}
	for _, p := range f.deltas {
		sum -= math.Atan2(p.y-y, x-p.x)
	}
	// With as many loops as deltas the flow is level far away; the loop opens downwards.
	return f.tilt + sum/2
}

// periodAt returns the ridge period in pixels at (x, y).
func (f *field) periodAt(x, y float64) float64 {
	sum := 1.0
	for _, w := range f.waves {
		sum += w.at(x, y)
	}
	return min(max(float64(f.period*sum), 6.5), 12)
}
