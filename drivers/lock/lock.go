// Package lock drives one locker door: a relay that pulses the lock's coil, and the switch that tells
// whether the door is shut. Pins are given, as periph's gpio interfaces; what is no pin, such as a lock
// board on a bus, is given as a Coil and a Door.
//
// A pulse, an opened door and a shut door are three facts. Open pulses once and never again by itself; the
// switch is read when somebody asks and its state is never kept; a switch that cannot be read makes the
// state unknown and holds no pulse up, but for one: a pulse in doubt, whose answer was lost, is never
// repeated before the door was read.
package lock

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// What a person can be told.
var (
	// ErrUnknown says that the switch does not tell whether the door is shut.
	ErrUnknown = errors.New("door switch does not answer")
	// ErrJammed says that the lock was pulsed and the door is still shut.
	ErrJammed = errors.New("door did not open")
	// ErrRelay says that the relay could not be driven.
	ErrRelay = errors.New("relay cannot be driven")
)

// Bounds of a pulse.
const (
	DefaultPulse = 500 * time.Millisecond
	MaxPulse     = 2 * time.Second // a coil burns when it is driven for long
)

// Config is how one door is wired.
type Config struct {
	Relay gpio.PinOut // drives the coil, timed by this program
	Coil  Coil        // in place of Relay: what times a pulse by itself
	// ActiveLow says that the relay pulls the coil when its pin is low. A pin that was opened active-low by
	// its bus wants false here.
	ActiveLow bool
	// Pulse is how long the coil is driven; 0 for DefaultPulse, at most MaxPulse.
	Pulse time.Duration
	// Switch is the door switch, set up as an input; nil for a door without one.
	Switch gpio.PinIn
	// ShutLevel is the switch's level when the door is shut.
	ShutLevel gpio.Level
	// Door is in place of Switch: what knows of the door by itself.
	Door Door
	// Poll is how often a waiting reader looks at the switch; 0 for 25 ms.
	Poll time.Duration
	// Bank is the power supply that the lock shares; nil for one of its own.
	Bank *Bank
}

// Lock is one door. Its methods may be called from several goroutines.
type Lock struct {
	config  Config
	opening chan struct{} // holds a token while the lock is opened: what one pulse left in doubt, the next one knows

	mu     sync.Mutex
	pulsed bool // and not seen open since
	doubts int  // how often it was pulsed perhaps
	read   int  // how many of these the door was read since
}

// New returns the lock of one door, with its coil off.
func New(c Config) (*Lock, error) {
	if (c.Relay == nil) == (c.Coil == nil) {
		return nil, fmt.Errorf("cannot make a lock: it wants either a relay or a coil")
	}
	if c.Switch != nil && c.Door != nil {
		return nil, fmt.Errorf("cannot make a lock: it has two door switches")
	}
	if c.Pulse < 0 || c.Pulse > MaxPulse {
		return nil, fmt.Errorf("cannot make a lock with a pulse of %v: use up to %v", c.Pulse, MaxPulse)
	}
	if c.Pulse == 0 {
		c.Pulse = DefaultPulse
	}
	if c.Poll <= 0 {
		c.Poll = 25 * time.Millisecond
	}
	if c.Bank == nil {
		c.Bank = NewBank(0, 1)
	}
	if c.Switch != nil {
		c.Door = contact{c.Switch, c.ShutLevel}
	}
	if c.Relay != nil {
		r := relay{c.Relay, c.ActiveLow}
		if err := r.drive(false); err != nil {
			return nil, err
		}
		c.Coil = r
	}
	return &Lock{config: c, opening: make(chan struct{}, 1)}, nil
}

