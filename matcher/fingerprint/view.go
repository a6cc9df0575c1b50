package fingerprint

import (
	"cmp"
	"slices"
)

// mostSeeds is the number of minutiae, the clearest, from whose neighbourhoods a comparison starts.
const mostSeeds = 32

// The rows of an image in which minutiae are looked up.
const (
	rowStep  = 4 // pixels
	rowSteps = maxSide*103/100/rowStep + 2
)

// view is the minutiae of one extraction, ready to be compared.
type view struct {
	minutiae []Minutia       // from the top of the image down
	rowStart [rowSteps]uint8 // by rowStep pixels down the image: the first minutia at or below

	seeds    []Minutia     // the clearest minutiae
	near     [][]neighbour // by seed: its nearest neighbours
	frames   []frame       // by seed
	distance []uint16      // by seed and seed: 1/4 pixels between them
	bearing  []uint8       // by seed and seed: 1/256 turn, direction to the other against the first's own
}

// newView prepares minutiae for comparison.
func newView(minutiae []Minutia, ridge *ridgeMap) *view {
	v := &view{minutiae: slices.Clone(minutiae), seeds: slices.Clone(minutiae)}
	slices.SortStableFunc(v.minutiae, func(a, b Minutia) int { return cmp.Compare(a.Y, b.Y) })
	slices.SortStableFunc(v.seeds, func(a, b Minutia) int { return cmp.Compare(b.Quality, a.Quality) })
	v.seeds = v.seeds[:min(len(v.seeds), mostSeeds)]
	v.indexRows()
	n := len(v.seeds)
	v.near, v.frames = make([][]neighbour, n), make([]frame, n)
	v.distance, v.bearing = make([]uint16, n*n), make([]uint8, n*n)
	order := make([]nearby, 0, len(minutiae))
	for i, m := range v.seeds {
		v.near[i] = v.frames[i].describe(m, v.minutiae, ridge, order)
		for j, o := range v.seeds {
			dx, dy := int(o.X-m.X), int(m.Y-o.Y)
			v.distance[i*n+j] = uint16(isqrt(16 * (dx*dx + dy*dy)))
			v.bearing[i*n+j] = uint8((atan2(dy, dx)+128)>>8) - m.Angle
		}
	}
	return v
}

// indexRows fills rowStart.
func (v *view) indexRows() {
	next := 0
	for r := range v.rowStart {
		for next < len(v.minutiae) && int(v.minutiae[next].Y) < rowStep*r {
			next++
		}
		v.rowStart[r] = uint8(next)
	}
}

// rows returns the range of minutiae that holds all of those between two rows of pixels.
func (v *view) rows(top, bottom int) (first, last int) {
	top, bottom = clampRow(top/rowStep, rowSteps), clampRow(bottom/rowStep+1, rowSteps)
	return int(v.rowStart[top]), int(v.rowStart[bottom])
}
