package fingerprint

import "lockerd/matcher"

// judge measures how much of each block's contrast the ridge filter explains, smooths it over
// neighbours, and keeps inside only what is clearly ridged and hangs together.
func (c *canvas) judge(least int32) {
	explained, whole := c.buffers[0], c.buffers[1]
	for by := range c.bh {
		for bx := range c.bw {
			i := by*c.bw + bx
			explained[i], whole[i] = 0, 0
			if c.inside[i] {
				explained[i], whole[i] = c.energy(bx, by)
			}
		}
	}
	c.blur(explained)
	c.blur(whole)
	for i := range c.clarity {
		c.clarity[i] = min(explained[i]*256/max(whole[i], 1), 255)
	}
	share := c.buffers[0]
	for i := range share {
		share[i] = 0
		if c.inside[i] && c.clarity[i] >= least {
			share[i] = 256
		}
	}
	c.blur(share)
	for i := range c.inside {
		c.inside[i] = share[i] >= 128
	}
}

// energy returns the mean energy over a block of the ridge filter's answer and of the flattened image.
func (c *canvas) energy(bx, by int) (explained, whole int32) {
	for y := by * blockSize; y < (by+1)*blockSize; y++ {
		p := c.at(bx*blockSize, y)
		for q := p; q < p+blockSize; q++ {
			e, o, f := int32(c.even[q]), int32(c.odd[q]), int32(c.flat[q])
			explained += (e*e + o*o) >> 1
			whole += f * f
		}
	}
	return explained >> 6, whole >> 6
}

// grade rates the impression from the ridged area and its clarity: 0 to 100.
func (c *canvas) grade(p *impression) {
	area, clear := 0, 0
	for i, in := range c.inside {
		if in {
			area++
			clear += int(c.clarity[i])
		}
	}
	full := 180 * 180 / (blockSize * blockSize) // blocks of a sufficient impression
	share := min(area*100/full, 100)
	p.grade = uint8(min(share*clear/max(area, 1)/140, 100))
}

// touch tells how a finger touched the sensor, before ridges were looked for.
type touch struct {
	blocks int // with contrast
	grey   int // their mean
}

// touch measures the blocks with contrast.
func (c *canvas) touch() (t touch) {
	for i, in := range c.inside {
		if in {
			t.blocks++
			t.grey += int(c.mean[i] >> 4)
		}
	}
	t.grey /= max(t.blocks, 1)
	return t
}

// Least that can be compared.
const (
	leastCells    = 30 // cells of the ridge map: 28 mm²
	leastMinutiae = 4
	mostBarren    = 28  // cells for each minutia: of 960 views of real fingers none has more than 24
	darkest       = 90  // mean grey below which ridges run together
	brightest     = 170 // mean grey above which ridges break up
)

// gate refuses an impression with too little to compare, with advice: where much was touched and few ridges
// were seen, they are smudged or broken; else too little was touched. Drawn lines, such as rings, have hardly
// a minutia over a large area.
func (p *impression) gate(how touch) error {
	cells := 0
	for _, v := range p.ridge.cells {
		if v != none {
			cells++
		}
	}
	const blocksInCell = ridgeCell * ridgeCell / (blockSize * blockSize)
	touched := how.blocks / blocksInCell
	switch {
	case cells >= leastCells && len(p.views[0]) >= leastMinutiae && cells <= mostBarren*len(p.views[0]):
		return nil
	case cells == 0 && touched < leastCells:
		return &matcher.QualityError{Advice: matcher.CleanSensor, Detail: "no ridges seen"}
	case touched > 2*max(cells, leastCells) && how.grey < darkest:
		return &matcher.QualityError{Advice: matcher.PressLighter, Detail: "ridges run together"}
	case touched > 2*max(cells, leastCells) && how.grey > brightest:
		return &matcher.QualityError{Advice: matcher.PressHarder, Detail: "ridges are broken"}
	}
	return &matcher.QualityError{Advice: matcher.PressCentre, Detail: "too little of the finger seen"}
}
