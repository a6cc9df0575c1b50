package microphone

import (
	"context"
	"slices"
	"time"
)

// Listen records until somebody has spoken and then been quiet for so long, but no longer than most. What it
// returns and Heard are as for Record.
func (m Microphone) Listen(ctx context.Context, most, quiet time.Duration, heard Heard) ([]byte, error) {
	return m.record(ctx, most, heard, func(pcm []byte) bool { return spoken(pcm, quiet) })
}

const (
	listenFrame = Rate / 10 // samples, 100 ms
	leastSpoken = 10        // frames that somebody must have spoken in
	overQuiet   = 3.0       // how much louder than the quiet a frame of speech is; 10 dB
)

// spoken tells whether somebody spoke and has been quiet since. A frame is of speech when it stands out of the
// quietest fifth of the frames; where nothing is quiet, nobody has stopped.
func spoken(pcm []byte, quiet time.Duration) bool {
	var levels []float64
	for at := 0; at+2*listenFrame <= len(pcm); at += 2 * listenFrame {
		levels = append(levels, rms(pcm[at:at+2*listenFrame]))
	}
	if len(levels) == 0 {
		return false
	}
	sorted := slices.Sorted(slices.Values(levels))
	least := max(silentLevel, overQuiet*sorted[len(sorted)/5])
	frames, last := 0, 0
	for i, level := range levels {
		if level > least {
			frames, last = frames+1, i+1
		}
	}
	return frames >= leastSpoken && time.Duration(len(levels)-last)*100*time.Millisecond >= quiet
}
