package lock_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lockerd/drivers/lock"
)

// led makes a folder such as the LED class's.
func led(t *testing.T, triggers string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"brightness": "1", "trigger": triggers, "invert": "1", "delay_on": "", "delay_off": "", "shot": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func holds(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got[:min(len(got), len(value))]) != value {
			t.Errorf("%s is %q, want %q (%v)", name, got, value, err)
		}
	}
}

func TestLED(t *testing.T) {
	dir := led(t, "[none] timer oneshot")
	coil, err := lock.NewLED(dir)
	if err != nil {
		t.Fatal(err)
	}
	holds(t, dir, map[string]string{"brightness": "0", "trigger": "oneshot", "shot": ""})
	l, err := lock.New(lock.Config{Coil: coil, Pulse: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := l.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	if lasted := time.Since(start); lasted < 20*time.Millisecond {
		t.Errorf("the next coil could be driven after %v", lasted)
	}
	holds(t, dir, map[string]string{"brightness": "0", "invert": "0", "delay_on": "20", "delay_off": "1", "shot": "1"})
}

// A context that has ended starts no pulse; one that ends later leaves the coil to the kernel.
func TestLEDWithoutTime(t *testing.T) {
	dir := led(t, "none [oneshot]")
	coil, err := lock.NewLED(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := coil.Pulse(ctx, time.Second); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if shot, err := os.ReadFile(filepath.Join(dir, "shot")); err != nil || len(shot) > 0 {
		t.Errorf("shot %q, %v", shot, err)
	}
}

func TestLEDThatCannotBe(t *testing.T) {
	if _, err := lock.NewLED(filepath.Join(t.TempDir(), "slot3")); !errors.Is(err, lock.ErrRelay) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing LED: %v", err)
	}
	if _, err := lock.NewLED(led(t, "[none] timer")); !errors.Is(err, lock.ErrRelay) {
		t.Errorf("kernel without oneshot: %v", err)
	}
	dir := led(t, "none [oneshot]")
	coil, err := lock.NewLED(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "shot")); err != nil {
		t.Fatal(err)
	}
	if err := coil.Pulse(t.Context(), time.Millisecond); !errors.Is(err, lock.ErrRelay) {
		t.Errorf("pulse: %v", err)
	}
}
