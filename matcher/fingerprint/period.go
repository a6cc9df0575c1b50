package fingerprint

import "math"

// phases holds, for a cosine in 1/256 from -256 to 256, its angle in 1/65536 turn: the phase that a wave
// turns over a lag.
var phases = func() (t [513]int32) {
	for i := range t {
		t[i] = int32(math.Round(65536 / (2 * math.Pi) * math.Acos(float64(i-256)/256)))
	}
	return t
}()

// measurePeriod estimates the ridge period around each block from the image smoothed along the ridges.
// A wave s of angular frequency ω obeys s(x+d) + s(x-d) = 2 cos(ωd) s(x) for every lag d across it; the
// cosine is the least-squares solution over the block. Noise draws it towards four lags: eight pixels,
// near the mean of adult fingers.
func (c *canvas) measurePeriod(b *bank) {
	weighted, weight := c.buffers[0], c.buffers[1]
	for by := range c.bh {
		for bx := range c.bw {
			i := by*c.bw + bx
			weighted[i], weight[i] = 0, 0
			if !c.inside[i] {
				continue
			}
			d := c.flow[i].direction()
			product, square := c.correlate(bx, by, b.lag[d].offset(c.stride))
			if square == 0 {
				continue
			}
			turn := phases[256+min(max(product*128/square, -256), 256)]
			w := c.flow[i].coherence() * min(int32(square>>8), 1024) >> 4
			frequency := turn * 256 / b.lagLength[d] // 1/65536 turn a pixel
			weighted[i], weight[i] = int32(int64(frequency)*int64(w)>>10), w
		}
	}
	for range 2 {
		c.blur(weighted)
		c.blur(weight)
	}
	for i := range c.period {
		c.period[i] = 9 * 16
		if weighted[i] > 0 {
			c.period[i] = min(max(int32(int64(weight[i])*65536*16/1024/int64(weighted[i])), shortestWave), longestWave)
		}
	}
	for cy := range c.ch {
		for cx := range c.cw {
			p := c.period[cy/2*c.bw+cx/2]
			c.wave[cy*c.cw+cx] = uint8((p - shortestWave + waveStep/2) / waveStep)
		}
	}
}

// correlate returns, over a block of smooth, the sum of s(x)·(s(x+d)+s(x-d)) and of s(x)².
func (c *canvas) correlate(bx, by, lag int) (product, square int) {
	for y := by * blockSize; y < (by+1)*blockSize; y++ {
		p := c.at(bx*blockSize, y)
		for q := p; q < p+blockSize; q++ {
			s := int(c.smooth[q])
			product += s * int(c.smooth[q+lag]+c.smooth[q-lag])
			square += s * s
		}
	}
	return product, square
}

// direction returns the flow's direction in steps of π/turns.
func (f flow) direction() uint8 {
	return uint8((atan2(int(f.y), int(f.x)) + 512) >> 10 & (turns - 1))
}

// coherence returns the flow's length in 1/1024.
func (f flow) coherence() int32 { return int32(isqrt(int(f.x)*int(f.x) + int(f.y)*int(f.y))) }
