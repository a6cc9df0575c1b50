package lock

import (
	"context"
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// ErrDoubt says that a pulse was asked for and nobody knows whether it was driven: the answer was lost.
var ErrDoubt = errors.New("lock may have been pulsed")

// ErrNotPulsed says that a pulse was asked for and surely not driven: it failed before anything was sent or set. A pin that
// could not be set is not among that: an expander may have set it, and its answer got lost. Nor is what a board refuses.
var ErrNotPulsed = errors.New("lock was not pulsed")

// Coil is a lock's coil behind whatever drives it: a pin, a timer of the kernel, a board on a bus. A coil
// that New is given is off.
type Coil interface {
	// Pulse drives the coil once for d and returns when it is off again; never sooner, not even with an
	// error, so that the next coil of the bank does not add its current. When ctx ends first, the pulse is
	// cut short where that is possible. An error that wraps ErrDoubt says that it may have been driven, one that
	// wraps ErrNotPulsed that it surely was not.
	Pulse(ctx context.Context, d time.Duration) error
	// Off switches the coil off, or does nothing where something else times every pulse.
	Off() error
}

// Door tells whether a door is shut, asked now. An error says that nobody knows.
type Door interface {
	Shut() (bool, error)
}

// relay is a coil behind a pin. This program times its pulse, which is weaker than a timer of a board or of
// the kernel: a program that is killed between the two edges leaves the level to the kernel, and some
// kernels keep it. So the pulse has a bound, every way out of it switches off, and the service runs
// "lockerd release" after the program's end, however it came.
type relay struct {
	pin       gpio.PinOut
	activeLow bool
}

// Pulse is Coil's.
func (r relay) Pulse(ctx context.Context, d time.Duration) error {
	if err := r.drive(true); err != nil {
		return err
	}
	if err := sleep(ctx, d); err != nil {
		return fmt.Errorf("pulse was cut short: %w", err)
	}
	return nil
}

// Off switches the coil off and insists: a coil that stays on burns, and the door stays open to all.
func (r relay) Off() error {
	var err error
	for range 3 {
		if err = r.drive(false); err == nil {
			return nil
		}
	}
	return fmt.Errorf("coil may still be on: %w", err)
}

func (r relay) drive(on bool) error {
	if err := r.pin.Out(gpio.Level(on != r.activeLow)); err != nil {
		return fmt.Errorf("%w: %w", ErrRelay, err)
	}
	return nil
}

// contact is a door switch behind a pin.
type contact struct {
	pin  gpio.PinIn
	shut gpio.Level
}

// Shut is Door's. Periph's Read tells no error; buses that know one have ReadLevel beside it.
func (c contact) Shut() (bool, error) {
	if honest, ok := c.pin.(interface{ ReadLevel() (gpio.Level, error) }); ok {
		level, err := honest.ReadLevel()
		return level == c.shut, err
	}
	return c.pin.Read() == c.shut, nil
}
