package voice

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"lockerd/matcher"
	"lockerd/matcher/voice/speaker"
)

// A print is a decoded voiceprint, the first identification: at most 40 KiB, as much as the information
// system keeps. Both formats are big-endian; a list begins with its length in two bytes; vectors are 16-bit steps of a scale (speaker.AppendSteps).
//
//	voiceprint  "LKVP" 3, model id 8, rate 2, voice, sketches, digits 1 (0 none, 1 follow), digit models
//	attempt     "LKVA" 3, model id 8, rate 2, prompt, voice, sketch, frames of the sequence
//	voice       twice, of mixture and network: mean and deviation of the cohort's likeness as float32, place
type print struct {
	model    string
	rate     int
	voice    speaker.Voice
	sketches []sketch
	digits   *digitModels // nil when enrolled without prompts
}

const (
	printMagic   = "LKVP"
	attemptMagic = "LKVA"
	format       = 3
	largestPrint = 40 << 10
	largestHeard = 1 << 20
)

// encode returns the voiceprint, unless it is too long to be read again.
func (p print) encode() ([]byte, error) {
	b := appendHead(nil, printMagic, p.model, p.rate)
	b = appendVoice(b, p.voice)
	b = append(b, byte(len(p.sketches)))
	for _, s := range p.sketches {
		b = appendSketch(b, s)
	}
	if p.digits == nil {
		b = append(b, 0)
	} else {
		b = p.digits.append(append(b, 1))
	}
	if len(b) > largestPrint {
		return nil, fmt.Errorf("the voiceprint has %d bytes, more than %d: say the digits faster, or use a voice model of fewer components", len(b), largestPrint)
	}
	return b, nil
}

func decodePrint(b []byte) (*print, error) {
	r := &speaker.Reader{Bytes: b}
	p := &print{}
	if len(b) > largestPrint {
		return nil, matcher.ErrDamaged
	}
	if err := readHead(r, printMagic, &p.model, &p.rate); err != nil {
		return nil, err
	}
	p.voice = readVoice(r)
	for range r.Byte() {
		p.sketches = append(p.sketches, readSketch(r))
	}
	switch r.Byte() {
	case 0:
	case 1:
		p.digits = readDigitModels(r)
	default:
		return nil, matcher.ErrDamaged
	}
	if r.Failed || len(r.Bytes) != 0 {
		return nil, matcher.ErrDamaged
	}
	return p, nil
}

func (a attempt) encode(model string) []byte {
	b := appendHead(nil, attemptMagic, model, a.rate)
	b = append(append(b, byte(len(a.prompt))), a.prompt...)
	b = appendVoice(b, a.voice)
	b = appendSketch(b, a.sketch)
	b = binary.BigEndian.AppendUint16(b, uint16(len(a.sequence)))
	for _, frame := range a.sequence {
		b = speaker.AppendSteps(b, frame)
	}
	return b
}

func decodeAttempt(b []byte) (a attempt, model string, err error) {
	r := &speaker.Reader{Bytes: b}
	if len(b) > largestHeard {
		return attempt{}, "", matcher.ErrDamaged
	}
	if err := readHead(r, attemptMagic, &model, &a.rate); err != nil {
		return attempt{}, "", err
	}
	a.prompt = string(r.Take(r.Byte()))
	a.voice = readVoice(r)
	a.sketch = readSketch(r)
	for range int(r.Uint16()) {
		if r.Failed {
			break
		}
		a.sequence = append(a.sequence, r.Steps(digitDimensions))
	}
	if r.Failed || len(r.Bytes) != 0 || checkPrompt(a.prompt) != nil {
		return attempt{}, "", matcher.ErrDamaged
	}
	return a, model, nil
}

func appendHead(b []byte, magic, model string, rate int) []byte {
	id, err := hex.DecodeString(model)
	if err != nil || len(id) != 8 {
		id = make([]byte, 8)
	}
	return binary.BigEndian.AppendUint16(append(append(append(b, magic...), format), id...), uint16(rate))
}

// readHead reads what appendHead wrote. What was written in another format was made with another model.
func readHead(r *speaker.Reader, magic string, model *string, rate *int) error {
	if string(r.Take(len(magic))) != magic {
		return matcher.ErrDamaged
	}
	if version := r.Byte(); version != format && !r.Failed {
		return ErrOtherModel
	}
	*model = hex.EncodeToString(r.Take(8))
	*rate = int(r.Uint16())
	if r.Failed {
		return matcher.ErrDamaged
	}
	return nil
}

func appendVoice(b []byte, v speaker.Voice) []byte {
	for _, p := range []speaker.Point{v.Mixture, v.Network} {
		b = appendVector(speaker.AppendFloats(b, []float32{float32(p.Mean), float32(p.Deviation)}), p.Place)
	}
	return b
}

func readVoice(r *speaker.Reader) speaker.Voice {
	return speaker.Voice{Mixture: readPoint(r), Network: readPoint(r)}
}

func readPoint(r *speaker.Reader) speaker.Point {
	var p speaker.Point
	if likeness := r.Floats(2); likeness != nil {
		p.Mean, p.Deviation = float64(likeness[0]), float64(likeness[1])
	}
	p.Place = readVector(r)
	r.Failed = r.Failed || !(p.Deviation > 0)
	return p
}

func appendVector(b []byte, v []float32) []byte {
	return speaker.AppendSteps(binary.BigEndian.AppendUint16(b, uint16(len(v))), v)
}

func readVector(r *speaker.Reader) []float32 { return r.Steps(int(r.Uint16())) }

func appendSketch(b []byte, s sketch) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(len(s)))
	for _, w := range s {
		b = binary.BigEndian.AppendUint32(b, w)
	}
	return b
}

func readSketch(r *speaker.Reader) sketch {
	n := int(r.Uint16())
	b := r.Take(4 * n)
	if b == nil {
		return nil
	}
	s := make(sketch, n)
	for i := range s {
		s[i] = binary.BigEndian.Uint32(b[4*i:])
	}
	return s
}
