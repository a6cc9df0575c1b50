package fingerprint

import (
	"cmp"
	"math"
	"slices"
)

// Type tells how a ridge changes at a minutia, in the numbers of ISO/IEC 19794-2.
type Type uint8

// Types of minutiae.
const (
	Other       Type = 0
	Ending      Type = 1
	Bifurcation Type = 2
)

// Minutia is a place where a ridge ends or forks.
type Minutia struct {
	X, Y    int16 // pixels at 500 dpi right of and below the image's corner
	Angle   uint8 // 1/256 turn, counter-clockwise: along the ending ridge, or along the valley in a fork
	Type    Type
	Quality uint8 // 1 (doubtful) … 100 (clear)
}

// Limits of a view's minutiae.
const (
	mostMinutiae = 64 // the clearest are kept
	closest      = 6  // pixels between minutiae of opposite directions, else both are noise
)

// minutiae finds the points around which the ridge phase turns once (K. Larkin, P. Fletcher, "A coherent
// framework for fingerprint analysis: are fingerprints holograms?", Optics Express 15 (14), 2007: minutiae
// are the spiral points of the phase). The phase is that of even + i·odd; its sense of turning tells on
// which side there is one ridge more.
func (c *canvas) minutiae() []Minutia {
	var found []Minutia
	for cy := range c.ch {
		for cx := range c.cw {
			if !c.inside[cy/2*c.bw+cx/2] || !c.active[cy*c.cw+cx] {
				continue
			}
			for y := cy * cellSize; y < (cy+1)*cellSize; y++ {
				p := c.at(cx*cellSize, y)
				up, down := (*[cellSize + 1]int16)(c.even[p:]), (*[cellSize + 1]int16)(c.even[p+c.stride:])
				for i := range cellSize {
					// Around a spiral point even changes its sign: most pixels are done with here.
					if same(up[i], up[i+1], down[i], down[i+1]) {
						continue
					}
					if turn := c.winding(cx*cellSize+i, y); turn != 0 {
						if m, ok := c.minutia(cx*cellSize+i, y, turn); ok {
							found = append(found, m)
						}
					}
				}
			}
		}
	}
	found = thinOut(found)
	slices.SortStableFunc(found, func(a, b Minutia) int { return cmp.Compare(b.Quality, a.Quality) })
	return found[:min(len(found), mostMinutiae)]
}

// same tells whether four values have the same sign.
func same(a, b, c, d int16) bool { return (a^b)|(a^c)|(a^d) >= 0 }

// winding returns how often the phase turns along the square from (x, y) to (x+1, y+1), clockwise on the
// screen: -1, 0 or 1.
func (c *canvas) winding(x, y int) int {
	p := c.at(x, y)
	corner := [4]int{p, p + 1, p + c.stride + 1, p + c.stride}
	var even, odd [4]int32
	here := c.directionAt(x, y)
	if x%cellSize != cellSize-1 && y%cellSize != cellSize-1 && same(c.odd[corner[0]], c.odd[corner[1]], c.odd[corner[2]], c.odd[corner[3]]) {
		return 0
	}
	for k, q := range corner {
		even[k], odd[k] = int32(c.even[q]), int32(c.odd[q])
		d := int(c.directionAt(x+(k+1)/2%2, y+k/2)) - int(here)
		if d > turns/2 || d < -turns/2 {
			odd[k] = -odd[k] // the filter there looks the other way
		}
	}
	quarters := 0
	for k := range 4 {
		quarters += quarterTurns(even[k], odd[k], even[(k+1)%4], odd[(k+1)%4])
	}
	return quarters / 4
}

// directionAt returns the filter direction at a pixel; outside the image that of the nearest pixel.
func (c *canvas) directionAt(x, y int) uint8 {
	return c.direction[min(y/cellSize, c.ch-1)*c.cw+min(x/cellSize, c.cw-1)]
}

