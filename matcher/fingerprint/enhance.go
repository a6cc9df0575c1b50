package fingerprint

// aim sets each cell's filter direction from the flow of the blocks around it, and marks the cells that
// lie within a block of the inside as active.
func (c *canvas) aim() {
	for cy := range c.ch {
		y0, fy := cellPlace(cy)
		top, bottom := clampRow(y0, c.bh)*c.bw, clampRow(y0+1, c.bh)*c.bw
		for cx := range c.cw {
			x0, fx := cellPlace(cx)
			left, right := clampRow(x0, c.bw), clampRow(x0+1, c.bw)
			a, b, d, e := c.flow[top+left], c.flow[top+right], c.flow[bottom+left], c.flow[bottom+right]
			x := (a.x*(4-fx)+b.x*fx)*(4-fy) + (d.x*(4-fx)+e.x*fx)*fy
			y := (a.y*(4-fx)+b.y*fx)*(4-fy) + (d.y*(4-fx)+e.y*fx)*fy
			i := cy*c.cw + cx
			c.direction[i] = uint8((atan2(int(y), int(x)) + 512) >> 10 & (turns - 1))
			c.active[i] = c.inside[top+left] || c.inside[top+right] || c.inside[bottom+left] || c.inside[bottom+right]
		}
	}
}

// cellPlace returns the block before a cell's middle and the cell's way from its middle to the next
// block's, in quarters.
func cellPlace(cell int) (block int, quarters int32) {
	return (cell+1)/2 - 1, int32(1 + 2*((cell+1)%2))
}

// smoothAlong averages flat along the ridges into smooth.
func (c *canvas) smoothAlong(b *bank) {
	for cy := range c.ch {
		for cx := range c.cw {
			i := cy*c.cw + cx
			if !c.active[i] {
				continue
			}
			var offsets [alongReach + 1]int
			for k, s := range b.along[c.direction[i]] {
				offsets[k] = s.offset(c.stride)
			}
			for y := range cellSize {
				p := c.at(cx*cellSize, cy*cellSize+y)
				for q := p; q < p+cellSize; q++ {
					sum := b.weight[0] * int32(c.flat[q])
					for k := 1; k <= alongReach; k++ {
						o := offsets[k]
						sum += b.weight[k] * (int32(c.flat[q+o]) + int32(c.flat[q-o]))
					}
					c.smooth[q] = int16((sum + filterScale/2) >> 12)
				}
			}
		}
	}
}

// filterAcross applies each cell's wave across the ridge to smooth and writes even and odd.
func (c *canvas) filterAcross(b *bank) {
	for cy := range c.ch {
		for cx := range c.cw {
			i := cy*c.cw + cx
			if !c.active[i] {
				continue
			}
			d := c.direction[i]
			p := &b.wave[d][c.wave[i]]
			var offsets [acrossReach + 1]int
			for k := range p.reach + 1 {
				offsets[k] = b.across[d][k].offset(c.stride)
			}
			for y := range cellSize {
				at := c.at(cx*cellSize, cy*cellSize+y)
				for q := at; q < at+cellSize; q++ {
					even, odd := p.even[0]*int32(c.smooth[q]), int32(0)
					for k := 1; k <= p.reach; k++ {
						o := offsets[k]
						ahead, behind := int32(c.smooth[q+o]), int32(c.smooth[q-o])
						even += p.even[k] * (ahead + behind)
						odd += p.odd[k] * (ahead - behind)
					}
					c.even[q] = int16((even + filterScale/2) >> 12)
					c.odd[q] = int16((odd + filterScale/2) >> 12)
				}
			}
		}
	}
}
