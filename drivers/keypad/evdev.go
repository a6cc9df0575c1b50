package keypad

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/holoplot/go-evdev"
)

// What can be wrong with a keypad or scanner.
var (
	// ErrGone says that the device is not there: never plugged in, or unplugged since.
	ErrGone = errors.New("keyboard is gone")
	// ErrBusy says that another program has taken the device.
	ErrBusy = errors.New("keyboard is in use by another program")
	// ErrNoKeyboard says that the path names a device of another kind.
	ErrNoKeyboard = errors.New("device is no keyboard")
)

// Device is a keypad of the kernel, for example /dev/input/by-path/…-event-kbd. Every Run opens it anew, so
// that it comes back after it was unplugged.
type Device struct {
	Path string
}

// Run takes the keypad for this program alone, so that nothing that is typed reaches a console, and hands
// presses on. Key repeats and keys of no meaning are dropped. Errors wrap ErrGone, ErrBusy and ErrNoKeyboard.
func (d Device) Run(ctx context.Context, ready func(), press func(Key)) error {
	return listen(ctx, d.Path, ready, func(e *evdev.InputEvent) {
		if key, ok := keys[e.Code]; ok && pressed(e) {
			press(key)
		}
	})
}

// listen takes the keyboard at path for this program alone and hands its events on.
func listen(ctx context.Context, path string, ready func(), take func(*evdev.InputEvent)) error {
	device, err := evdev.OpenWithFlags(path, os.O_RDONLY|syscall.O_NONBLOCK) // a serial port would wait for a carrier
	var notOpened *fs.PathError
	switch {
	case errors.As(err, &notOpened):
		return fmt.Errorf("cannot open %s: %w: %w", path, ErrGone, err)
	case err != nil: // it does not know what a keyboard is asked first
		return fmt.Errorf("cannot use %s: %w: %w", path, ErrNoKeyboard, err)
	}
	defer device.Close()
	if err := device.Grab(); err != nil {
		if err.Error() == syscall.EBUSY.Error() { // the library keeps the text of an ioctl's error alone
			err = fmt.Errorf("%w: %w", ErrBusy, err)
		}
		return fmt.Errorf("cannot take %s: %w", path, err)
	}
	stop := context.AfterFunc(ctx, func() { device.Revoke() }) // ends the read below with ENODEV
	defer stop()
	ready()
	for {
		event, err := device.ReadOne()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("cannot read %s: %w: %w", path, ErrGone, err)
		}
		take(event)
	}
}

// pressed tells whether an event is the press of a key, not its release or a repeat.
func pressed(e *evdev.InputEvent) bool { return e.Type == evdev.EV_KEY && e.Value == 1 }

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
