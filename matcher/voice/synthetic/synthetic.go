// Package synthetic speaks digits with voices that nobody owns, for tests and for a cabinet without a microphone.
//
// A voice is a glottal pulse train through three resonances (Klatt, "Software for a cascade/parallel formant
// synthesizer", 1980, much reduced). It is no language: each digit is a fixed walk through vowels and hisses,
// different enough from the others to be told apart. Figures measured with it say nothing about people.
package synthetic

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
)

// A Voice is one speaker. The zero value is silent; New makes one.
type Voice struct {
	pitch      float64    // Hz
	tract      float64    // factor of the resonances: short tracts sound higher
	shift      [3]float64 // each resonance's own factor
	breath     float64    // share of noise in the voice
	brightness float64    // factor of the upper resonances' loudness
}

// New returns the voice of that seed; the same seed gives the same voice.
func New(seed uint64) Voice {
	r := rand.New(rand.NewPCG(seed, 41))
	v := Voice{pitch: 90 + 130*r.Float64(), tract: 0.82 + 0.36*r.Float64(), breath: 0.02 + 0.1*r.Float64(), brightness: 0.4 + 0.9*r.Float64()}
	for i := range v.shift {
		v.shift[i] = 0.9 + 0.2*r.Float64()
	}
	return v
}

// A sound is a target of the vocal tract: the resonances in Hz, and whether the breath hisses instead of voicing.
type sound struct {
	resonance [3]float64
	hiss      bool
}

var (
	ah = sound{resonance: [3]float64{730, 1090, 2440}}
	ee = sound{resonance: [3]float64{270, 2290, 3010}}
	oo = sound{resonance: [3]float64{300, 870, 2240}}
	eh = sound{resonance: [3]float64{530, 1840, 2480}}
	er = sound{resonance: [3]float64{490, 1350, 1690}}
	ss = sound{resonance: [3]float64{1800, 3300, 3500}, hiss: true}
	sh = sound{resonance: [3]float64{1200, 2000, 2600}, hiss: true}
)

var digits = [10][]sound{
	{oo, eh, oo}, {ah, er}, {ss, oo}, {sh, ee, eh}, {er, oo, er},
	{ah, ee, ah}, {ss, ee, ss}, {eh, ah, sh}, {ee, ee, sh}, {oo, ah, ee},
}

// Say returns the digits of text as 16-bit little-endian samples at rate, a little different with each seed as
// people are from time to time, with a fifth of a second of near silence before and after. Other characters are
// pauses.
func (v Voice) Say(text string, rate int, seed uint64) []byte {
	s := speech{voice: v, rate: float64(rate), random: rand.New(rand.NewPCG(seed, 42))}
	s.pause(0.2)
	for _, d := range text {
		if d < '0' || d > '9' {
			s.pause(0.2)
			continue
		}
		stretch := 1 + 0.1*s.random.NormFloat64()
		for _, target := range digits[d-'0'] {
			s.utter(target, 0.13*max(0.6, stretch))
		}
		s.pause(0.04 + 0.05*s.random.Float64())
	}
	s.pause(0.2)
	return s.pcm
}

// speech is a recording being made.
type speech struct {
	voice   Voice
	rate    float64
	random  *rand.Rand
	pcm     []byte
	phase   float64
	state   [3][2]float64 // of each resonator
	current [3]float64    // resonances now, gliding to the target
}

func (s *speech) pause(seconds float64) {
	for range int(seconds * s.rate) {
		s.sample(0.0006 * s.random.NormFloat64())
	}
}

func (s *speech) utter(target sound, seconds float64) {
	n := int(seconds * s.rate)
	var goal [3]float64
	for i, hz := range target.resonance {
		goal[i] = min(0.45*s.rate, hz*s.voice.tract*s.voice.shift[i]*(1+0.02*s.random.NormFloat64()))
		if s.current[i] == 0 {
			s.current[i] = goal[i]
		}
	}
	pitch := s.voice.pitch * (1 + 0.04*s.random.NormFloat64())
	for t := range n {
		for i := range s.current {
			s.current[i] += (goal[i] - s.current[i]) * 60 / s.rate
		}
		source := s.random.NormFloat64() * s.voice.breath
		if s.phase += pitch / s.rate; s.phase >= 1 {
			s.phase--
			source += 6
		}
		if target.hiss {
			source = 0.5 * s.random.NormFloat64()
		}
		envelope := min(1, 8*float64(t)/float64(n), 8*float64(n-t)/float64(n))
		s.sample(0.05*envelope*s.resonate(source) + 0.0006*s.random.NormFloat64())
	}
}

// resonate sends one value of the source through the resonators side by side.
func (s *speech) resonate(source float64) float64 {
	sum := 0.0
	for i, hz := range s.current {
		width := 60 + 40*float64(i)
		radius := math.Exp(-math.Pi * width / s.rate)
		y := source*(1-radius) + 2*radius*math.Cos(2*math.Pi*hz/s.rate)*s.state[i][0] - radius*radius*s.state[i][1]
		s.state[i][1], s.state[i][0] = s.state[i][0], y
		sum += y * math.Pow(s.voice.brightness, float64(i)) * 12
	}
	return sum
}

func (s *speech) sample(x float64) {
	s.pcm = binary.LittleEndian.AppendUint16(s.pcm, uint16(int16(32767*max(-0.95, min(0.95, x)))))
}
