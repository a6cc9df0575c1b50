package keypad

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Source is where typed things come from: keys (Key) of a keypad, or codes (string) of a scanner.
type Source[T any] interface {
	// Run tells when the device is taken and hands on what is typed, until ctx ends or the device is gone; then
	// the error wraps ErrGone.
	Run(ctx context.Context, ready func(), take func(T)) error
}

// retry is the pause before a device that is not there is looked for again.
const retry = 500 * time.Millisecond

// Serve runs a source again and again, so that a device is back soon after it was plugged in. Change is told
// when the device comes (nil), and why it is not there, once each. It returns when ctx ends.
func Serve[T any](ctx context.Context, source Source[T], change func(error), take func(T)) error {
	before := ""
	tell := func(err error) {
		now := fmt.Sprint(err)
		if errors.Is(err, ErrGone) { // first not to be read, then not to be opened: that is one thing
			now = ErrGone.Error()
		}
		if now != before {
			change(err)
		}
		before = now
	}
	for ctx.Err() == nil {
		err := source.Run(ctx, func() { tell(nil) }, take)
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			tell(err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(retry):
		}
	}
	return ctx.Err()
}
