package synthetic

import (
	"math"
	"math/rand/v2"
)

// Others names the kinds of images that are no finger, in the order in which Other draws them.
var Others = []string{"noise", "clouds", "stripes", "waves", "rings", "checks", "gradient", "blocks", "ridge-like noise", "photograph"}

// Other draws an image that is no finger, row by row, 0 = black: seed modulo the number of Others tells its
// kind. Some are far from a finger; waves, rings and ridge-like noise have a finger's period on purpose.
func Other(seed uint64, width, height int) []byte {
	rng := rand.New(rand.NewPCG(seed, 0x6f74686572))
	draw := [...]func(*rand.Rand) func(x, y float64) float64{
		noise, clouds, stripes, waves, rings, checks, gradient, blocks, ridgeLike, photograph,
	}[seed%uint64(len(Others))](rng)
	grain := rng.Float64() * rng.Float64() * 60 // grey levels
	pix := make([]byte, width*height)
	for i := range pix {
		v := 127.5 + 120*draw(float64(i%width), float64(i/width)) + grain*rng.NormFloat64()
		pix[i] = byte(min(max(v, 0), 255))
	}
	return pix
}

// Each of the following returns a picture: brightness about -1 to 1 over the place in pixels.

func noise(rng *rand.Rand) func(x, y float64) float64 {
	return func(x, y float64) float64 { return rng.Float64()*2 - 1 }
}

// clouds is noise whose strength falls with its frequency, as in pictures of nature.
func clouds(rng *rand.Rand) func(x, y float64) float64 {
	var layers [5]lattice
	for i := range layers {
		layers[i] = newLattice(rng)
	}
	size := 40 + rng.Float64()*80
	return func(x, y float64) float64 {
		sum, strength, s := 0.0, 0.8, size
		for i := range layers {
			sum += strength * layers[i].at(x/s, y/s)
			strength, s = strength/2, s/2
		}
		return sum
	}
}

func stripes(rng *rand.Rand) func(x, y float64) float64 {
	sin, cos := math.Sincos(rng.Float64() * math.Pi)
	period, hard := 3+rng.Float64()*20, 1+rng.Float64()*4
	return func(x, y float64) float64 { return math.Tanh(hard * math.Sin(2*math.Pi*(x*cos+y*sin)/period)) }
}

// waves are stripes of a finger's period that bend.
func waves(rng *rand.Rand) func(x, y float64) float64 {
	bend, period, size := newLattice(rng), 7+rng.Float64()*5, 50+rng.Float64()*60
	sin, cos := math.Sincos(rng.Float64() * math.Pi)
	return func(x, y float64) float64 {
		return math.Sin(2 * math.Pi * (x*cos + y*sin + 25*bend.at(x/size, y/size)) / period)
	}
}

func rings(rng *rand.Rand) func(x, y float64) float64 {
	x0, y0, period := 60+rng.Float64()*140, 60+rng.Float64()*160, 6+rng.Float64()*7
	tall, spiral := 0.7+rng.Float64(), float64(rng.IntN(5)-2)
	return func(x, y float64) float64 {
		return math.Sin(2*math.Pi*math.Hypot(x-x0, (y-y0)/tall)/period + spiral*math.Atan2(y-y0, x-x0))
	}
}

func checks(rng *rand.Rand) func(x, y float64) float64 {
	w, h := 2+rng.Float64()*18, 2+rng.Float64()*18
	sin, cos := math.Sincos(rng.Float64() * math.Pi)
	return func(x, y float64) float64 {
		return math.Copysign(1, math.Sin(math.Pi*(x*cos+y*sin)/w)*math.Sin(math.Pi*(y*cos-x*sin)/h))
	}
}

// gradient is a slope with a curve; past white it begins with black again.
func gradient(rng *rand.Rand) func(x, y float64) float64 {
	a, b, c := rng.Float64()/20, rng.Float64()/20, rng.Float64()/4000
	return func(x, y float64) float64 { return math.Mod(a*x+b*y+c*x*y, 2) - 1 }
}

// blocks are squares of random grey, as of print or a code.
func blocks(rng *rand.Rand) func(x, y float64) float64 {
	var grey [64 * 64]float64
	for i := range grey {
		grey[i] = rng.Float64()*2 - 1
	}
	size := 2 + rng.Float64()*22
	return func(x, y float64) float64 { return grey[int(y/size)%64*64+int(x/size)%64] }
}

// ridgeLike is a sum of waves of a finger's period in all directions: labyrinths without a flow.
func ridgeLike(rng *rand.Rand) func(x, y float64) float64 {
	var along, down, phase [24]float64
	for i := range along {
		sin, cos := math.Sincos(rng.Float64() * 2 * math.Pi)
		k := 2 * math.Pi / (7 + rng.Float64()*4)
		along[i], down[i], phase[i] = k*cos, k*sin, rng.Float64()*2*math.Pi
	}
	return func(x, y float64) float64 {
		sum := 0.0
		for i := range along {
			sum += math.Sin(along[i]*x + down[i]*y + phase[i])
		}
		return math.Tanh(sum / 3)
	}
}

// photograph is clouds with discs and bars of other brightness before them, each shaded.
func photograph(rng *rand.Rand) func(x, y float64) float64 {
	behind := clouds(rng)
	type thing struct{ x, y, w, h, sin, cos, grey, shade float64 }
	things := make([]thing, 4+rng.IntN(12))
	for i := range things {
		sin, cos := math.Sincos(rng.Float64() * math.Pi)
		things[i] = thing{rng.Float64() * 256, rng.Float64() * 288, 5 + rng.Float64()*70, 5 + rng.Float64()*70, sin, cos,
			rng.Float64()*2 - 1, rng.Float64() - 0.5}
	}
	return func(x, y float64) float64 {
		v := 0.6 * behind(x, y)
		for i, t := range things {
			u, w := ((x-t.x)*t.cos+(y-t.y)*t.sin)/t.w, ((y-t.y)*t.cos-(x-t.x)*t.sin)/t.h
			if i%2 == 0 && u*u+w*w < 1 || i%2 == 1 && math.Abs(u) < 1 && math.Abs(w) < 0.2 {
				v = t.grey + t.shade*u + 0.1*v
			}
		}
		return v
	}
}

// lattice is smooth noise: random values at whole places, interpolated.
type lattice [32 * 32]float64

func newLattice(rng *rand.Rand) (l lattice) {
	for i := range l {
		l[i] = rng.Float64()*2 - 1
	}
	return l
}

// at returns the noise at a place from 0 on; it repeats after 32.
func (l *lattice) at(x, y float64) float64 {
	x0, fx := math.Modf(x)
	y0, fy := math.Modf(y)
	fx, fy = fx*fx*(3-2*fx), fy*fy*(3-2*fy)
	value := func(i, j int) float64 { return l[(int(y0)+j)&31*32+(int(x0)+i)&31] }
	top := value(0, 0)*(1-fx) + value(1, 0)*fx
	return top*(1-fy) + (value(0, 1)*(1-fx)+value(1, 1)*fx)*fy
}
