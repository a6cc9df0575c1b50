package sandbox

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"sync"
	"time"

	"lockerd/drivers/microphone"
	"lockerd/matcher/voice/synthetic"
)

// Microphone is the emulated microphone: silence, and what the words "say …" make it hear, at the pace of real
// time. Where arecord is installed, it records from an ALSA device as it does on a real cabinet.
func (c *Cabinet) Microphone() microphone.Microphone {
	speed := time.Duration(hurried)
	if c.options.Pace {
		speed = 1
	}
	if _, err := exec.LookPath("arecord"); err == nil {
		return microphone.Microphone{Source: alsa{speech: c.speech, dir: c.options.Dir, speed: speed}.record}
	}
	c.log.Info("arecord is not installed: the emulated microphone is heard without it")
	return microphone.Microphone{Source: plain{c.speech, speed}.record}
}

// hurried is how much faster than real time a microphone without pace hears.
const hurried = 4

// speech is what the emulated microphone hears.
type speech struct {
	mu      sync.Mutex
	gone    bool
	pending []byte // samples that were said and not yet heard
	spoken  spoken
}

// spoken is what a microphone heard so far, by which it is said again, or said otherwise.
type spoken struct {
	Times  map[string]uint64 `json:"times"` // by voice, how often it spoke
	Name   string            `json:"name"`  // whose voice spoke last; empty for a file
	Digits string            `json:"digits"`
	File   string            `json:"file"`
}

func newSpeech(before spoken) *speech {
	if before.Times == nil {
		before.Times = make(map[string]uint64)
	}
	return &speech{spoken: before}
}

// utter says digits with the voice of that name, a little different each time, as people do.
func (s *speech) utter(name, digits string) (time.Duration, error) {
	s.mu.Lock()
	s.spoken.Times[name]++
	s.spoken.Name, s.spoken.Digits, s.spoken.File = name, digits, ""
	s.mu.Unlock()
	return s.again()
}

// play plays a WAV file, 16 bits, mono, 16,000 samples a second.
func (s *speech) play(path string) (time.Duration, error) {
	s.mu.Lock()
	s.spoken.Name, s.spoken.Digits, s.spoken.File = "", "", path
	s.mu.Unlock()
	return s.again()
}

// again puts before the microphone what was said last, bit by bit. What sounds while nobody records is heard by the
// next recording.
func (s *speech) again() (time.Duration, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var pcm []byte
	switch said := s.spoken; {
	case said.Name != "":
		voice := synthetic.New(seedOf("voice " + said.Name))
		pcm = voice.Say(said.Digits, microphone.Rate, seedOf(fmt.Sprint(said.Name, said.Times[said.Name])))
	case said.File != "":
		file, err := os.ReadFile(said.File)
		if err != nil {
			return 0, err
		}
		if pcm, err = parseWAV(file); err != nil {
			return 0, fmt.Errorf("cannot say %s: %w", said.File, err)
		}
	default:
		return 0, errors.New("nothing was said yet")
	}
	s.pending = append(s.pending, pcm...)
	return time.Duration(len(pcm)/2) * time.Second / microphone.Rate, nil
}

// heard returns what was said so far.
func (s *speech) heard() spoken {
	s.mu.Lock()
	defer s.mu.Unlock()
	said := s.spoken
	said.Times = maps.Clone(said.Times)
	return said
}

// take fills b with what sounds now. It tells whether there is a microphone.
func (s *speech) take(b []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(b)
	n := copy(b, s.pending)
	s.pending = s.pending[n:]
	return !s.gone
}

// unheard forgets what sounded when nobody recorded any more.
func (s *speech) unheard() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending = nil
}

func (s *speech) unplug(gone bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gone = gone
}

// plain hears speech without arecord.
type plain struct {
	speech *speech
	speed  time.Duration // times real time
}

// record starts a recording.
func (p plain) record(ctx context.Context) (io.ReadCloser, error) {
	if !p.speech.take(nil) {
		return nil, fmt.Errorf("cannot open the emulated microphone: %w", microphone.ErrGone)
	}
	closed, closing := context.WithCancel(ctx)
	return &hearing{plain: p, closed: closed, closing: closing, next: time.Now()}, nil
}

// hearing is one recording.
type hearing struct {
	plain
	closed  context.Context
	closing context.CancelFunc
	next    time.Time // when the next samples are there
}

// Read returns 20 ms of sound, when they have passed.
func (h *hearing) Read(b []byte) (int, error) {
	if err := pause(h.closed, time.Until(h.next)); err != nil {
		return 0, io.ErrClosedPipe
	}
	b = b[:min(len(b), microphone.Rate/50*2)]
	if !h.speech.take(b) {
		return 0, microphone.ErrGone
	}
	h.next = h.next.Add(time.Duration(len(b)/2) * time.Second / microphone.Rate / h.speed)
	return len(b), nil
}

// Close ends the recording.
func (h *hearing) Close() error {
	h.closing()
	h.speech.unheard()
	return nil
}

// parseWAV returns the samples of a WAV file in the microphone's format.
func parseWAV(b []byte) ([]byte, error) {
	if len(b) < 12 || !bytes.Equal(b[:4], []byte("RIFF")) || !bytes.Equal(b[8:12], []byte("WAVE")) {
		return nil, errors.New("it is no WAV file")
	}
	fits := false
	for b = b[12:]; len(b) >= 8; {
		name, size := string(b[:4]), int64(binary.LittleEndian.Uint32(b[4:]))
		chunk := b[8:]
		chunk = chunk[:min(int64(len(chunk)), size)]
		switch {
		case name == "fmt " && len(chunk) >= 16:
			le := binary.LittleEndian
			fits = le.Uint16(chunk) == 1 && le.Uint16(chunk[2:]) == 1 && le.Uint32(chunk[4:]) == microphone.Rate && le.Uint16(chunk[14:]) == 16
		case name == "data" && fits:
			return chunk[:len(chunk)/2*2], nil
		case name == "data":
			return nil, fmt.Errorf("it has to be 16-bit mono PCM at %d samples a second", microphone.Rate)
		}
		next := 8 + size + size%2
		if next > int64(len(b)) {
			break
		}
		b = b[next:]
	}
	return nil, errors.New("it holds no sound")
}
