package fingerprint

// flatten evens out brightness and contrast: each pixel's distance from the local mean in local standard
// deviations, ridges positive (L. Hong, Y. Wan, A. Jain, "Fingerprint image enhancement: algorithm and
// performance evaluation", TPAMI 20 (8), 1998, made local). It marks the blocks with enough contrast to
// hold ridges as inside.
func (c *canvas) flatten(img grey) {
	c.statistics(img)
	c.foreground()
	for by := range c.bh {
		for bx := range c.bw {
			c.flattenBlock(img, bx, by)
		}
	}
}

// statistics takes mean and standard deviation of each block's surroundings.
func (c *canvas) statistics(img grey) {
	squares := c.buffers[0]
	for by := range c.bh {
		for bx := range c.bw {
			sum, square, n := int32(0), int32(0), int32(0)
			for y := by * blockSize; y < min((by+1)*blockSize, img.h); y++ {
				for _, p := range img.pix[y*img.w+bx*blockSize : y*img.w+min((bx+1)*blockSize, img.w)] {
					sum += int32(p)
					square += int32(p) * int32(p)
					n++
				}
			}
			i := by*c.bw + bx
			c.mean[i] = sum * 16 / n
			squares[i] = square * 16 / n
		}
	}
	copy(c.buffers[1], c.mean)
	c.blur(c.mean)
	c.blur(squares)
	for i := range c.contrast {
		// A deviation of grey levels in 1/16: the mean of squares is in 1/16, a squared mean in 1/256.
		c.contrast[i] = int32(isqrt(max(int(squares[i])*16-int(c.mean[i])*int(c.mean[i]), 0)))
	}
}

// faintest is the least standard deviation of ridges, in 1/16 grey levels.
const faintest = 5 * 16

// foreground marks the blocks whose contrast is a fair share of the strongest tenth's.
func (c *canvas) foreground() {
	var histogram [256]int
	for _, v := range c.contrast {
		histogram[min(v/16, 255)]++
	}
	strong, left := 255, len(c.contrast)/10
	for ; strong > 0 && left >= histogram[strong]; strong-- {
		left -= histogram[strong]
	}
	least := max(int32(strong*16)*3/10, faintest)
	for i, v := range c.contrast {
		c.inside[i] = v >= least
	}
}

// flattenBlock writes one block of flat, with mean and deviation interpolated between block centres.
func (c *canvas) flattenBlock(img grey, bx, by int) {
	const half = blockSize / 2
	for y := by * blockSize; y < min((by+1)*blockSize, img.h); y++ {
		y0 := (y+half)/blockSize - 1
		fy := int32((y+half)%blockSize)*2 + 1
		top, bottom := clampRow(y0, c.bh)*c.bw, clampRow(y0+1, c.bh)*c.bw
		row := c.flat[c.at(bx*blockSize, y):]
		for i, p := range img.pix[y*img.w+bx*blockSize : y*img.w+min((bx+1)*blockSize, img.w)] {
			x := bx*blockSize + i
			x0 := (x+half)/blockSize - 1
			fx := int32((x+half)%blockSize)*2 + 1
			left, right := clampRow(x0, c.bw), clampRow(x0+1, c.bw)
			mean := mix(c.mean[top+left], c.mean[top+right], c.mean[bottom+left], c.mean[bottom+right], fx, fy)
			dev := mix(c.contrast[top+left], c.contrast[top+right], c.contrast[bottom+left], c.contrast[bottom+right], fx, fy)
			v := (mean - int32(p)*16) * 64 / max(dev, faintest/2)
			row[i] = int16(min(max(v, -160), 160))
		}
	}
}

func clampRow(v, n int) int { return min(max(v, 0), n-1) }

// mix interpolates between four corners; fx and fy are sixteenths.
func mix(a, b, c, d, fx, fy int32) int32 {
	return ((a*(16-fx)+b*fx)*(16-fy) + (c*(16-fx)+d*fx)*fy) >> 8
}
