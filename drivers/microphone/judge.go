package microphone

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
)

// What can be wrong with a recording.
var (
	// ErrSilent says that nobody spoke, or that the microphone is muted.
	ErrSilent = errors.New("recording is silent")
	// ErrClipped says that the speech was too loud for the microphone's gain.
	ErrClipped = errors.New("recording is clipped")
	// ErrNoisy says that the surroundings were about as loud as the speech.
	ErrNoisy = errors.New("recording is too noisy")
)

// Limits of Judge, on samples of −32768 to 32767.
const (
	silentLevel = 60.0  // root mean square of the loud frames; −55 dB of full scale
	clipped     = 32700 // from here a sample counts as clipped
	clippedMost = 0.01  // share of clipped samples
	noisyLevel  = 300.0 // root mean square of the quiet frames, from which noise matters; −41 dB
	noisyRatio  = 2.0   // loud frames to quiet frames; 6 dB
	frame       = Rate / 50
)

// Judge says whether a recording can hold usable speech: nil, ErrSilent, ErrClipped or ErrNoisy. Loud and
// quiet frames are the 90th and the 10th percentile of 20 ms frames.
func Judge(pcm []byte) error {
	samples := len(pcm) / 2
	if samples < frame {
		return ErrSilent
	}
	var levels []float64
	over := 0
	for start := 0; start+frame <= samples; start += frame {
		part := pcm[2*start : 2*(start+frame)]
		levels = append(levels, rms(part))
		for i := 0; i < len(part); i += 2 {
			if v := int(int16(binary.LittleEndian.Uint16(part[i:]))); v >= clipped || v <= -clipped {
				over++
			}
		}
	}
	slices.Sort(levels)
	loud, quiet := levels[len(levels)*9/10], levels[len(levels)/10]
	switch {
	case loud < silentLevel:
		return ErrSilent
	case float64(over) > clippedMost*float64(samples):
		return ErrClipped
	case quiet > noisyLevel && loud < noisyRatio*quiet:
		return ErrNoisy
	}
	return nil
}

// level returns how loud samples are, 0–1, for a picture of the level.
func level(pcm []byte) float64 { return min(1, rms(pcm)/8000) }

// rms returns the root mean square of samples.
func rms(pcm []byte) float64 {
	n := len(pcm) / 2
	if n == 0 {
		return 0
	}
	sum := 0.0
	for i := range n {
		v := float64(int16(binary.LittleEndian.Uint16(pcm[2*i:])))
		sum += float64(v * v)
	}
	return math.Sqrt(sum / float64(n))
}