// Open waits for its turn and pulses the coil once. It returns when the pulse has ended. When ctx ends first,
// the pulse is cut short, and the error says so; whatever happens, the coil is off in the end. After a pulse
// in doubt (ErrDoubt) the door is read first: an open one is not pulsed again, nor one that nobody knows of.
func (l *Lock) Open(ctx context.Context) (err error) {
	select {
	case l.opening <- struct{}{}:
		defer func() { <-l.opening }()
	case <-ctx.Done():
		return fmt.Errorf("cannot open the door: %w: %w", ErrNotPulsed, ctx.Err())
	}
	if err := l.config.Bank.take(ctx); err != nil {
		return fmt.Errorf("cannot open the door: %w: %w", ErrNotPulsed, err)
	}
	defer l.config.Bank.giveBack()
	if l.inDoubt() {
		if shut, err := l.Shut(); err != nil || !shut {
			return inDoubt(err)
		}
	}
	defer func() { err = errors.Join(err, l.config.Coil.Off()) }() // also when the relay's driver panics
	l.mu.Lock()
	l.pulsed = true
	l.mu.Unlock()
	err = l.config.Coil.Pulse(ctx, l.config.Pulse)
	l.mu.Lock()
	if errors.Is(err, ErrDoubt) {
		l.doubts++
	}
	l.mu.Unlock()
	return err
}

func (l *Lock) inDoubt() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.read < l.doubts
}

// inDoubt is the answer to an Open that may not pulse: the door is open already, or nobody knows.
func inDoubt(err error) error {
	if err != nil {
		return fmt.Errorf("cannot open the door: nothing was pulsed: an earlier pulse is in doubt: %w", err)
	}
	return nil
}

// Release switches the coil off, for the end of the program.
func (l *Lock) Release() error { return l.config.Coil.Off() }

// Shut reads the door switch. Errors wrap ErrUnknown.
func (l *Lock) Shut() (bool, error) {
	if l.config.Door == nil {
		return false, fmt.Errorf("%w: the door has none", ErrUnknown)
	}
	l.mu.Lock()
	resolves := l.doubts // a reading that began before a pulse ended says nothing of it
	l.mu.Unlock()
	shut, err := l.config.Door.Shut()
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.read = max(l.read, resolves)
	if !shut {
		l.pulsed = false
	}
	return shut, nil
}

// Silence is how long a switch may give no answer until a wait ends for it. A board on a bus loses an answer now and
// then, and is not asked again for a moment; a wait that ended with it would have to be begun anew by everybody.
const Silence = 5 * time.Second

// WaitOpen returns nil when the switch shows the door open, at once or later. When ctx ends first, the error
// wraps ctx's, and ErrJammed too where a pulse did not open the door. A switch that gave no answer for Silence ends
// the wait with ErrUnknown; a door without one ends it at once.
func (l *Lock) WaitOpen(ctx context.Context) error {
	err := l.wait(ctx, false)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil && l.pulsed && !errors.Is(err, ErrUnknown) {
		return fmt.Errorf("%w: %w", ErrJammed, err)
	}
	return err
}

// WaitShut returns nil when the switch shows the door shut, at once or later. When ctx ends first, the error
// wraps ctx's. ErrUnknown ends the wait as WaitOpen's.
func (l *Lock) WaitShut(ctx context.Context) error { return l.wait(ctx, true) }

// wait looks at the switch again and again: several may wait for one door, and an edge would wake only one.
func (l *Lock) wait(ctx context.Context, shut bool) error {
	for answered := time.Now(); ; {
		now, unknown := l.Shut()
		switch {
		case unknown == nil && now == shut:
			return nil
		case unknown == nil:
			answered = time.Now()
		case l.config.Door == nil || time.Since(answered) >= Silence:
			return unknown
		}
		if err := sleep(ctx, l.config.Poll); err != nil && unknown != nil {
			return fmt.Errorf("%w: %w", err, unknown)
		} else if err != nil {
			return err
		}
	}
}

// Watch tells of every change of the door until ctx ends, beginning with its state. While the switch does
// not answer, it keeps asking, and says nothing.
func (l *Lock) Watch(ctx context.Context, change func(open bool)) error {
	known, shut := false, false
	for {
		if now, err := l.Shut(); err == nil && (!known || now != shut) {
			known, shut = true, now
			change(!shut)
		}
		if err := sleep(ctx, l.config.Poll); err != nil {
			return err
		}
	}
}
