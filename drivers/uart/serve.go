package uart

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"
)

// Serve opens the port at path and hands it to use, again and again: a port that is not there, or is gone,
// is tried every second. It returns when ctx ends, or when use returns an error that is not ErrGone. The
// port is closed when use returns and when ctx ends, which ends reads that are blocked. Change, where it is
// not nil, is told when the port comes (nil) and why it is not there.
func Serve(ctx context.Context, path string, baud int, change func(error), use func(context.Context, *Port) error) error {
	if change == nil {
		change = func(error) {}
	}
	for ctx.Err() == nil {
		port, err := Open(path, baud)
		change(err)
		if err == nil {
			err = lend(ctx, port, use)
			if ctx.Err() != nil {
				break
			}
			if err != nil && !errors.Is(err, ErrGone) {
				return err
			}
			if err != nil {
				change(err)
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
	return ctx.Err()
}

// lend runs use with the port, which it closes.
func lend(ctx context.Context, port *Port, use func(context.Context, *Port) error) error {
	stop := context.AfterFunc(ctx, func() { port.Close() })
	defer stop()
	defer port.Close()
	return use(ctx, port)
}

// Hold keeps the terminal at path open in raw mode, without taking it: a pseudo-terminal whose other side
// is served needs someone to hold it, or the server is told of a hang-up whenever its client leaves.
func Hold(path string) (*os.File, error) {
	held, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	port, err := Open(path, 57600) // sets raw mode, which stays while the terminal is held
	if err != nil {
		held.Close()
		return nil, err
	}
	if err := port.Close(); err != nil {
		held.Close()
		return nil, err
	}
	return held, nil
}
