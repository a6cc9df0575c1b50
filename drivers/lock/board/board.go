// Package board drives the lock boards that real cabinets carry: several locks behind one address on an
// RS-485 line, which several boards share. A board times its pulse by itself, so a program that dies in the
// middle of one leaves no coil on.
//
// Three families are known, each in its own file with its bytes: 8A (EightA), Kerong CU16 (CU16), and
// Waveshare's Modbus relays (Waveshare).
//
// The line loses answers and makes noise. So every checksum is verified; every answer must come from the
// board and the lock that were asked; silence and garble are errors, never a state; and an unlock is sent
// once: where its answer is lost, the error wraps lock.ErrDoubt, and drivers/lock reads the door before it
// pulses again. What a board says unasked is thrown away, since a door's state is read when somebody asks.
package board

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lockerd/drivers/lock"
)

// What can be wrong with a board.
var (
	// ErrSilent says that a board did not answer in time: no power, no such address, or a broken line.
	ErrSilent = errors.New("lock board does not answer")
	// ErrGarbled says that bytes came which are no answer: noise, or two boards with one address.
	ErrGarbled = errors.New("lock board's answer is garbled")
	// ErrRefused says that a board understood and would not: it has no such lock.
	ErrRefused = errors.New("lock board refuses")
	// ErrLine says that the serial line itself failed.
	ErrLine = errors.New("line to the lock boards failed")
)

// Board is one lock board on a bus. Its locks are numbered from 1, as printed beside the plugs.
type Board interface {
	// Locks is how many locks the protocol can address.
	Locks() int
	// unlock has the board pulse a lock's coil.
	unlock(ctx context.Context, number int, p *pulse) error
	// off switches a coil off, where a board can be told.
	off(ctx context.Context, number int) error
	// shut reads a door.
	shut(ctx context.Context, number int) (bool, error)
}

// patience bounds a question that waits for its turn on a busy line.
const patience = 5 * time.Second

// Within is how long a door's answer may take at most on a line: its turn, noise before and after a port that was gone is
// opened again, the request, and the answer. A watchdog has to allow that much.
func Within(o Options) time.Duration {
	o = o.filled()
	return patience + 2*(noisy+o.Gap) + 2*o.Timeout
}

// A pulse is what a board is asked for: for about how long, where the board can be told. Sent is when the request went
// out; the line may have been busy before, and the answer may come late.
type pulse struct {
	lasts time.Duration
	sent  time.Time
}

// judge says what an error means for the coil. A board that refuses knows best, and some say so of a fault midway.
func (p *pulse) judge(err error) error {
	switch {
	case err == nil, errors.Is(err, ErrRefused):
		return err
	case p.sent.IsZero():
		return fmt.Errorf("%w: %w", lock.ErrNotPulsed, err)
	}
	return fmt.Errorf("%w: %w", lock.ErrDoubt, err)
}

// Lock is one lock of a board: a lock.Coil and a lock.Door.
type Lock struct {
	board  Board
	number int
}

// NewLock returns a board's lock by its number, from 1.
func NewLock(b Board, number int) (Lock, error) {
	if number < 1 || number > b.Locks() {
		return Lock{}, fmt.Errorf("cannot use lock %d of a board that has 1 to %d", number, b.Locks())
	}
	return Lock{b, number}, nil
}

// Pulse is lock.Coil's. The unlock is sent once. The board ends a pulse that began, ctx cannot.
func (l Lock) Pulse(ctx context.Context, d time.Duration) error {
	p := pulse{lasts: d}
	err := l.board.unlock(ctx, l.number, &p)
	if err == nil || errors.Is(err, lock.ErrDoubt) {
		time.Sleep(time.Until(p.sent.Add(d))) // the coil is on, or may be
	}
	return err
}

// Off is lock.Coil's.
func (l Lock) Off() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return l.board.off(ctx, l.number)
}

// Shut is lock.Door's.
func (l Lock) Shut() (bool, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return l.board.shut(ctx, l.number)
}
