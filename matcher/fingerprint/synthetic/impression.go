package synthetic

import (
	"math"
	"math/rand/v2"
)

// Condition says how a finger was laid on the sensor. The zero value is the middle of the finger,
// upright, unstretched, evenly pressed, neither dry nor wet, without noise.
type Condition struct {
	ShiftX, ShiftY float64 // pixels by which the finger lies right of and below the window's middle
	Turn           float64 // radians, counter-clockwise
	Stretch        float64 // largest displacement of the skin, pixels
	Pressure       float64 // -1 (light: thin ridges, small area) … 1 (hard: thick ridges, large area)
	Dryness        float64 // 0 (moist) … 1 (ridges broken into dots)
	Noise          float64 // standard deviation of the pixel noise, grey levels
	Seed           uint64  // draws the skin's stretch, the dry spots and the noise
}

// typical draws the condition of the finger's n-th impression, as varied as careful users make them.
func (f *Finger) typical(n uint64) Condition {
	rng := rand.New(rand.NewPCG(f.seed, n+1))
	return Condition{
		ShiftX:   14 * rng.NormFloat64(),
		ShiftY:   18 * rng.NormFloat64(),
		Turn:     0.12 * rng.NormFloat64(),
		Stretch:  5 * rng.Float64(),
		Pressure: max(-1, min(1, 0.4*rng.NormFloat64())),
		Dryness:  0.6 * rng.Float64(),
		Noise:    4 + 10*rng.Float64(),
		Seed:     rng.Uint64(),
	}
}

// Impression returns the n-th impression of the finger through a window of width × height pixels at DPI:
// 8-bit grey, row by row, 0 = ridge, 255 = background. It is the same for the same finger, n and size.
func (f *Finger) Impression(n uint64, width, height int) []byte {
	return f.Press(f.typical(n), width, height)
}

// Press returns the impression that a condition makes, in the form that Impression describes.
func (f *Finger) Press(c Condition, width, height int) []byte {
	master := f.pattern()
	rng := rand.New(rand.NewPCG(f.seed, c.Seed))
	skin := newSkin(c, rng)
	dry := newSpots(rng)
	out := make([]byte, width*height)
	noise := rng.Uint64() | 1
	for y := range height {
		for x := range width {
			px, py := float64(x-width/2)-c.ShiftX, float64(y-height/2)-c.ShiftY
			ink := 0.0
			if contact := skin.contact(px, py); contact > 0 {
				mx, my := skin.place(px, py)
				ridge := sample(master, mx, my)/127 + float64(0.45*c.Pressure)
				ridge -= float64(c.Dryness * 1.8 * dry.at(mx, my))
				ink = contact / (1 + math.Exp(-float64(5*ridge)))
			}
			noise ^= noise << 13
			noise ^= noise >> 7
			noise ^= noise << 17
			// The sum of four bytes is nearly normal, with a standard deviation of 148.
			sum := int(noise&255) + int(noise>>8&255) + int(noise>>16&255) + int(noise>>24&255)
			grey := 235 - float64(190*ink) + float64(float64(sum-510)*c.Noise/148)
			out[y*width+x] = byte(min(max(grey, 0), 255))
		}
	}
	return out
}

// skin maps places on the sensor to places on the master.
type skin struct {
	sin, cos         float64
	bendX, bendY     [3]wave
	radiusX, radiusY float64 // of the contact area
}

func newSkin(c Condition, rng *rand.Rand) skin {
	s := skin{sin: math.Sin(c.Turn), cos: math.Cos(c.Turn)}
	s.radiusX = 150 + 25*c.Pressure + 8*rng.NormFloat64()
	s.radiusY = 190 + 30*c.Pressure + 10*rng.NormFloat64()
	for i := range s.bendX {
		s.bendX[i] = bend(c.Stretch, rng)
		s.bendY[i] = bend(c.Stretch, rng)
	}
	return s
}

// bend draws one slow ripple of the skin's displacement.
func bend(stretch float64, rng *rand.Rand) wave {
	angle := 2 * math.Pi * rng.Float64()
	k := 2 * math.Pi / (220 + 180*rng.Float64())
	return wave{k * math.Cos(angle), k * math.Sin(angle), 2 * math.Pi * rng.Float64(), stretch / 3}
}

// contact returns how firmly the skin touches the sensor at (x, y) from the finger's middle: 0 outside
// the contact area, 1 well inside it.
func (s *skin) contact(x, y float64) float64 {
	rx, ry := x/s.radiusX, y/s.radiusY
	return min(max(float64(8*(1-float64(rx*rx)-float64(ry*ry))), 0), 1)
}

// place returns where on the master the skin at (x, y) from the finger's middle comes from.
func (s *skin) place(x, y float64) (mx, my float64) {
	mx = float64(x*s.cos) - float64(y*s.sin) + masterWidth/2
	my = float64(x*s.sin) + float64(y*s.cos) + masterHeight/2
	dx, dy := 0.0, 0.0
	for i := range s.bendX {
		dx += s.bendX[i].at(mx, my)
		dy += s.bendY[i].at(mx, my)
	}
	return mx + dx, my + dy
}

// sample reads the master bilinearly; outside it is neither ridge nor valley.
func sample(master []int8, x, y float64) float64 {
	x0, y0 := int(math.Floor(x)), int(math.Floor(y))
	if x0 < 0 || y0 < 0 || x0 >= masterWidth-1 || y0 >= masterHeight-1 {
		return 0
	}
	fx, fy := x-float64(x0), y-float64(y0)
	p := master[y0*masterWidth+x0:]
	top := float64(float64(p[0])*(1-fx)) + float64(float64(p[1])*fx)
	bottom := float64(float64(p[masterWidth])*(1-fx)) + float64(float64(p[masterWidth+1])*fx)
	return float64(top*(1-fy)) + float64(bottom*fy)
}

// spots is smooth noise between 0 and 1 with blobs of about four pixels: the dry places of the skin.
type spots struct {
	grid []uint8
}

const (
	spotSize  = 4
	spotsWide = 256
)

func newSpots(rng *rand.Rand) spots {
	s := spots{make([]uint8, spotsWide*spotsWide)}
	for i := range s.grid {
		if v := rng.IntN(512) - 256; v > 0 {
			s.grid[i] = uint8(v)
		}
	}
	return s
}

// at returns the dryness of the skin at master place (x, y).
func (s *spots) at(x, y float64) float64 {
	x, y = x/spotSize+64, y/spotSize+64
	x0, y0 := int(math.Floor(x)), int(math.Floor(y))
	if x0 < 0 || y0 < 0 || x0 >= spotsWide-1 || y0 >= spotsWide-1 {
		return 0
	}
	fx, fy := x-float64(x0), y-float64(y0)
	p := s.grid[y0*spotsWide+x0:]
	top := float64(float64(p[0])*(1-fx)) + float64(float64(p[1])*fx)
	bottom := float64(float64(p[spotsWide])*(1-fx)) + float64(float64(p[spotsWide+1])*fx)
	return (float64(top*(1-fy)) + float64(bottom*fy)) / 255
}
