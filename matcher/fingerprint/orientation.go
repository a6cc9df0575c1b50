package fingerprint

// tensor is the structure tensor of a block: sums over its pixels of products of the gradient (x, y).
type tensor struct{ xx, yy, xy int32 }

// flow is a ridge direction as a vector of twice its angle (y up), with the length of its coherence in
// 1/1024: 1024 = all gradients point the same way, 0 = they have no common direction.
type flow struct{ x, y int32 }

// orient estimates the ridge flow from the gradients of a plane (A. Bazen, S. Gerez, "Systematic methods
// for the computation of the directional fields and singular points of fingerprints", TPAMI 24 (7), 2002:
// averaged squared gradients), with the tensors of neighbouring blocks averaged.
func (c *canvas) orient(plane []int16) {
	for by := range c.bh {
		for bx := range c.bw {
			c.tensor[by*c.bw+bx] = c.gradients(plane, bx, by)
		}
	}
	difference, cross, energy := c.buffers[0], c.buffers[1], c.buffers[3]
	for i, t := range c.tensor {
		difference[i], cross[i], energy[i] = (t.xx-t.yy)>>4, t.xy>>3, (t.xx+t.yy)>>4
	}
	c.blur(difference)
	c.blur(cross)
	c.blur(energy)
	for i := range c.flow {
		e := int64(max(energy[i], 1))
		// The gradient stands across the ridge: turn its doubled angle by half a turn. Its y is down.
		c.flow[i] = flow{int32(-int64(difference[i]) * 1024 / e), int32(int64(cross[i]) * 1024 / e)}
	}
}

// gradients sums the products of the Sobel gradient over a block, scaled to stay within 32 bits.
func (c *canvas) gradients(plane []int16, bx, by int) tensor {
	var t tensor
	for y := by * blockSize; y < (by+1)*blockSize; y++ {
		p := c.at(bx*blockSize, y)
		up, mid, down := plane[p-c.stride-1:][:blockSize+2], plane[p-1:][:blockSize+2], plane[p+c.stride-1:][:blockSize+2]
		for x := range blockSize {
			a := int32(up[x]) - int32(down[x+2])
			b := int32(up[x+2]) - int32(down[x])
			gx := (b - a + 2*(int32(mid[x+2])-int32(mid[x]))) >> 2
			gy := (-a - b + 2*(int32(down[x+1])-int32(up[x+1]))) >> 2
			t.xx += gx * gx
			t.yy += gy * gy
			t.xy += gx * gy
		}
	}
	return t
}