// quarterTurns returns by how many quadrants the vector (x1, y1) lies ahead of (x0, y0): -2 to 2.
func quarterTurns(x0, y0, x1, y1 int32) int {
	switch (quadrant(x1, y1) - quadrant(x0, y0)) & 3 {
	case 1:
		return 1
	case 3:
		return -1
	case 2:
		if int64(x0)*int64(y1)-int64(y0)*int64(x1) >= 0 {
			return 2
		}
		return -2
	}
	return 0
}

func quadrant(x, y int32) int {
	switch {
	case x >= 0 && y >= 0:
		return 0
	case x < 0 && y >= 0:
		return 1
	case x < 0:
		return 2
	}
	return 3
}

// minutia describes the spiral point at (x, y), unless it lies at the rim of the ridges.
func (c *canvas) minutia(x, y, turn int) (Minutia, bool) {
	const (
		rim  = 10 // pixels from where the ridges end
		edge = 3  // pixels from where the image ends
	)
	if x < edge || y < edge || x >= c.w-edge || y >= c.h-edge {
		return Minutia{}, false
	}
	for _, d := range [8]step{{1, 0}, {-1, 0}, {0, 1}, {0, -1}, {1, 1}, {1, -1}, {-1, 1}, {-1, -1}} {
		px, py := clampRow(x+int(d.dx)*rim, c.w), clampRow(y+int(d.dy)*rim, c.h)
		if !c.inside[py/blockSize*c.bw+px/blockSize] {
			return Minutia{}, false
		}
	}
	m := Minutia{X: int16(x), Y: int16(y), Angle: c.directionAt(x, y) * (128 / turns), Type: Bifurcation}
	if turn < 0 {
		m.Angle += 128
	}
	ahead := c.at(x+4*cos(m.Angle)/unit, y-4*sin(m.Angle)/unit)
	if c.even[ahead] > 0 {
		m.Type = Ending
	}
	clarity := int(c.clarity[y/blockSize*c.bw+x/blockSize]) * 100 / 256
	m.Quality = uint8(max(1, min(100, clarity*c.strength(x, y)/ringFull)))
	return m, true
}

// thinOut drops pairs of minutiae that stand close and look opposite ways: a speck, a break or a bridge.
func thinOut(found []Minutia) []Minutia {
	drop := make([]bool, len(found))
	for i, a := range found {
		for j := i + 1; j < len(found) && found[j].Y-a.Y < 4*closest; j++ {
			b := found[j]
			dx, dy := int(a.X-b.X), int(a.Y-b.Y)
			if turn := angleBetween(a.Angle, b.Angle); dx*dx+dy*dy <= closest*closest && (turn > 64 || turn < -64) {
				drop[i], drop[j] = true, true
			}
		}
	}
	kept := found[:0]
	for i, m := range found {
		if !drop[i] {
			kept = append(kept, m)
		}
	}
	return kept
}

// toBase brings minutiae to pixels at 500 dpi; scale is such pixels a pixel, in 1/65536.
func toBase(minutiae []Minutia, scale int) {
	for i := range minutiae {
		m := &minutiae[i]
		m.X, m.Y = int16(int(m.X)*scale>>16), int16(int(m.Y)*scale>>16)
	}
}

// The ring around a minutia on which the ridges are looked at.
const (
	ringPoints = 12
	ringRadius = 7  // pixels
	ringFull   = 50 // answer of the ridge filter from which a minutia counts in full
)

// ring holds the ring's points, from the minutia.
var ring = func() (r [ringPoints]step) {
	for i := range r {
		a := uint8(i * 256 / ringPoints)
		r[i] = step{int8(math.Round(float64(ringRadius*cos(a)) / unit)), int8(math.Round(float64(-ringRadius*sin(a)) / unit))}
	}
	return r
}()

// strength returns the median strength of the ridge filter's answer around a minutia: where ridges meet
// it rises at once, where the image is smudged it stays low.
func (c *canvas) strength(x, y int) int {
	var answers [ringPoints]int
	for i, s := range ring {
		q := c.at(x, y) + s.offset(c.stride)
		even, odd := int(c.even[q]), int(c.odd[q])
		answers[i] = isqrt(even*even + odd*odd)
	}
	slices.Sort(answers[:])
	return answers[ringPoints/2]
}
