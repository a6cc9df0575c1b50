package fingerprint

import "math"

// Lengths of the ridge filters in taps to either side, and the periods that they come in.
const (
	alongReach   = 8
	acrossReach  = 14
	shortestWave = 5 * 16  // 1/16 pixels
	longestWave  = 14 * 16 // 1/16 pixels
	waveStep     = 8       // 1/16 pixels
	waves        = (longestWave-shortestWave)/waveStep + 1
	filterScale  = 1 << 12
)

// step is a whole number of pixels right (dx) and down (dy).
type step struct{ dx, dy int8 }

// A profile is one half of a ridge filter's taps across a ridge; tap 0 is the middle.
type profile struct {
	reach int
	even  [acrossReach + 1]int32
	odd   [acrossReach + 1]int32
}

// bank holds the taps of the ridge filters: a Gabor filter split into a smoothing along the ridge and an
// even and an odd wave across it, both sampled at the nearest pixels (Hong, Wan, Jain 1998; split as in
// J. Areekul et al., "Separable Gabor filter realization for fast fingerprint enhancement", ICIP 2005).
type bank struct {
	weight [alongReach + 1]int32
	along  [turns][alongReach + 1]step
	across [turns][acrossReach + 1]step
	wave   [turns][waves]profile
	// lag is a step across the ridge of about two pixels, and lagLength its length in 1/256 pixels.
	lag       [turns]step
	lagLength [turns]int32
}

// newBank computes the taps for a smoothing of standard deviation sigma pixels along the ridge and
// breadth periods across it. All are rounded to whole numbers, so that every machine gets the same.
func newBank(sigma, breadth float64) *bank {
	b := new(bank)
	sum := 1.0
	for k := 1; k <= alongReach; k++ {
		sum += 2 * math.Exp(-float64(k*k)/(2*sigma*sigma))
	}
	for k := range b.weight {
		b.weight[k] = int32(math.Round(filterScale * math.Exp(-float64(k*k)/(2*sigma*sigma)) / sum))
	}
	for d := range turns {
		a := math.Pi * float64(d) / turns
		sin, cos := math.Sin(a), math.Cos(a)
		for k := range b.along[d] {
			b.along[d][k] = nearest(float64(k)*cos, -float64(k)*sin)
		}
		for k := range b.across[d] {
			b.across[d][k] = nearest(-float64(k)*sin, -float64(k)*cos)
		}
		for w := range waves {
			b.wave[d][w] = newProfile(b.across[d], sin, cos, float64(shortestWave+waveStep*w)/16, breadth)
		}
		b.lag[d], b.lagLength[d] = newLag(sin, cos)
	}
	return b
}

func nearest(x, y float64) step { return step{int8(math.Round(x)), int8(math.Round(y))} }

// newProfile returns the taps of a wave of the period at the steps, which lie at slightly other
// distances than whole pixels. The even taps have no mean; both have gain 1 for their own wave.
func newProfile(steps [acrossReach + 1]step, sin, cos, period, breadth float64) profile {
	p := profile{reach: min(int(math.Round(2.4*breadth*period)), acrossReach)}
	var even, odd, window [acrossReach + 1]float64
	sum, mass := 0.0, 0.0
	for k := range p.reach + 1 {
		t := float64(-float64(steps[k].dx)*sin) - float64(float64(steps[k].dy)*cos)
		z := t / (breadth * period)
		window[k] = math.Exp(-z * z / 2)
		even[k] = window[k] * math.Cos(2*math.Pi*t/period)
		odd[k] = window[k] * math.Sin(2*math.Pi*t/period)
		sum += sides(k) * even[k]
		mass += sides(k) * window[k]
	}
	gainEven, gainOdd := 0.0, 0.0
	for k := range p.reach + 1 {
		t := float64(-float64(steps[k].dx)*sin) - float64(float64(steps[k].dy)*cos)
		even[k] -= window[k] * sum / mass
		gainEven += sides(k) * even[k] * math.Cos(2*math.Pi*t/period)
		gainOdd += sides(k) * odd[k] * math.Sin(2*math.Pi*t/period)
	}
	for k := range p.reach + 1 {
		p.even[k] = int32(math.Round(filterScale * even[k] / gainEven))
		p.odd[k] = int32(math.Round(filterScale * odd[k] / gainOdd))
	}
	return p
}

// sides returns how many taps stand at distance k.
func sides(k int) float64 {
	if k == 0 {
		return 1
	}
	return 2
}

// newLag finds the whole step whose length across the ridge is nearest to two pixels.
func newLag(sin, cos float64) (step, int32) {
	best, bestStep, bestLength := math.Inf(1), step{}, 0.0
	for dy := -3; dy <= 3; dy++ {
		for dx := -3; dx <= 3; dx++ {
			along := float64(float64(dx)*cos) - float64(float64(dy)*sin)
			across := float64(-float64(dx)*sin) - float64(float64(dy)*cos)
			if cost := math.Abs(across-2) + float64(0.2*math.Abs(along)); cost < best-1e-9 && math.Abs(along) <= 1 {
				best, bestStep, bestLength = cost, step{int8(dx), int8(dy)}, across
			}
		}
	}
	return bestStep, int32(math.Round(256 * bestLength))
}

// offset returns the step's distance in a plane.
func (s step) offset(stride int) int { return int(s.dx) + int(s.dy)*stride }
