package fingerprint

import "math"

// Angles are whole steps of a turn, counter-clockwise with y up as in ISO/IEC 19794-2, so that results do
// not depend on the machine's floating point: 256 steps a turn for minutiae, turns steps in half a turn
// for ridge directions.
const turns = 64

// unit is the scale of sines and cosines.
const unit = 1 << 12

// sines holds the sine of every 1/256 turn, times unit.
var sines = func() (t [256]int32) {
	for i := range t {
		t[i] = int32(math.Round(unit * math.Sin(float64(i)*2*math.Pi/256)))
	}
	return t
}()

func sin(angle uint8) int { return int(sines[angle]) }
func cos(angle uint8) int { return int(sines[angle+64]) }

// arctans holds the angle in 1/65536 turn whose tangent is i/256.
var arctans = func() (t [257]int32) {
	for i := range t {
		t[i] = int32(math.Round(65536 / (2 * math.Pi) * math.Atan(float64(i)/256)))
	}
	return t
}()

// atan2 returns the angle of the vector (x, y), y up, in 1/65536 turn, within 1/20000 turn.
func atan2(y, x int) int {
	ax, ay := max(x, -x), max(y, -y)
	if ax == 0 && ay == 0 {
		return 0
	}
	a := 0
	if ay <= ax {
		a = arctan(ay, ax)
	} else {
		a = 1<<14 - arctan(ax, ay)
	}
	if x < 0 {
		a = 1<<15 - a
	}
	if y < 0 {
		a = -a
	}
	return a & 0xffff
}

// arctan returns the angle of slope small/large, at most one eighth of a turn, in 1/65536 turn.
func arctan(small, large int) int {
	t := small << 16 / large
	i, f := t>>8, t&255
	if i == 256 {
		return int(arctans[256])
	}
	return (int(arctans[i])*(256-f) + int(arctans[i+1])*f + 128) >> 8
}

// angleBetween returns the difference a-b of two angles in 1/256 turn, between -128 and 127.
func angleBetween(a, b uint8) int { return int(int8(a - b)) }

// isqrt returns the whole part of the square root of v.
func isqrt(v int) int {
	if v <= 0 {
		return 0
	}
	r := int(math.Sqrt(float64(v)))
	for r*r > v {
		r--
	}
	for (r+1)*(r+1) <= v {
		r++
	}
	return r
}

// isqrt64 is isqrt for values beyond 32 bits.
func isqrt64(v int64) int64 {
	r := int64(math.Sqrt(float64(v)))
	for r*r > v {
		r--
	}
	for (r+1)*(r+1) <= v {
		r++
	}
	return r
}
