package speech

import "encoding/binary"

// Sound returns 16-bit little-endian samples as values in −1…1.
func Sound(pcm []byte) []float32 {
	sound := make([]float32, len(pcm)/2)
	for i := range sound {
		sound[i] = float32(int16(binary.LittleEndian.Uint16(pcm[2*i:]))) / 32768
	}
	return sound
}

// A Level says how loud a recording is, before anything is known of what it holds.
type Level struct {
	Peak    float64 // largest distance from the mean, 0…1
	Offset  float64 // the mean, a constant voltage on the line, −1…1
	Power   float64 // mean square of what remains without Offset
	Clipped float64 // share of samples at the end of the scale
}

// LevelOf measures sound.
func LevelOf(sound []float32) Level {
	var l Level
	if len(sound) == 0 {
		return l
	}
	lowest, highest := sound[0], sound[0]
	clipped, square := 0, 0.0
	for _, x := range sound {
		if x >= 0.999 || x <= -0.999 {
			clipped++
		}
		lowest, highest = min(lowest, x), max(highest, x)
		l.Offset += float64(x)
		square += float64(x) * float64(x)
	}
	n := float64(len(sound))
	l.Clipped = float64(clipped) / n
	l.Offset /= n
	l.Power = max(0, square/n-l.Offset*l.Offset)
	l.Peak = max(float64(highest)-l.Offset, l.Offset-float64(lowest))
	return l
}

// Steadiness returns the share of frames whose strongest filter is the same as in the frame before and holds
// nearly all the power: 1 for a pure tone, under 0.3 for speech.
func Steadiness(s Spectrum) float64 {
	steady, before := 0, -1
	for _, frame := range s {
		strongest := 0
		for i, p := range frame {
			if p > frame[strongest] {
				strongest = i
			}
		}
		around := 0.0
		for i := max(0, strongest-1); i < min(len(frame), strongest+2); i++ {
			around += float64(frame[i])
		}
		if strongest == before && around > 0.95*sum(frame) {
			steady++
		}
		before = strongest
	}
	return float64(steady) / float64(max(1, len(s)))
}
