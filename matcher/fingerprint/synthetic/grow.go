package synthetic

import (
	"math"
	"math/rand/v2"
)

// The filter bank has one Gabor filter for every step of direction and period.
const (
	directions  = 32
	periods     = 8
	shortest    = 6.5  // pixels at full scale
	periodStep  = 0.75 // pixels at full scale
	growRounds  = 9    // at half scale
	coarseReach = 4    // half width of a filter at half scale
	fineReach   = 8    // half width of a filter at full scale
)

// grow makes ridges out of noise by repeated filtering along the field: first at half scale, where each
// round costs a sixteenth, then once at full scale. Minutiae appear where ridges that started apart meet.
func grow(f field, rng *rand.Rand) []int8 {
	const w, h = masterWidth / 2, masterHeight / 2
	image := make([]int8, w*h)
	for i := range image {
		image[i] = int8(rng.IntN(255) - 127)
	}
	coarse := choose(f, w, h, 2)
	bank := gaborBank(coarseReach, 2)
	for range growRounds {
		image = filter(image, w, h, coarse, bank, coarseReach)
	}
	fine := enlarge(image, w, h)
	return filter(fine, 2*w, 2*h, choose(f, 2*w, 2*h, 1), gaborBank(fineReach, 1), fineReach)
}

// choose returns for every pixel the index of its filter in the bank; scale is full-scale pixels a pixel.
func choose(f field, w, h int, scale float64) []uint8 {
	index := make([]uint8, w*h)
	for y := range h {
		for x := range w {
			fx, fy := float64(x)*scale, float64(y)*scale
			turn := f.direction(fx, fy) / math.Pi
			d := int((turn-math.Floor(turn))*directions+0.5) % directions
			p := int((f.periodAt(fx, fy)-shortest)/periodStep + 0.5)
			index[y*w+x] = uint8(min(max(p, 0), periods-1)*directions + d)
		}
	}
	return index
}

// gaborBank returns even Gabor filters without a mean, in integers, each scaled to the same gain for a
// wave of its own period and direction.
func gaborBank(reach int, scale float64) [][]int32 {
	bank := make([][]int32, periods*directions)
	side := 2*reach + 1
	weights := make([]float64, side*side)
	for i := range bank {
		period := (shortest + periodStep*float64(i/directions)) / scale
		angle := math.Pi * float64(i%directions) / directions
		sin, cos := math.Sin(angle), math.Cos(angle)
		sigma := 0.42 * float64(reach)
		sum, mass := 0.0, 0.0
		for k := range weights {
			x, y := float64(k%side-reach), float64(k/side-reach)
			envelope := math.Exp(-(float64(x*x) + float64(y*y)) / float64(2*sigma*sigma))
			across := float64(x*sin) + float64(y*cos) // rows grow downwards
			weights[k] = envelope * math.Cos(2*math.Pi*across/period)
			sum += weights[k]
			mass += envelope
		}
		gain := 0.0
		for k := range weights {
			x, y := float64(k%side-reach), float64(k/side-reach)
			envelope := math.Exp(-(float64(x*x) + float64(y*y)) / float64(2*sigma*sigma))
			weights[k] -= envelope * sum / mass
			gain += math.Abs(weights[k])
		}
		bank[i] = make([]int32, len(weights))
		for k, v := range weights {
			bank[i][k] = int32(math.Round(v / gain * 4096 * 4))
		}
	}
	return bank
}

// filter applies each pixel's filter of the bank, with a gain of about 4 and saturation; pixels outside
// count as zero.
func filter(image []int8, w, h int, index []uint8, bank [][]int32, reach int) []int8 {
	stride := w + 2*reach
	padded := make([]int32, stride*(h+2*reach))
	for y := range h {
		for x := range w {
			padded[(y+reach)*stride+x+reach] = int32(image[y*w+x])
		}
	}
	out := make([]int8, w*h)
	side := 2*reach + 1
	for y := range h {
		for x := range w {
			weights := bank[index[y*w+x]]
			sum := int32(0)
			for r := range side {
				row := padded[(y+r)*stride+x:][:side]
				for k, g := range weights[r*side:][:side] {
					sum += g * row[k]
				}
			}
			out[y*w+x] = int8(min(max(sum>>12, -127), 127))
		}
	}
	return out
}

// enlarge doubles both sides of the image, bilinearly.
func enlarge(image []int8, w, h int) []int8 {
	out := make([]int8, 4*w*h)
	for y := range 2 * h {
		y0, y1 := y/2, min(y/2+y%2, h-1)
		for x := range 2 * w {
			x0, x1 := x/2, min(x/2+x%2, w-1)
			sum := int(image[y0*w+x0]) + int(image[y0*w+x1]) + int(image[y1*w+x0]) + int(image[y1*w+x1])
			out[y*2*w+x] = int8(sum / 4)
		}
	}
	return out
}
