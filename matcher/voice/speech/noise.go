package speech

import "math"

// Mix returns s with noise added at a signal-to-noise ratio of snr dB. The powers are added, as those of
// sounds that know nothing of each other add on average. noise is repeated from frame offset on. The level of
// speech is the mean over the voiced frames, so that pauses do not count.
func Mix(s Spectrum, voiced []bool, noise Spectrum, offset int, snr float64) Spectrum {
	var speech, other float64
	n := 0
	for t, frame := range s {
		if voiced[t] {
			n++
			speech += sum(frame)
		}
		other += sum(noise[(offset+t)%len(noise)])
	}
	if n == 0 || other == 0 {
		return s
	}
	gain := float32(speech / float64(n) / (other / float64(len(s))) / math.Pow(10, snr/10))
	mixed := make(Spectrum, len(s))
	for t, frame := range s {
		mixed[t] = make([]float32, len(frame))
		for i, p := range frame {
			mixed[t][i] = p + gain*noise[(offset+t)%len(noise)][i]
		}
	}
	return mixed
}

func sum(frame []float32) float64 {
	total := 0.0
	for _, p := range frame {
		total += float64(p)
	}
	return total
}
