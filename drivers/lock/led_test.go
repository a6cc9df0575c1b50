package lock_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
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

// trigger is the kernel's part behind a folder of led: a shot lights the LED for delay_on, and while the dark
// phase of delay_off lasts, the next one is taken without a word and without a pulse.
func trigger(t *testing.T, dir string, rest time.Duration) {
	t.Helper()
	get := func(name string) string {
		text, _ := os.ReadFile(filepath.Join(dir, name))
		return strings.TrimSpace(string(text))
	}
	var busy time.Time
	ended := make(chan struct{})
	t.Cleanup(func() { <-ended })
	ctx := t.Context()
	go func() {
		defer close(ended)
		for ; ctx.Err() == nil; time.Sleep(time.Millisecond) {
			if get("shot") != "1" {
				continue
			}
			set(t, dir, "shot", "0")
			if time.Now().Before(busy) {
				continue
			}
			on, err := strconv.Atoi(get("delay_on"))
			if err != nil {
				t.Errorf("delay_on: %v", err)
				return
			}
			set(t, dir, "brightness", "1")
			time.Sleep(time.Duration(on) * time.Millisecond)
			set(t, dir, "brightness", "0")
			busy = time.Now().Add(rest)
		}
	}()
}

func TestLED(t *testing.T) {
	dir := led(t, "[none] timer oneshot")
	coil, err := lock.NewLED(dir)
	if err != nil {
		t.Fatal(err)
	}
	trigger(t, dir, 0)
	holds(t, dir, map[string]string{"trigger": "oneshot", "shot": "\n"})
	const pulse = 500 * time.Millisecond // long beside what may hold this test up
	l, err := lock.New(lock.Config{Coil: coil, Pulse: pulse})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := l.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	if lasted := time.Since(start); lasted < pulse {
		t.Errorf("the next coil could be driven after %v", lasted)
	}
	holds(t, dir, map[string]string{"brightness": "0", "invert": "0", "delay_on": "500", "delay_off": "1", "shot": "0"})
}

// A shot that the kernel ignores is no pulse, and is told as none.
func TestLEDThatIsNotLit(t *testing.T) {
	dir := led(t, "none [oneshot]")
	coil, err := lock.NewLED(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := coil.Pulse(t.Context(), time.Second); !errors.Is(err, lock.ErrNotPulsed) || errors.Is(err, lock.ErrDoubt) {
		t.Errorf("an LED that stays dark: %v", err)
	}
}

// Where the trigger cannot be made ready, nothing is fired.
func TestLEDThatIsGone(t *testing.T) {
	for _, missing := range []string{"trigger", "delay_on"} {
		dir := led(t, "none [oneshot]")
		coil, err := lock.NewLED(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(filepath.Join(dir, missing)); err != nil {
			t.Fatal(err)
		}
		if err := coil.Pulse(t.Context(), time.Second); !errors.Is(err, lock.ErrNotPulsed) || !errors.Is(err, lock.ErrRelay) {
			t.Errorf("without %s: %v", missing, err)
		}
		if got, err := os.ReadFile(filepath.Join(dir, "shot")); err != nil || strings.TrimSpace(string(got)) != "" {
			t.Errorf("without %s it was shot: %q, %v", missing, got, err)
		}
	}
}

// The second of two shots, fired while the first one's dark phase lasts, is found to be no pulse.
func TestLEDInItsDarkPhase(t *testing.T) {
	dir := led(t, "none [oneshot]")
	coil, err := lock.NewLED(dir)
	if err != nil {
		t.Fatal(err)
	}
	trigger(t, dir, time.Hour)
	l, err := lock.New(lock.Config{Coil: coil, Pulse: 500 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := l.Open(t.Context()); !errors.Is(err, lock.ErrNotPulsed) {
		t.Errorf("the second shot: %v", err)
	}
}

// Where the program slept for longer than a pulse, an LED that is dark now may have been lit meanwhile.
func TestLEDSeenTooSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		coil, err := lock.NewLED(led(t, "none [oneshot]"))
		if err != nil {
			t.Fatal(err)
		}
		// The looks of a pulse of 1 ns are further apart than it lasts.
		if err := coil.Pulse(t.Context(), 1); !errors.Is(err, lock.ErrDoubt) {
			t.Error(err)
		}
	})
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
	if err := coil.Pulse(t.Context(), time.Millisecond); err != nil && !errors.Is(err, lock.ErrDoubt) {
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
