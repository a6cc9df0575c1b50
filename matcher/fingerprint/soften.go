package fingerprint

// Pores, dust and the grain of a cheap sensor are finer than ridges. Both extractions see the image a
// little softened, the second one more, so that they err in different places.

// soften averages each pixel with its neighbours, 1 4 1 along rows and along columns; pixels outside count
// as their nearest neighbour.
func (g grey) soften(out []byte) grey {
	along := make([]uint16, 3*g.w) // rows averaged along, the last three in turn
	average := func(y int) []uint16 {
		row, to := g.pix[y*g.w:][:g.w], along[y%3*g.w:][:g.w]
		for x := 1; x < g.w-1; x++ {
			to[x] = uint16(row[x-1]) + 4*uint16(row[x]) + uint16(row[x+1])
		}
		to[0] = 5*uint16(row[0]) + uint16(row[1])
		to[g.w-1] = uint16(row[g.w-2]) + 5*uint16(row[g.w-1])
		return to
	}
	above, here := average(0), average(0)
	for y := range g.h {
		below := here
		if y+1 < g.h {
			below = average(y + 1)
		}
		to := out[y*g.w:][:g.w]
		for x := range to {
			to[x] = byte((above[x] + 4*here[x] + below[x] + 18) / 36)
		}
		above, here = here, below
	}
	return grey{g.w, g.h, out}
}

// soften averages each pixel of flat with its neighbours, 1 14 1 along rows and along columns.
func (c *canvas) soften() {
	average := func(before, v, after int16) int16 {
		return int16((int32(before) + 14*int32(v) + int32(after) + 8) >> 4)
	}
	above := make([]int16, c.w) // the row above, before it was averaged
	for y := range c.h {
		p := c.at(0, y)
		row, before := c.flat[p:p+c.w], int16(0)
		for x, v := range row {
			row[x] = average(before, v, c.flat[p+x+1])
			before = v
		}
	}
	for y := range c.h {
		p := c.at(0, y)
		row, below := c.flat[p:p+c.w], c.flat[p+c.stride:][:c.w]
		for x, v := range row {
			row[x] = average(above[x], v, below[x])
			above[x] = v
		}
	}
}
