// Package synthetic speaks digits with voices that nobody owns, for tests and for a cabinet without a microphone.
//
// A voice is a glottal pulse train through five resonances (Klatt, "Software for a cascade/parallel formant
// synthesizer", 1980, much reduced). It is no language: each digit is a fixed walk through vowels and hisses,
// different enough from the others to be told apart. Two voices differ in pitch and tract, and in how each of them
// makes each sound, since recognisers take away what is the same in all of a recording. Figures measured with it say
// nothing about people.
package synthetic

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
)

// resonances is how many a sound has.
const resonances = 5

// A Voice is one speaker. The zero value is silent; New makes one.
type Voice struct {
	pitch  float64 // Hz
	breath float64 // share of noise in the voice
	tempo  float64 // seconds a sound
	sounds [kinds]manner
}

// A manner is how a voice makes one sound.
type manner struct {
	resonance [resonances]float64 // Hz
	width     [resonances]float64 // Hz
	loudness  [resonances]float64
}

// New returns the voice of that seed; the same seed gives the same voice.
func New(seed uint64) Voice {
	r := rand.New(rand.NewPCG(seed, 41))
	v := Voice{pitch: 85 + 155*r.Float64(), breath: 0.02 + 0.15*r.Float64(), tempo: 0.1 + 0.05*r.Float64()}
	tract, tilt := 0.82+0.36*r.Float64(), 0.35+0.6*r.Float64()
	for k := range v.sounds {
		m := &v.sounds[k]
		for i := range m.resonance {
			m.resonance[i] = targets[k].resonance[i] * tract * math.Exp(0.11*r.NormFloat64())
			m.width[i] = (50 + 45*float64(i)) * math.Exp(0.4*r.NormFloat64())
			m.loudness[i] = math.Pow(tilt, float64(i)) * math.Exp(0.9*r.NormFloat64())
		}
	}
	return v
}

// A sound is a target of the vocal tract: the resonances in Hz, and whether the breath hisses instead of voicing.
type sound struct {
	resonance [resonances]float64
	hiss      bool
}

const (
	ah = iota
	ee
	oo
	eh
	er
	ss
	sh
	kinds
)

var targets = [kinds]sound{
	ah: {resonance: [resonances]float64{730, 1090, 2440, 3400, 4500}},
	ee: {resonance: [resonances]float64{270, 2290, 3010, 3600, 4700}},
	oo: {resonance: [resonances]float64{300, 870, 2240, 3300, 4300}},
	eh: {resonance: [resonances]float64{530, 1840, 2480, 3500, 4600}},
	er: {resonance: [resonances]float64{490, 1350, 1690, 3200, 4400}},
	ss: {resonance: [resonances]float64{1800, 3300, 4500, 5500, 6500}, hiss: true},
	sh: {resonance: [resonances]float64{1200, 2000, 2600, 3600, 5000}, hiss: true},
}

var digits = [10][]int{
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
		stretch := v.tempo * math.Exp(0.12*s.random.NormFloat64())
		for _, kind := range digits[d-'0'] {
			s.utter(kind, stretch*math.Exp(0.15*s.random.NormFloat64()))
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
	state   [resonances][2]float64 // of each resonator
	current [resonances]float64    // resonances now, gliding to the target
	effort  [resonances]float64    // factor of the loudness of each, this time
}

func (s *speech) pause(seconds float64) {
	for range int(seconds * s.rate) {
		s.sample(0.0006 * s.random.NormFloat64())
	}
}

func (s *speech) utter(kind int, seconds float64) {
	n := int(seconds * s.rate)
	m := &s.voice.sounds[kind]
	var goal [resonances]float64
	for i, hz := range m.resonance {
		goal[i] = min(0.45*s.rate, hz*math.Exp(0.025*s.random.NormFloat64()))
		if s.current[i] == 0 {
			s.current[i] = goal[i]
		}
	}
	pitch := s.voice.pitch * math.Exp(0.06*s.random.NormFloat64())
	for i := range s.effort {
		s.effort[i] = math.Exp(0.2 * s.random.NormFloat64())
	}
	for t := range n {
		for i := range s.current {
			s.current[i] += (goal[i] - s.current[i]) * 60 / s.rate
		}
		source := s.random.NormFloat64() * s.voice.breath
		if s.phase += pitch / s.rate; s.phase >= 1 {
			s.phase--
			source += 6
		}
		if targets[kind].hiss {
			source = 0.5 * s.random.NormFloat64()
		}
		envelope := min(1, 8*float64(t)/float64(n), 8*float64(n-t)/float64(n))
		s.sample(0.05*envelope*s.resonate(m, source) + 0.0006*s.random.NormFloat64())
	}
}

// resonate sends one value of the source through the resonators side by side.
func (s *speech) resonate(m *manner, source float64) float64 {
	sum := 0.0
	for i, hz := range s.current {
		radius := math.Exp(-math.Pi * m.width[i] / s.rate)
		y := source*(1-radius) + 2*radius*math.Cos(2*math.Pi*hz/s.rate)*s.state[i][0] - radius*radius*s.state[i][1]
		s.state[i][1], s.state[i][0] = s.state[i][0], y
		sum += y * m.loudness[i] * s.effort[i] * 12
	}
	return sum
}

func (s *speech) sample(x float64) {
	s.pcm = binary.LittleEndian.AppendUint16(s.pcm, uint16(int16(32767*max(-0.95, min(0.95, x)))))
}
