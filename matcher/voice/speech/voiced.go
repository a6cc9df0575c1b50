package speech

import (
	"math"
	"slices"
)

// Voiced tells for each frame whether somebody speaks in it, and how far speech stands out of what is heard
// between: the estimated signal-to-noise ratio in dB. A frame is voiced when its smoothed level lies in the
// upper part of the range between the quietest and the loudest frames of the utterance, and within 30 dB of
// the loudest.
func Voiced(s Spectrum) (voiced []bool, snr float64) {
	level := levels(s)
	if len(level) == 0 {
		return nil, 0
	}
	sorted := slices.Clone(level)
	slices.Sort(sorted)
	floor, peak := quantile(sorted, 0.10), quantile(sorted, 0.95)
	threshold := max(floor+0.4*(peak-floor), peak-30)
	voiced = make([]bool, len(level))
	for t, l := range level {
		voiced[t] = l > threshold
	}
	return voiced, peak - floor
}

// levels returns the level of each frame in dB, smoothed over 50 ms.
func levels(s Spectrum) []float64 {
	raw := make([]float64, len(s))
	for t, frame := range s {
		sum := 1e-9
		for _, p := range frame {
			sum += float64(p)
		}
		raw[t] = 10 * math.Log10(sum)
	}
	smooth := make([]float64, len(raw))
	for t := range raw {
		from, to := max(0, t-2), min(len(raw), t+3)
		for _, l := range raw[from:to] {
			smooth[t] += l / float64(to-from)
		}
	}
	return smooth
}

// quantile returns the value below which the share q of the sorted values lies.
func quantile(sorted []float64, q float64) float64 {
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}
