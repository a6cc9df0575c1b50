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
				alongRow(b, &offsets, c.flat, c.smooth, c.at(cx*cellSize, cy*cellSize+y))
			}
		}
	}
}

// alongRow smooths the four pixels from p on.
func alongRow(b *bank, offsets *[alongReach + 1]int, flat, smooth []int16, p int) {
	v := (*[cellSize]int16)(flat[p:])
	w := b.weight[0]
	s0, s1, s2, s3 := w*int32(v[0]), w*int32(v[1]), w*int32(v[2]), w*int32(v[3])
	for k := 1; k <= alongReach; k++ {
		o, w := offsets[k], b.weight[k]
		ahead, behind := (*[cellSize]int16)(flat[p+o:]), (*[cellSize]int16)(flat[p-o:])
		s0 += w * (int32(ahead[0]) + int32(behind[0]))
		s1 += w * (int32(ahead[1]) + int32(behind[1]))
		s2 += w * (int32(ahead[2]) + int32(behind[2]))
		s3 += w * (int32(ahead[3]) + int32(behind[3]))
	}
	*(*[cellSize]int16)(smooth[p:]) = [cellSize]int16{scaled(s0), scaled(s1), scaled(s2), scaled(s3)}
}

// scaled takes a sum of taps back to the scale of the image.
func scaled(sum int32) int16 { return int16((sum + filterScale/2) >> 12) }

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
				c.acrossRow(p, &offsets, c.at(cx*cellSize, cy*cellSize+y))
			}
		}
	}
}

// acrossRow filters the four pixels from q on.
func (c *canvas) acrossRow(p *profile, offsets *[acrossReach + 1]int, q int) {
	v := (*[cellSize]int16)(c.smooth[q:])
	w := p.even[0]
	e0, e1, e2, e3 := w*int32(v[0]), w*int32(v[1]), w*int32(v[2]), w*int32(v[3])
	var o0, o1, o2, o3 int32
	for k := 1; k <= p.reach; k++ {
		o, even, odd := offsets[k], p.even[k], p.odd[k]
		ahead, behind := (*[cellSize]int16)(c.smooth[q+o:]), (*[cellSize]int16)(c.smooth[q-o:])
		a, b := int32(ahead[0]), int32(behind[0])
		e0, o0 = e0+even*(a+b), o0+odd*(a-b)
		a, b = int32(ahead[1]), int32(behind[1])
		e1, o1 = e1+even*(a+b), o1+odd*(a-b)
		a, b = int32(ahead[2]), int32(behind[2])
		e2, o2 = e2+even*(a+b), o2+odd*(a-b)
		a, b = int32(ahead[3]), int32(behind[3])
		e3, o3 = e3+even*(a+b), o3+odd*(a-b)
	}
	*(*[cellSize]int16)(c.even[q:]) = [cellSize]int16{scaled(e0), scaled(e1), scaled(e2), scaled(e3)}
	*(*[cellSize]int16)(c.odd[q:]) = [cellSize]int16{scaled(o0), scaled(o1), scaled(o2), scaled(o3)}
}
