package fingerprint

import "sync"

// Grids over the image. A block carries statistics of the image (contrast, ridge flow); a cell carries
// the filter that its pixels share.
const (
	blockSize = 8 // pixels a side
	cellSize  = 4 // pixels a side
	margin    = 24
)

// canvas holds everything that one extraction computes, so that its memory can be used again. Pixel
// planes have a margin of zeros on all sides, so that filters need no test at the border.
type canvas struct {
	w, h   int // pixels, rounded up to whole blocks
	stride int // pixels from row to row in a plane
	bw, bh int // blocks
	cw, ch int // cells

	resampled []byte  // the image at baseDPI, where it was captured at another resolution; without margin
	pixels    []byte  // the image, softened; without margin
	flat      []int16 // the image with even brightness and contrast; a ridge is positive
	smooth    []int16 // flat, smoothed along the ridges
	even      []int16 // ridge filter's even answer: positive on a ridge
	odd       []int16 // ridge filter's odd answer

	mean, contrast []int32 // by block: local grey and its standard deviation, in 1/16
	inside         []bool  // by block: there are ridges
	tensor         []tensor
	flow           []flow  // by block: ridge flow
	period         []int32 // by block: ridge period in 1/16 pixels
	clarity        []int32 // by block: share of the contrast that the ridge filter explains, in 1/256
	active         []bool  // by cell: to be filtered
	direction      []uint8 // by cell: ridge direction in steps of π/turns
	wave           []uint8 // by cell: index of the ridge period
	buffers        [4][]int32
}

// pool keeps the memory of finished extractions, wiped.
var pool = sync.Pool{New: func() any { return new(canvas) }}

// resize makes room for an image of w × h pixels and zeroes the planes.
func (c *canvas) resize(w, h int) {
	c.bw, c.bh = (w+blockSize-1)/blockSize, (h+blockSize-1)/blockSize
	c.w, c.h = c.bw*blockSize, c.bh*blockSize
	c.cw, c.ch = c.w/cellSize, c.h/cellSize
	c.stride = c.w + 2*margin
	pixels := c.stride * (c.h + 2*margin)
	for _, plane := range []*[]int16{&c.flat, &c.smooth, &c.even, &c.odd} {
		*plane = zeroed(*plane, pixels)
	}
	blocks, cells := c.bw*c.bh, c.cw*c.ch
	for _, grid := range []*[]int32{&c.mean, &c.contrast, &c.period, &c.clarity, &c.buffers[0], &c.buffers[1], &c.buffers[2], &c.buffers[3]} {
		*grid = zeroed(*grid, blocks)
	}
	c.inside, c.active = zeroed(c.inside, blocks), zeroed(c.active, cells)
	c.tensor, c.flow = zeroed(c.tensor, blocks), zeroed(c.flow, blocks)
	c.direction, c.wave = zeroed(c.direction, cells), zeroed(c.wave, cells)
}

// wipe overwrites the image and all that was computed of it.
func (c *canvas) wipe() {
	clear(c.resampled)
	clear(c.pixels)
	c.resize(c.w, c.h)
}

// at returns the index in a plane of the pixel (x, y).
func (c *canvas) at(x, y int) int { return (y+margin)*c.stride + x + margin }

// zeroed returns a slice of n zeros, in old's memory where it is large enough.
func zeroed[T any](old []T, n int) []T {
	if cap(old) < n {
		return make([]T, n)
	}
	old = old[:n]
	clear(old)
	return old
}

// blur smooths a grid of blocks with the kernel 1 4 6 4 1, first along rows, then along columns; blocks
// outside count as their nearest neighbour.
func (c *canvas) blur(grid []int32) {
	tmp := c.buffers[2]
	for y := range c.bh {
		row := grid[y*c.bw:][:c.bw]
		for x := range row {
			tmp[y*c.bw+x] = binomial(row, x, 1, c.bw)
		}
	}
	for x := range c.bw {
		for y := range c.bh {
			grid[y*c.bw+x] = binomial(tmp[x:], y, c.bw, c.bh)
		}
	}
}

// binomial returns the weighted mean 1 4 6 4 1 around element i of n that lie step apart.
func binomial(v []int32, i, step, n int) int32 {
	at := func(k int) int32 { return v[min(max(k, 0), n-1)*step] }
	return (at(i-2) + at(i+2) + 4*(at(i-1)+at(i+1)) + 6*at(i) + 8) >> 4
}
