package fingerprint

// ridgeCell is the side of a cell of a ridge map in pixels at 500 dpi.
const ridgeCell = 16

// Steps in which a ridge map keeps directions and periods, so that a cell fills a byte.
const (
	ridgeTurns   = 32 // directions in half a turn
	ridgePeriods = 8  // periods, one pixel apart, from shortestWave
)

// Most cells of a ridge map: 21 mm × 29 mm, more than a fingertip.
const (
	mostWide = 26
	mostHigh = 36
)

// none marks a cell of a ridge map without ridges.
const none = 255

// impression is what one image of a finger gave: the minutiae that each extraction saw, and the ridge map.
type impression struct {
	w, h  int // pixels at 500 dpi of the image
	grade uint8
	views [][]Minutia
	ridge ridgeMap
}

// ridgeMap is the coarse flow of the ridges. Its corner lies on a whole cell of the image.
type ridgeMap struct {
	x, y  int     // cells left of and above the first
	w, h  int     // cells
	cells []uint8 // row by row: direction (0 to 31, steps of π/32) · 8 + period (0 to 7), or none
}

// cellOf returns the value of a cell with ridges; the one that would be none is kept one period lower.
func cellOf(direction uint8, period int32) uint8 {
	p := min(max((period-shortestWave+8)/16, 0), ridgePeriods-1)
	return min(direction/(turns/ridgeTurns)*ridgePeriods+uint8(p), none-1)
}

// index returns the cell of a pixel at 500 dpi, or -1 outside the map.
func (r *ridgeMap) index(x, y int) int {
	if x < 0 || y < 0 {
		return -1
	}
	cx, cy := x/ridgeCell-r.x, y/ridgeCell-r.y
	if cx < 0 || cy < 0 || cx >= r.w || cy >= r.h {
		return -1
	}
	return cy*r.w + cx
}

// ridged tells whether there are ridges at a pixel at 500 dpi.
func (r *ridgeMap) ridged(x, y int) bool {
	i := r.index(x, y)
	return i >= 0 && r.cells[i] != none
}

// ridgeMap samples the canvas's flow and period where there are ridges. scale is pixels at 500 dpi a
// pixel of the canvas, in 1/65536.
func (c *canvas) ridgeMap(scale int) ridgeMap {
	w, h := (c.w*scale>>16)/ridgeCell, (c.h*scale>>16)/ridgeCell
	block := func(cell int) int { return int(int64(cell*ridgeCell+ridgeCell/2) << 16 / int64(scale) / blockSize) }
	left, top, right, bottom := w, h, -1, -1
	for y := range h {
		for x := range w {
			if c.inside[min(block(y), c.bh-1)*c.bw+min(block(x), c.bw-1)] {
				left, right = min(left, x), max(right, x)
				top, bottom = min(top, y), max(bottom, y)
			}
		}
	}
	if right < 0 {
		return ridgeMap{}
	}
	left, right = within(left, right, mostWide)
	top, bottom = within(top, bottom, mostHigh)
	r := ridgeMap{x: left, y: top, w: right - left + 1, h: bottom - top + 1}
	r.cells = make([]uint8, r.w*r.h)
	for i := range r.cells {
		b := min(block(top+i/r.w), c.bh-1)*c.bw + min(block(left+i%r.w), c.bw-1)
		r.cells[i] = none
		if c.inside[b] {
			r.cells[i] = cellOf(c.flow[b].direction(), c.period[b])
		}
	}
	return r
}

// within shortens a range to at most n, around its middle.
func within(first, last, n int) (int, int) {
	if over := last - first + 1 - n; over > 0 {
		first += over / 2
		last = first + n - 1
	}
	return first, last
}
