package fingerprint

import "slices"

// A minutia is described by its neighbours, seen from it: where they lie in its own frame, whose x axis is
// its direction, and how they are turned against it. The frame is divided into squares; the descriptor
// notes for each square which directions a neighbour may have to be near one of its own, and whether the
// place could be seen at all. Two minutiae are alike when the neighbours of each are found in the other's
// descriptor. (Plain neighbour lists, as in A. Ratha et al., "Robust fingerprint authentication using
// local structural similarity", WACV 2000; here with one look-up a neighbour.)
const (
	reach      = 80 // pixels: how far neighbours count
	square     = 10 // pixels: side of a square of the frame
	frameSide  = 2*reach/square + 2
	sectors    = 15 // directions told apart
	nearEnough = 15 // pixels: how far a neighbour may lie off
	nearTurn   = 29 // 1/256 turn: how far it may be turned
	seen       = 1 << sectors
	mostNear   = 16 // neighbours that count: the nearest
	mostSeeds  = 32
)

// neighbour is another minutia in the frame of one: its square, and the bit of its direction.
type neighbour struct{ square, sector uint16 }

// frame holds by square the directions (bits 0 to 14) that the descriptor accepts, and seen.
type frame [frameSide * frameSide]uint16

// view is the minutiae of one extraction, ready to be compared.
type view struct {
	minutiae   []Minutia
	neighbours [][]neighbour
	frames     []frame
	distance   [][]uint16 // 1/4 pixels between two minutiae
	bearing    [][]uint8  // 1/256 turn: direction from one minutia to another, against the first's own
	seeds      []uint8    // the clearest minutiae, from which a comparison starts
	rowStart   [66]uint8  // by 16 pixels down the image: the first minutia at or below
}

// newView prepares minutiae for comparison.
func newView(minutiae []Minutia, ridge *ridgeMap) *view {
	minutiae = slices.Clone(minutiae)
	least := leastSeed(minutiae)
	slices.SortStableFunc(minutiae, func(a, b Minutia) int { return int(a.Y) - int(b.Y) })
	n := len(minutiae)
	v := &view{minutiae: minutiae, neighbours: make([][]neighbour, n), frames: make([]frame, n),
		distance: make([][]uint16, n), bearing: make([][]uint8, n)}
	for i, m := range minutiae {
		if m.Quality >= least && len(v.seeds) < mostSeeds {
			v.seeds = append(v.seeds, uint8(i))
		}
	}
	for i := range v.rowStart {
		v.rowStart[i] = uint8(n)
	}
	for i, m := range slices.Backward(minutiae) {
		for r := 0; r <= min(int(m.Y)/16, len(v.rowStart)-1); r++ {
			v.rowStart[r] = uint8(i)
		}
	}
	for i, m := range minutiae {
		v.distance[i], v.bearing[i] = make([]uint16, n), make([]uint8, n)
		var order []int
		for j, o := range minutiae {
			dx, dy := int(o.X-m.X), int(m.Y-o.Y)
			v.distance[i][j] = uint16(min(isqrt(16*(dx*dx+dy*dy)), 65535))
			v.bearing[i][j] = uint8((atan2(dy, dx)+128)>>8) - m.Angle
			if j != i && v.distance[i][j] <= 4*reach {
				order = append(order, j)
			}
		}
		slices.SortFunc(order, func(a, b int) int { return int(v.distance[i][a]) - int(v.distance[i][b]) })
		for _, j := range order[:min(len(order), mostNear)] {
			x, y := seenFrom(m, int(minutiae[j].X), int(minutiae[j].Y))
			turn := minutiae[j].Angle - m.Angle
			v.neighbours[i] = append(v.neighbours[i], neighbour{squareAt(x, y), 1 << (int(turn) * sectors >> 8)})
		}
		v.frames[i].see(m, ridge)
		for _, j := range order {
			x, y := seenFrom(m, int(minutiae[j].X), int(minutiae[j].Y))
			v.frames[i].accept(x, y, minutiae[j].Angle-m.Angle)
		}
	}
	return v
}

// leastSeed returns the quality that the mostSeeds clearest minutiae have at least.
func leastSeed(minutiae []Minutia) uint8 {
	if len(minutiae) <= mostSeeds {
		return 0
	}
	byQuality := slices.Clone(minutiae)
	slices.SortFunc(byQuality, func(a, b Minutia) int { return int(b.Quality) - int(a.Quality) })
	return byQuality[mostSeeds-1].Quality
}

// rows returns the range of minutiae that holds all of those between two rows of pixels.
func (v *view) rows(top, bottom int) (first, last int) {
	top, bottom = min(max(top, 0)/16, len(v.rowStart)-1), min(max(bottom, 0)/16+1, len(v.rowStart)-1)
	return int(v.rowStart[top]), int(v.rowStart[bottom])
}

// seenFrom returns a place in the frame of m, in pixels.
func seenFrom(m Minutia, px, py int) (x, y int) {
	dx, dy := px-int(m.X), int(m.Y)-py
	s, c := sin(m.Angle), cos(m.Angle)
	return (dx*c + dy*s + unit/2) >> 12, (dy*c - dx*s + unit/2) >> 12
}

// squareAt returns the square of the frame that holds (x, y).
func squareAt(x, y int) uint16 {
	const middle = reach + square
	return uint16(clampRow((y+middle)/square, frameSide)*frameSide + clampRow((x+middle)/square, frameSide))
}

// centre returns the middle of a square.
func centre(i int) (x, y int) {
	const middle = reach + square
	return i%frameSide*square + square/2 - middle, i/frameSide*square + square/2 - middle
}

// see marks the squares where the finger was seen.
func (f *frame) see(m Minutia, ridge *ridgeMap) {
	s, c := sin(m.Angle), cos(m.Angle)
	for i := range f {
		x, y := centre(i)
		px := int(m.X) + (x*c-y*s)>>12
		py := int(m.Y) - (x*s+y*c)>>12
		if ridge.ridged(px, py) {
			f[i] |= seen
		}
	}
}

// accept marks the squares near (x, y), with the directions near turn.
func (f *frame) accept(x, y int, turn uint8) {
	bits := uint16(0)
	for s := range sectors {
		if size(uint8((2*s+1)*128/sectors)-turn) <= nearTurn {
			bits |= 1 << s
		}
	}
	const middle = reach + square
	firstX, lastX := clampRow((x+middle-nearEnough)/square, frameSide), clampRow((x+middle+nearEnough)/square, frameSide)
	firstY, lastY := clampRow((y+middle-nearEnough)/square, frameSide), clampRow((y+middle+nearEnough)/square, frameSide)
	for row := firstY; row <= lastY; row++ {
		for col := firstX; col <= lastX; col++ {
			dx, dy := col*square+square/2-middle-x, row*square+square/2-middle-y
			if dx*dx+dy*dy <= nearEnough*nearEnough {
				f[row*frameSide+col] |= bits
			}
		}
	}
}
