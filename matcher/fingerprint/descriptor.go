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
)

// neighbour is another minutia in the frame of one: its square, and the bit of its direction.
type neighbour struct{ square, sector uint16 }

// frame holds by square the directions (bits 0 to 14) that the descriptor accepts, and seen.
type frame [frameSide * frameSide]uint16

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

// describe returns the frame of m, and its nearest neighbours as they look from it. others holds all
// minutiae, and ridge where there are ridges; order is memory to use.
func (f *frame) describe(m Minutia, others []Minutia, ridge *ridgeMap, order []nearby) []neighbour {
	f.see(m, ridge)
	order = order[:0]
	for _, o := range others {
		x, y := seenFrom(m, int(o.X), int(o.Y))
		if d := x*x + y*y; d > 4 && d <= reach*reach {
			order = append(order, nearby{x, y, d, o.Angle - m.Angle})
			f.accept(x, y, o.Angle-m.Angle)
		}
	}
	slices.SortStableFunc(order, func(a, b nearby) int { return a.square - b.square })
	near := make([]neighbour, min(len(order), mostNear))
	for i := range near {
		n := order[i]
		near[i] = neighbour{squareAt(n.x, n.y), 1 << (int(n.turn) * sectors >> 8)}
	}
	return near
}

// nearby is a neighbour on the way to its descriptor: its place in the frame, its squared distance, and
// how it is turned.
type nearby struct {
	x, y, square int
	turn         uint8
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
