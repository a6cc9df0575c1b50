package speech

import "math"

// Telephone returns sound of 8000 samples a second as a telephone line delivers it: without what lies under 300 Hz
// (a Butterworth high-pass of the second order) and in the 8-bit steps of the µ-law (ITU-T G.711, its curve).
func Telephone(sound []float32) []float32 {
	const corner, rate, mu = 300, 8000, 255
	sin, cos := math.Sincos(2 * math.Pi * corner / rate)
	alpha := sin / math.Sqrt2
	through := (1 + cos) / 2 / (1 + alpha)
	back1, back2 := 2*cos/(1+alpha), (alpha-1)/(1+alpha)
	line := make([]float32, len(sound))
	var x1, x2, y1, y2 float64
	for t, x := range sound {
		x0 := float64(x)
		y0 := through*(x0-2*x1+x2) + back1*y1 + back2*y2
		x1, x2, y1, y2 = x0, x1, y0, y1
		level := math.Log1p(mu*min(1, math.Abs(y0))) / math.Log1p(mu)
		level = math.Round(127*level) / 127
		line[t] = float32(math.Copysign(math.Expm1(level*math.Log1p(mu))/mu, y0))
	}
	return line
}
