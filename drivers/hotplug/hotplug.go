// Package hotplug serves a device that comes and goes: a serial port, a keypad, a scanner.
package hotplug

import (
	"context"
	"time"
)

// retry is the pause before a device that is not there is looked for again.
const retry = 500 * time.Millisecond

// Serve runs use again and again until ctx ends, whose error it returns. Use opens the device, calls ready,
// works with the device, and returns when that is gone or ctx ends; nil says that it only wants to begin
// anew. Change is told when the device comes (nil) and why it is not there, once each: errors that wrap gone are one
// reason, since a device is first not to be read and then not to be opened. Of one that comes and goes all the time
// that is told, and no more until it has stayed for a minute. Change is never called twice at a time.
func Serve(ctx context.Context, gone error, change func(error), use func(ctx context.Context, ready func()) error) error {
	news := &news{gone: gone, change: change}
	defer news.end()
	for ctx.Err() == nil {
		err := use(ctx, news.came)
		if err != nil && ctx.Err() == nil {
			news.went(err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(retry):
		}
	}
	return ctx.Err()
}
