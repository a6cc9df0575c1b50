package fingerprint

import "lockerd/matcher"

// extract runs both extractions on a sample's image, and tells how the finger touched the sensor. Nothing of the
// image stays in memory.
func extract(s matcher.Sample) (*impression, touch, error) {
	c := pool.Get().(*canvas)
	defer pool.Put(c)
	defer c.wipe()
	return c.extract(s)
}

func (c *canvas) extract(s matcher.Sample) (*impression, touch, error) {
	img, scale, err := c.scaled(s)
	if err != nil {
		return nil, touch{}, err
	}
	c.resize(img.w, img.h)
	c.pixels = zeroed(c.pixels, img.w*img.h)
	c.flatten(img.soften(c.pixels))
	how := c.touch()
	p := &impression{w: img.w * scale >> 16, h: img.h * scale >> 16}
	first := c.view(longBank)
	toBase(first, scale)
	p.ridge = c.ridgeMap(scale)
	c.grade(p)
	c.soften()
	second := c.again(shortBank)
	toBase(second, scale)
	p.views = append(p.views, first, second)
	return p, how, nil
}

// view extracts from the canvas, on which an image was flattened, what one ridge filter sees.
func (c *canvas) view(b *bank) []Minutia {
	c.orient(c.flat)
	c.aim()
	c.smoothAlong(b)
	c.measurePeriod(b)
	c.filterAcross(b)
	c.judge(leastClarity)
	return c.minutiae()
}

// again extracts from the canvas what another filter sees, with the flow taken anew from the ridges that
// the filter before made clear.
func (c *canvas) again(b *bank) []Minutia {
	c.orient(c.even)
	c.aim()
	c.smoothAlong(b)
	c.measurePeriod(b)
	c.filterAcross(b)
	c.judge(leastClarity)
	return c.minutiae()
}

// leastClarity is the share of the contrast, in 1/256, that ridges explain at least.
const leastClarity = 34

// The two filters: a long one that bridges breaks and scars, and a short one that follows sharp bends.
var (
	longBank  = newBank(4, 0.45)
	shortBank = newBank(3, 0.35)
)
