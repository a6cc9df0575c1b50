package lock_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/drivers/lock"
)

// led makes a folder such as the LED class's.
func led(t *testing.T, triggers string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"brightness": "0", "trigger": triggers, "invert": "1", "delay_on": "100", "delay_off": "1", "shot": ""} {
		set(t, dir, name, text)
	}
	return dir
}

func set(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text+"\n"), 0o600); err != nil {
		t.Error(err)
	}
}

func holds(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !strings.HasPrefix(string(got), value) {
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
	holds(t, dir, map[string]string{"trigger": "oneshot", "shot": "\n"})
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

// The next coil waits until the kernel says that the LED is dark, and a pulse that another process began is
// awaited, not cut: its trigger would light the LED again.
func TestLEDIsAwaited(t *testing.T) {
	dir := led(t, "none [oneshot]")
	set(t, dir, "brightness", "1")
	dark := time.AfterFunc(30*time.Millisecond, func() { set(t, dir, "brightness", "0") })
	coil, err := lock.NewLED(dir)
	if err != nil {
		t.Fatal(err)
	}
	if dark.Stop() {
		t.Error("the LED was taken while it was lit")
	}
	set(t, dir, "brightness", "1")
	dark = time.AfterFunc(30*time.Millisecond, func() { set(t, dir, "brightness", "0") })
	if err := coil.Pulse(t.Context(), time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if err := coil.Off(); err != nil || dark.Stop() {
		t.Errorf("the next coil could be driven while the LED was lit: %v", err)
	}
}

// An LED that stays lit is switched off by force.
func TestLEDThatStaysLit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := led(t, "none [oneshot]")
		set(t, dir, "brightness", "1")
		if _, err := lock.NewLED(dir); err != nil {
			t.Fatal(err)
		}
		holds(t, dir, map[string]string{"brightness": "0"})
	})
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
	holds(t, dir, map[string]string{"shot": "\n"})
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
