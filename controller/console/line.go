package console

import (
	"context"
	"fmt"
	"io"
	"time"
	"unicode/utf8"
)

// line is the port seen from a session: reads end with the context or after a silence, writes end with the
// context or when the port hangs, and only bytes that a terminal's line editor understands come through.
type line struct {
	ctx   context.Context
	fail  context.CancelCauseFunc // ends Serve with the port's error
	stuck time.Duration
	idle  time.Duration // 0 waits for ever
	in    chan byte
	out   chan []byte
	wrote chan error
}

// maxWaiting is how many typed bytes may wait for the session; more are dropped.
const maxWaiting = 4096

func newLine(ctx context.Context, fail context.CancelCauseFunc, port io.ReadWriter, stuck time.Duration) *line {
	l := &line{ctx: ctx, fail: fail, stuck: stuck, in: make(chan byte, maxWaiting),
		out: make(chan []byte), wrote: make(chan error, 1)}
	go l.pump(port)
	go l.drain(port)
	return l
}

// pump reads the port until it fails or the context ends. A read that is under way then ends with the port.
func (l *line) pump(port io.Reader) {
	var f filter
	chunk := make([]byte, 256)
	for l.ctx.Err() == nil {
		n, err := port.Read(chunk)
		for _, b := range chunk[:n] {
			for _, clean := range f.pass(b) {
				select {
				case l.in <- clean:
				default: // nobody reads that fast; a flood is no command
				}
			}
		}
		clear(chunk[:n])
		if err != nil {
			l.fail(fmt.Errorf("cannot read the console's port: %w", err))
			return
		}
	}
}

func (l *line) drain(port io.Writer) {
	for {
		select {
		case b := <-l.out:
			_, err := port.Write(b)
			l.wrote <- err
		case <-l.ctx.Done():
			return
		}
	}
}

// Read gives what was typed. It returns errIdle after l.idle of silence.
func (l *line) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	var silence <-chan time.Time
	if l.idle > 0 {
		timer := time.NewTimer(l.idle)
		defer timer.Stop()
		silence = timer.C
	}
	select {
	case p[0] = <-l.in:
		return 1, nil
	case <-silence:
		return 0, errIdle
	case <-l.ctx.Done():
		return 0, context.Cause(l.ctx)
	}
}

// Write returns when the port has taken p. A port that does not within l.stuck ends Serve.
func (l *line) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	timer := time.NewTimer(l.stuck)
	defer timer.Stop()
	select {
	case l.out <- append([]byte(nil), p...):
	case <-l.ctx.Done():
		return 0, context.Cause(l.ctx)
	}
	select {
	case err := <-l.wrote:
		if err != nil {
			err = fmt.Errorf("cannot write to the console's port: %w", err)
			l.fail(err)
			return 0, err
		}
		return len(p), nil
	case <-timer.C:
		l.fail(errHung)
		return 0, errHung
	case <-l.ctx.Done():
		return 0, context.Cause(l.ctx)
	}
}

// filter lets through the bytes that golang.org/x/term's line editor understands: whole UTF-8 characters,
// the usual control keys and the arrow keys. That editor waits without end for the rest of a broken
// character or escape sequence.
type filter struct{ held []byte }

// maxEscape is the longest escape sequence, in bytes, that is waited for.
const maxEscape = 8

// pass takes one byte and returns what may go on.
func (f *filter) pass(b byte) []byte {
	switch {
	case len(f.held) > 0 && f.held[0] == esc:
		return f.escape(b)
	case len(f.held) > 0:
		return f.character(b)
	case b == esc || b >= utf8.RuneSelf:
		f.held = append(f.held, b)
		return nil
	case b == '\n':
		return []byte{'\r'}
	case b >= ' ' && b <= 0x7f, b == '\r', b == '\b', b == '\t', b == 1, b == 3, b == 4, b == 5, b == 11, b == 21, b == 23:
		return []byte{b}
	}
	return nil
}

const esc = 0x1b

func (f *filter) escape(b byte) []byte {
	f.held = append(f.held, b)
	if len(f.held) == 2 {
		if b != '[' {
			f.held = nil
		}
		return nil
	}
	if b < '@' && len(f.held) < maxEscape {
		return nil
	}
	held := f.held
	f.held = nil
	switch string(held[2:]) {
	case "A", "B", "C", "D", "H", "F":
		return held
	}
	return nil
}

func (f *filter) character(b byte) []byte {
	if b < utf8.RuneSelf { // broken off
		f.held = nil
		return f.pass(b)
	}
	f.held = append(f.held, b)
	if !utf8.FullRune(f.held) {
		return nil
	}
	held := f.held
	f.held = nil
	if r, size := utf8.DecodeRune(held); r == utf8.RuneError || size != len(held) {
		return nil
	}
	return held
}
