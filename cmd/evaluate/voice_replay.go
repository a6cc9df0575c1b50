package main

import (
	"errors"
	"math"
	"math/rand/v2"

	"lockerd/matcher"
	"lockerd/matcher/voice"
	"lockerd/matcher/voice/speech"
)

// replayed returns c as a small loudspeaker in a room plays it to the microphone: a band of 300 Hz to 6 kHz (first
// order), echoes that fall by 60 dB in 0.3 s (Schroeder's four combs, 1962), and noise 30 dB down. It is a model:
// real loudspeakers are better and worse.
func replayed(c clip) clip {
	sound := speech.Sound(c.pcm)
	low, high := onePole(6000, c.rate), onePole(300, c.rate)
	var fast, slow float64
	dry := make([]float64, len(sound))
	for t, x := range sound {
		fast += low * (float64(x) - fast)
		slow += high * (fast - slow)
		dry[t] = fast - slow
	}
	wet := append([]float64(nil), dry...)
	for _, delay := range []float64{0.0297, 0.0371, 0.0411, 0.0437} {
		n, gain := int(delay*float64(c.rate)), math.Pow(10, -3*delay/0.3)
		echo := make([]float64, len(dry))
		for t := n; t < len(dry); t++ {
			echo[t] = dry[t-n] + gain*echo[t-n]
			wet[t] += 0.15 * echo[t]
		}
	}
	power := 0.0
	for _, x := range wet {
		power += x * x / float64(len(wet))
	}
	hiss, random := math.Sqrt(power/1000), rand.New(rand.NewPCG(uint64(len(wet)), 3))
	for t, x := range wet {
		sound[t] = float32(x + hiss*random.NormFloat64())
	}
	return clip{samples(sound), c.rate}
}

// onePole returns the factor of a first-order low-pass at hz.
func onePole(hz float64, rate int) float64 { return 1 - math.Exp(-2*math.Pi*hz/float64(rate)) }

// A replayTest plays genuine tests back to a matcher that has heard them.
type replayTest struct {
	scores     []float64 // of the replays on their own speaker; −∞ where refused
	recognised int       // replays known again as such
}

// try extracts a genuine test and then its replay, and compares the replay with its own speaker.
func (r *replayTest) try(fresh, m *voice.Matcher, first *matcher.Identification, c clip) error {
	score := math.Inf(-1)
	defer func() { r.scores = append(r.scores, score) }()
	if first == nil {
		return nil
	}
	if _, err := m.Extract(c.sample()); quality(err) {
		return nil
	} else if err != nil && !errors.Is(err, voice.ErrRepeated) {
		return err
	}
	copied := replayed(c)
	if _, err := m.Extract(copied.sample()); errors.Is(err, voice.ErrRepeated) {
		r.recognised++
	}
	second, err := fresh.Extract(copied.sample()) // what the speaker's score alone would say
	if quality(err) {
		return nil
	}
	if err != nil {
		return err
	}
	v, err := fresh.Compare(*first, second)
	if errors.Is(err, voice.ErrRepeated) {
		return nil
	}
	score = v.Score
	return err
}
