package voice

import (
	"math"
	"math/bits"
	"sync"

	"lockerd/matcher/voice/speech"
)

// A sketch is what a recording is known again by: for each voiced frame of 20 ms, one bit a pair of neighbouring mel filters, set when the difference of their levels grew (Haitsma and Kalker, "A
// highly robust audio fingerprinting system", 2002). Two utterances of the same words differ in about half of
// the bits; a recording and what a loudspeaker makes of it do in far fewer.
type sketch []uint32

const (
	sketchHop    = 2   // frames from word to word
	sketchBits   = 21  // of a word: the pairs of filters up to 3.4 kHz, which every microphone hears
	sketchWindow = 40  // words, 0.8 s, that are looked for in another sketch
	sketchErrors = 0.2 // share of bits that may differ in a window that is the same sound
)

func sketchOf(s speech.Spectrum, voiced []bool) sketch {
	first, last := 0, len(voiced)-1
	for first < last && !voiced[first] {
		first++
	}
	for last > first && !voiced[last] {
		last--
	}
	logs := smoothedLogs(s)
	defer wipe(logs)
	var k sketch
	const lag = 8
	for t := first + lag; t <= last; t += sketchHop {
		if !voiced[t] {
			continue
		}
		var word uint32
		for i := 0; i < sketchBits && i+1 < len(logs[t]); i++ {
			if logs[t][i]-logs[t][i+1] > logs[t-lag][i]-logs[t-lag][i+1] {
				word |= 1 << i
			}
		}
		k = append(k, word)
	}
	return k
}

// smoothedLogs returns the logarithms of the spectrum's powers, averaged over 90 ms.
func smoothedLogs(s speech.Spectrum) [][]float32 {
	logs := make([][]float32, len(s))
	for t := range s {
		logs[t] = make([]float32, len(s[t]))
		from, to := max(0, t-4), min(len(s), t+5)
		for i := range logs[t] {
			sum := float32(1e-9)
			for u := from; u < to; u++ {
				sum += s[u][i]
			}
			logs[t][i] = float32(math.Log(float64(sum)))
		}
	}
	return logs
}

// repeats tells whether at least half of the windows of a lie somewhere in b.
func repeats(a, b sketch) bool {
	windows, found := 0, 0
	for at := 0; at+sketchWindow <= len(a); at += sketchWindow / 2 {
		windows++
		if distance(a[at:at+sketchWindow], b) < sketchErrors {
			found++
		}
	}
	return windows > 0 && 2*found >= windows
}

// distance returns the smallest share of bits in which window differs from a part of b; 1 when b is shorter.
func distance(window, b sketch) float64 {
	least := sketchBits * len(window)
	for at := 0; at+len(window) <= len(b); at++ {
		wrong := 0
		for i, w := range window {
			if wrong += bits.OnesCount32(w ^ b[at+i]); wrong >= least {
				break
			}
		}
		least = min(least, wrong)
	}
	return float64(least) / float64(sketchBits*len(window))
}

// attempts remembers the sketches of the last attempts.
type attempts struct {
	mu   sync.Mutex
	ring []sketch
	next int
}

func newAttempts(n int) *attempts { return &attempts{ring: make([]sketch, n)} }

// seen tells whether s repeats a remembered attempt, and remembers it.
func (a *attempts) seen(s sketch) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, before := range a.ring {
		if repeats(s, before) {
			return true
		}
	}
	a.put(s)
	return false
}

// remember takes s for an attempt that was made before.
func (a *attempts) remember(s sketch) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.put(s)
}

// put replaces the oldest sketch.
func (a *attempts) put(s sketch) {
	if len(a.ring) > 0 {
		a.ring[a.next] = s
		a.next = (a.next + 1) % len(a.ring)
	}
}
