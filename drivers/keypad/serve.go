package keypad

import (
	"context"

	"lockerd/drivers/hotplug"
)

// Source is where typed things come from: keys (Key) of a keypad, or codes (string) of a scanner.
type Source[T any] interface {
	// Run tells when the device is taken and hands on what is typed, until ctx ends or the device is gone; then
	// the error wraps ErrGone.
	Run(ctx context.Context, ready func(), take func(T)) error
}

// Serve runs a source again and again, so that a device is back soon after it was plugged in. Change is told
// when the device comes (nil), and why it is not there, once each. It returns when ctx ends.
func Serve[T any](ctx context.Context, source Source[T], change func(error), take func(T)) error {
	return hotplug.Serve(ctx, ErrGone, change, func(ctx context.Context, ready func()) error {
		return source.Run(ctx, ready, take)
	})
}
