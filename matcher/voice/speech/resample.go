package speech

import "math"

// Halve returns sound at half its sampling rate, low-passed under the new rate's Nyquist frequency by a windowed
// sinc of 63 points.
func Halve(sound []float32) []float32 {
	const points, cutoff = 63, 0.46 // cutoff in units of the old rate's Nyquist frequency
	var response [points]float32
	for i := range response {
		t := float64(i - points/2)
		v := cutoff
		if t != 0 {
			v = math.Sin(math.Pi*cutoff*t) / (math.Pi * t)
		}
		response[i] = float32(v * (0.54 - 0.46*math.Cos(2*math.Pi*float64(i)/(points-1))))
	}
	half := make([]float32, len(sound)/2)
	for j := range half {
		from := 2*j - points/2
		for i, h := range response {
			if k := from + i; k >= 0 && k < len(sound) {
				half[j] += h * sound[k]
			}
		}
	}
	return half
}
