package voice

import (
	"encoding/binary"
	"encoding/hex"

	"lockerd/matcher"
	"lockerd/matcher/voice/speaker"
)

// A print is a decoded voiceprint, the first identification: at most 64 KiB. Both formats are big-endian; a
// list begins with its length in two bytes; vectors are 16-bit steps of a scale (speaker.AppendSteps).
//
//	voiceprint  "LKVP" 2, model id 8, rate 2, voice, sketches, digits 1 (0 none, 1 follow), digit models
//	attempt     "LKVA" 2, model id 8, rate 2, prompt, voice, sketch, frames of the sequence
//	voice       mean and deviation of the cohort's likeness as float32, place
type print struct {
	model    string
	rate     int
	voice    speaker.Voice
	sketches []sketch
	digits   *digitModels // nil when enrolled without prompts
}

const (
	printMagic   = "LKVP\x02"
	attemptMagic = "LKVA\x02"
	largestPrint = 64 << 10
	largestHeard = 1 << 20
)

func (p print) encode() []byte {
	b := appendHead(nil, printMagic, p.model, p.rate)
	b = appendVoice(b, p.voice)
	b = append(b, byte(len(p.sketches)))
	for _, s := range p.sketches {
		b = appendSketch(b, s)
	}
	if p.digits == nil {
		return append(b, 0)
	}
	return p.digits.append(append(b, 1))
}

func decodePrint(b []byte) (*print, error) {
	r := &speaker.Reader{Bytes: b}
	p := &print{}
	if len(b) > largestPrint || !readHead(r, printMagic, &p.model, &p.rate) {
		return nil, matcher.ErrDamaged
	}
	p.voice = readVoice(r)
	for range readByte(r) {
		p.sketches = append(p.sketches, readSketch(r))
	}
	switch readByte(r) {
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
	if len(b) > largestHeard || !readHead(r, attemptMagic, &model, &a.rate) {
		return attempt{}, "", matcher.ErrDamaged
	}
	a.prompt = string(r.Take(readByte(r)))
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
	return binary.BigEndian.AppendUint16(append(append(b, magic...), id...), uint16(rate))
}

func readHead(r *speaker.Reader, magic string, model *string, rate *int) bool {
	if string(r.Take(len(magic))) != magic {
		return false
	}
	*model = hex.EncodeToString(r.Take(8))
	*rate = int(r.Uint16())
	return !r.Failed
}

func readByte(r *speaker.Reader) int {
	if b := r.Take(1); b != nil {
		return int(b[0])
	}
	return 0
}

func appendVoice(b []byte, v speaker.Voice) []byte {
	return appendVector(speaker.AppendFloats(b, []float32{float32(v.Mean), float32(v.Deviation)}), v.Place)
}

func readVoice(r *speaker.Reader) speaker.Voice {
	var v speaker.Voice
	if scores := r.Floats(2); scores != nil {
		v.Mean, v.Deviation = float64(scores[0]), float64(scores[1])
	}
	v.Place = readVector(r)
	r.Failed = r.Failed || !(v.Deviation > 0)
	return v
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
