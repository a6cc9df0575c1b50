// Package microphone records speech: 16-bit signed little-endian samples, one channel, 16,000 a second. The
// sound comes from arecord as a subprocess, which keeps the program free of cgo, or from any other Source.
package microphone

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

// Rate is how many samples a second has. A sample has two bytes.
const Rate = 16000

// What can be wrong with a microphone.
var (
	// ErrNoProgram says that arecord is not installed.
	ErrNoProgram = errors.New("arecord is not installed: install alsa-utils")
	// ErrGone says that there is no such microphone, or that it was unplugged.
	ErrGone = errors.New("microphone is gone")
	// ErrBusy says that another program records from the microphone.
	ErrBusy = errors.New("microphone is in use by another program")
	// ErrNoData says that the microphone is there and gives nothing.
	ErrNoData = errors.New("microphone gives no data")
)

// Source starts a recording: a stream of samples. Closing the stream ends the recording, a read under way included, and
// says why it ended by itself, if it did. It is closed several times, at once too.
type Source func(context.Context) (io.ReadCloser, error)

// Microphone records from a source.
type Microphone struct {
	Source Source
	// NoData is how long a microphone may give nothing before it counts as broken; 0 for 2 s.
	NoData time.Duration
}

// Heard is told while a recording runs: the fraction of it that is done, 0–1, and the level of what was
// heard last, 0–1.
type Heard func(fraction, level float64)

// Record records for d and returns the samples. Heard may be nil. It does not judge what was heard: see Judge.
// Errors wrap this package's sentinels, or ctx's error.
func (m Microphone) Record(ctx context.Context, d time.Duration, heard Heard) ([]byte, error) {
	return m.record(ctx, d, heard, func([]byte) bool { return false })
}

// record is Record for at most d, until enough is true of what was recorded so far.
func (m Microphone) record(ctx context.Context, d time.Duration, heard Heard, enough func(pcm []byte) bool) ([]byte, error) {
	pcm := make([]byte, int(d.Seconds()*Rate)*2)
	stream, err := m.Source(ctx)
	if err != nil {
		return nil, fmt.Errorf("cannot record: %w", err)
	}
	n, err := m.fill(ctx, stream, pcm, heard, enough)
	if err != nil {
		clear(pcm)
		return nil, fmt.Errorf("cannot record: %w", err)
	}
	return pcm[:n], nil
}

// fill reads until pcm is full or there is enough, closes the stream and returns how much was read.
func (m Microphone) fill(ctx context.Context, stream io.ReadCloser, pcm []byte, heard Heard, enough func([]byte) bool) (done int, err error) {
	patience := m.NoData
	if patience == 0 {
		patience = 2 * time.Second
	}
	var late atomic.Bool
	alarm := time.AfterFunc(patience, func() { // again, where bytes come while the stream is being closed
		late.Store(true)
		stream.Close()
	})
	defer alarm.Stop()
	stop := context.AfterFunc(ctx, func() { stream.Close() })
	defer stop()
	for done < len(pcm) && !enough(pcm[:done]) {
		n, err := stream.Read(pcm[done:min(len(pcm), done+Rate/10*2)])
		done += n
		if n > 0 {
			alarm.Reset(patience)
			if heard != nil {
				heard(float64(done)/float64(len(pcm)), level(pcm[done-n:done]))
			}
		}
		if err != nil && done < len(pcm) {
			return 0, reason(ctx, late.Load(), stream.Close(), err)
		}
	}
	stream.Close()
	return done &^ 1, nil
}

// reason says why a stream ended too early.
func reason(ctx context.Context, late bool, closed, read error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if late {
		return ErrNoData
	}
	if closed != nil {
		return closed
	}
	if errors.Is(read, io.EOF) {
		return fmt.Errorf("%w: the recording ended too early", ErrGone)
	}
	return fmt.Errorf("%w: %w", ErrGone, read)
}
