package keypad

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/holoplot/go-evdev"
)

// What can be wrong with a keypad.
var (
	// ErrGone says that the keypad is not there: never plugged in, or unplugged since.
	ErrGone = errors.New("keypad is gone")
	// ErrBusy says that another program has taken the keypad.
	ErrBusy = errors.New("keypad is in use by another program")
)

// Device is a keypad of the kernel, for example /dev/input/by-path/…-event-kbd. Every Run opens it anew, so
// that it comes back after it was unplugged.
type Device struct {
	Path string
}

// Run takes the keypad for this program alone, so that nothing that is typed reaches a console, and hands
// presses on. Key repeats and keys of no meaning are dropped. Errors wrap ErrGone and ErrBusy.
func (d Device) Run(ctx context.Context, press func(Key)) error {
	device, err := evdev.OpenWithFlags(d.Path, os.O_RDONLY)
	if err != nil {
		return fmt.Errorf("cannot open %s: %w: %w", d.Path, ErrGone, err)
	}
	defer device.Close()
	if err := device.Grab(); err != nil {
		if err.Error() == syscall.EBUSY.Error() { // the library keeps the text of an ioctl's error alone
			err = fmt.Errorf("%w: %w", ErrBusy, err)
		}
		return fmt.Errorf("cannot take %s: %w", d.Path, err)
	}
	stop := context.AfterFunc(ctx, func() { device.Revoke() }) // ends the read below with ENODEV
	defer stop()
	for {
		event, err := device.ReadOne()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("cannot read %s: %w: %w", d.Path, ErrGone, err)
		}
		if key, ok := translate(event); ok {
			press(key)
		}
	}
}

// keys is what the codes of keyboards and keypads stand for.
var keys = map[evdev.EvCode]Key{
	evdev.KEY_0: '0', evdev.KEY_1: '1', evdev.KEY_2: '2', evdev.KEY_3: '3', evdev.KEY_4: '4',
	evdev.KEY_5: '5', evdev.KEY_6: '6', evdev.KEY_7: '7', evdev.KEY_8: '8', evdev.KEY_9: '9',
	evdev.KEY_KP0: '0', evdev.KEY_KP1: '1', evdev.KEY_KP2: '2', evdev.KEY_KP3: '3', evdev.KEY_KP4: '4',
	evdev.KEY_KP5: '5', evdev.KEY_KP6: '6', evdev.KEY_KP7: '7', evdev.KEY_KP8: '8', evdev.KEY_KP9: '9',
	evdev.KEY_NUMERIC_0: '0', evdev.KEY_NUMERIC_1: '1', evdev.KEY_NUMERIC_2: '2', evdev.KEY_NUMERIC_3: '3',
	evdev.KEY_NUMERIC_4: '4', evdev.KEY_NUMERIC_5: '5', evdev.KEY_NUMERIC_6: '6', evdev.KEY_NUMERIC_7: '7',
	evdev.KEY_NUMERIC_8: '8', evdev.KEY_NUMERIC_9: '9',
	evdev.KEY_ENTER: Enter, evdev.KEY_KPENTER: Enter, evdev.KEY_NUMERIC_POUND: Enter,
	evdev.KEY_BACKSPACE: Clear, evdev.KEY_DELETE: Clear, evdev.KEY_ESC: Clear, evdev.KEY_KPDOT: Clear,
	evdev.KEY_KPASTERISK: Clear, evdev.KEY_NUMERIC_STAR: Clear,
}

// translate returns the key of an event that is a press.
func translate(e *evdev.InputEvent) (Key, bool) {
	const pressed = 1 // 0 is a release, 2 a repeat
	if e.Type != evdev.EV_KEY || e.Value != pressed {
		return 0, false
	}
	key, ok := keys[e.Code]
	return key, ok
}
