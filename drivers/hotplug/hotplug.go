// Package hotplug serves a device that comes and goes: a serial port, a keypad, a scanner.
package hotplug

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// retry is the pause before a device that is not there is looked for again.
const retry = 500 * time.Millisecond

// Serve runs use again and again until ctx ends, whose error it returns. Use opens the device, calls ready,
// works with the device, and returns when that is gone or ctx ends; nil says that it only wants to begin
// anew. Change, where it is not nil, is told when the device comes (nil) and why it is not there, once each:
// errors that wrap gone are one reason, since a device is first not to be read and then not to be opened.
func Serve(ctx context.Context, gone error, change func(error), use func(ctx context.Context, ready func()) error) error {
	before := ""
	tell := func(err error) {
		now := fmt.Sprint(err)
		if errors.Is(err, gone) {
			now = gone.Error()
		}
		if now != before && change != nil {
			change(err)
		}
		before = now
	}
	for ctx.Err() == nil {
		err := use(ctx, func() { tell(nil) })
		if err != nil && ctx.Err() == nil {
			tell(err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(retry):
		}
	}
	return ctx.Err()
}
