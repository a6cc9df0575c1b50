package sandbox

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"lockerd/drivers/microphone"
)

// Microphone is the emulated microphone: silence, and what "say FILE" plays, at the pace of real time.
func (c *Cabinet) Microphone() microphone.Microphone {
	return microphone.Microphone{Source: c.speech.record}
}

// speech is what the emulated microphone hears.
type speech struct {
	mu      sync.Mutex
	gone    bool
	pending []byte // samples that were said and not yet heard
}

func newSpeech() *speech { return &speech{} }

// say plays a WAV file, 16 bits, mono, 16,000 samples a second.
func (s *speech) say(path string) (time.Duration, error) {
	file, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	pcm, err := parseWAV(file)
	if err != nil {
		return 0, fmt.Errorf("cannot say %s: %w", path, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending = append(s.pending, pcm...)
	return time.Duration(len(pcm)/2) * time.Second / microphone.Rate, nil
}

func (s *speech) unplug(gone bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gone = gone
}

// record starts a recording.
func (s *speech) record(ctx context.Context) (io.ReadCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone {
		return nil, fmt.Errorf("cannot open the emulated microphone: %w", microphone.ErrGone)
	}
	closed, closing := context.WithCancel(ctx)
	return &hearing{speech: s, closed: closed, closing: closing, next: time.Now()}, nil
}

// hearing is one recording.
type hearing struct {
	speech  *speech
	closed  context.Context
	closing context.CancelFunc
	next    time.Time // when the next samples are there
}

// Read returns 20 ms of sound, when they have passed.
func (h *hearing) Read(b []byte) (int, error) {
	if err := pause(h.closed, time.Until(h.next)); err != nil {
		return 0, io.ErrClosedPipe
	}
	h.speech.mu.Lock()
	defer h.speech.mu.Unlock()
	if h.speech.gone {
		return 0, microphone.ErrGone
	}
	b = b[:min(len(b), microphone.Rate/50*2)]
	clear(b)
	n := copy(b, h.speech.pending)
	h.speech.pending = h.speech.pending[n:]
	h.next = h.next.Add(time.Duration(len(b)/2) * time.Second / microphone.Rate)
	return len(b), nil
}

// Close ends the recording.
func (h *hearing) Close() error {
	h.closing()
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
