package microphone

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// script makes a program that stands for arecord.
func script(t *testing.T, body string) Source {
	t.Helper()
	path := filepath.Join(t.TempDir(), "arecord")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body), 0o700); err != nil {
		t.Fatal(err)
	}
	return program(path, "test")
}

func TestRecordTellsFaultsApart(t *testing.T) {
	for name, test := range map[string]struct {
		source Source
		want   error
	}{
		"works":      {script(t, "exec cat /dev/zero\n"), nil},
		"no program": {program("no-such-arecord", "test"), ErrNoProgram},
		"no device":  {script(t, "echo 'ALSA lib: cannot find card' >&2; exit 1\n"), ErrGone},
		"busy":       {script(t, "echo 'audio open error: Device or resource busy' >&2; exit 1\n"), ErrBusy},
		"unplugged":  {script(t, "head -c 1000 /dev/zero; echo 'read error: No such device' >&2; exit 1\n"), ErrGone},
		"ends early": {script(t, "head -c 1000 /dev/zero\n"), ErrGone},
		"no data":    {script(t, "sleep 60 & sleep 60\n"), ErrNoData},
	} {
		t.Run(name, func(t *testing.T) {
			last := 0.0
			m := Microphone{Source: test.source, NoData: time.Minute} // longer than any machine starts a program
			if test.want == ErrNoData {
				m.NoData = 50 * time.Millisecond
			}
			pcm, err := m.Record(t.Context(), time.Second, func(fraction, _ float64) { last = fraction })
			if !errors.Is(err, test.want) {
				t.Fatalf("got %v, want %v", err, test.want)
			}
			if test.want == nil && (len(pcm) != 2*Rate || last != 1) {
				t.Errorf("%d bytes, fraction %v", len(pcm), last)
			}
		})
	}
}

func TestRecordEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := Microphone{Source: script(t, "sleep 60 & sleep 60\n"), NoData: time.Minute}.Record(ctx, time.Second, nil)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// tone is a second of a tone that is on in the middle half, over a tone as loud as the noise.
func tone(loud, noise float64) []byte {
	pcm := make([]byte, 2*Rate)
	for i := range Rate {
		v := noise * math.Sin(float64(i)*0.9)
		if i > Rate/4 && i < 3*Rate/4 {
			v += loud * math.Sin(float64(i)*0.2)
		}
		binary.LittleEndian.PutUint16(pcm[2*i:], uint16(int16(min(max(v, -32768), 32767))))
	}
	return pcm
}

func TestJudge(t *testing.T) {
	for name, test := range map[string]struct {
		pcm  []byte
		want error
	}{
		"speech": {tone(8000, 100), nil}, "nothing": {nil, ErrSilent}, "muted": {make([]byte, 2*Rate), ErrSilent},
		"whisper of a fan": {tone(0, 50), ErrSilent}, "shouting": {tone(60000, 100), ErrClipped},
		"machine hall": {tone(1500, 3000), ErrNoisy},
	} {
		if err := Judge(test.pcm); !errors.Is(err, test.want) || test.want == nil && err != nil {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}

// hanging is a stream that gives nothing until it is being closed, then what was on its way, and is long in closing:
// a program that hangs in the kernel while its microphone is pulled.
type hanging struct {
	closing chan struct{}
	once    sync.Once
	given   bool
}

func (h *hanging) Read(b []byte) (int, error) {
	<-h.closing
	if h.given {
		return 0, io.EOF
	}
	h.given = true
	return copy(b, make([]byte, 100)), nil
}

func (h *hanging) Close() error {
	h.once.Do(func() {
		close(h.closing)
		time.Sleep(200 * time.Millisecond)
	})
	return nil
}

// What arrives after the patience is over does not begin it anew: the recording has ended.
func TestBytesAfterPatience(t *testing.T) {
	source := func(context.Context) (io.ReadCloser, error) { return &hanging{closing: make(chan struct{})}, nil }
	_, err := Microphone{Source: source, NoData: 20 * time.Millisecond}.Record(t.Context(), time.Second, nil)
	if !errors.Is(err, ErrNoData) {
		t.Errorf("got %v, want %v", err, ErrNoData)
	}
}
