package fingerprint

import (
	"errors"
	"fmt"

	"lockerd/matcher"
)

// Bounds of what is taken for a finger's image.
const (
	minSide = 96   // pixels
	maxSide = 1000 // pixels
	minDPI  = 250
	maxDPI  = 1100
	baseDPI = 500 // the resolution that the engine works at; 197 pixels a centimetre in the standard's words
)

// ErrImage is returned for a sample whose size, resolution or length is not that of a finger's image.
var ErrImage = errors.New("not an image of a finger: give 8-bit grey of 96 to 1000 pixels a side at 250 to 1100 dpi")

// grey is an 8-bit image, row by row: 0 = ridge, 255 = background.
type grey struct {
	w, h int
	pix  []byte
}

// scaled checks a sample and brings its image to baseDPI, unless it is within 3 % of it: then scale
// tells how many pixels at baseDPI one pixel is, in 1/65536.
func (c *canvas) scaled(s matcher.Sample) (img grey, scale int, err error) {
	switch {
	case s.Kind != matcher.Fingerprint:
		return grey{}, 0, fmt.Errorf("%w: the sample's kind is %q", ErrImage, s.Kind)
	case s.Width < minSide || s.Height < minSide || s.Width > maxSide || s.Height > maxSide:
		return grey{}, 0, fmt.Errorf("%w: %d × %d pixels", ErrImage, s.Width, s.Height)
	case s.DPI < minDPI || s.DPI > maxDPI:
		return grey{}, 0, fmt.Errorf("%w: %d dpi", ErrImage, s.DPI)
	case len(s.Bytes) != s.Width*s.Height:
		return grey{}, 0, fmt.Errorf("%w: %d bytes for %d × %d pixels", ErrImage, len(s.Bytes), s.Width, s.Height)
	}
	img = grey{s.Width, s.Height, s.Bytes}
	scale = (baseDPI<<16 + s.DPI/2) / s.DPI
	if off := s.DPI - baseDPI; off < -baseDPI*3/100 || off > baseDPI*3/100 {
		w, h := img.w*scale>>16, img.h*scale>>16
		c.resampled = zeroed(c.resampled, w*h)
		return img.resample(scale, grey{w, h, c.resampled}), 1 << 16, nil
	}
	return img, scale, nil
}

// resample fills out with the image, its sides scaled by scale/65536: each new pixel is the mean over the
// pixels that it covers when shrinking, and is interpolated bilinearly when growing.
func (g grey) resample(scale int, out grey) grey {
	step := int((1<<32 + int64(scale)/2) / int64(scale)) // old pixels a new pixel, in 1/65536
	for y := range out.h {
		for x := range out.w {
			out.pix[y*out.w+x] = g.between(x*step, y*step, step)
		}
	}
	return out
}

// between returns the grey at a place given in 1/65536 pixels, averaged over four points of a pixel of
// side step.
func (g grey) between(x, y, step int) byte {
	sum := 0
	for i := range 4 {
		px := x + step/4 + i%2*step/2 - 1<<15
		py := y + step/4 + i/2*step/2 - 1<<15
		x0, y0 := px>>16, py>>16
		fx, fy := (px>>8)&255, (py>>8)&255
		top := int(g.at(x0, y0))*(256-fx) + int(g.at(x0+1, y0))*fx
		bottom := int(g.at(x0, y0+1))*(256-fx) + int(g.at(x0+1, y0+1))*fx
		sum += (top*(256-fy) + bottom*fy) >> 8
	}
	return byte((sum + 512) >> 10)
}

// at returns the pixel nearest to (x, y) inside the image.
func (g grey) at(x, y int) byte {
	return g.pix[min(max(y, 0), g.h-1)*g.w+min(max(x, 0), g.w-1)]
}
