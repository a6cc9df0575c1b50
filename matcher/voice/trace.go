package voice

import (
	"lockerd/matcher"
	"lockerd/matcher/voice/speaker"
)

// traceMagic begins a trace: "LKVT", version 1, then a sketch as in a voiceprint.
const traceMagic = "LKVT\x01"

// Trace returns the sketch of the recording that second was taken of, by which a repetition is known again. It
// holds how the spectrum moved, a bit a pair of filters; no sound can be made of it, and no speaker recognised.
func (m *Matcher) Trace(second matcher.Identification) ([]byte, error) {
	a, _, err := decodeAttempt(second.Data)
	if err != nil {
		return nil, err
	}
	return appendSketch([]byte(traceMagic), a.sketch), nil
}

// Remember makes Extract refuse recordings that repeat the one that left the trace.
func (m *Matcher) Remember(trace []byte) error {
	r := &speaker.Reader{Bytes: trace}
	if string(r.Take(len(traceMagic))) != traceMagic {
		return matcher.ErrDamaged
	}
	s := readSketch(r)
	if r.Failed || len(r.Bytes) != 0 {
		return matcher.ErrDamaged
	}
	m.attempts.remember(s)
	return nil
}
