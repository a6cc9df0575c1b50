package keypad_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creack/pty"

	"lockerd/drivers/keypad"
	"lockerd/drivers/keypad/keypadtest"
)

// An unplugged device is told once, and it is back within a second of being plugged in.
func TestServeComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var pad keypadtest.Keypad
		changes, typed := make(chan error, 100), make(chan keypad.Key, 100)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			ended <- keypad.Serve(ctx, &pad, func(err error) { changes <- err }, func(k keypad.Key) { typed <- k })
		}()
		if err := <-changes; err != nil {
			t.Fatal(err)
		}
		pad.Unplug()
		if err := <-changes; !errors.Is(err, keypad.ErrGone) {
			t.Fatalf("unplugged: %v", err)
		}
		time.Sleep(time.Hour)
		if n := len(changes); n != 0 {
			t.Errorf("an unplugged keypad was told %d times", 1+n)
		}
		pad.Plug()
		plugged := time.Now()
		if err := <-changes; err != nil || time.Since(plugged) > time.Second {
			t.Errorf("plugged in: %v after %v", err, time.Since(plugged))
		}
		if err := pad.Type("7"); err != nil {
			t.Fatal(err)
		}
		if k := <-typed; k != '7' {
			t.Errorf("typed 7, got %q", k)
		}
		stop()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v", err)
		}
	})
}

// A path that names another device says so, and does not wait for anything.
func TestOtherDevice(t *testing.T) {
	other, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	defer terminal.Close()
	for path, want := range map[string]error{
		terminal.Name(): keypad.ErrNoKeyboard, "/dev/null": keypad.ErrNoKeyboard, "/dev/input/no-such-keypad": keypad.ErrGone,
	} {
		if err := (keypad.Device{Path: path}).Run(t.Context(), func() {}, nil); !errors.Is(err, want) {
			t.Errorf("keypad %s: %v, want %v", path, err, want)
		}
		if err := (keypad.Scanner{Path: path}).Run(t.Context(), func() {}, nil); !errors.Is(err, want) {
			t.Errorf("scanner %s: %v, want %v", path, err, want)
		}
	}
}
