package sandbox_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"lockerd/drivers/fingerprint"
	"lockerd/drivers/fingerprint/fingerprinttest"
	"lockerd/drivers/keypad"
	"lockerd/drivers/lock"
	"lockerd/drivers/sandbox"
	"lockerd/drivers/uart"
)

// start runs a cabinet of four slots until stop is called or the test ends.
func start(t *testing.T, o sandbox.Options) (c *sandbox.Cabinet, stop func()) {
	t.Helper()
	o.Slots = 4
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	c, err := sandbox.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := c.Run(ctx); err != nil {
			t.Errorf("cabinet ended: %v", err)
		}
	})
	stop = sync.OnceFunc(func() { cancel(); running.Wait() })
	t.Cleanup(stop)
	return c, stop
}

func say(t *testing.T, c *sandbox.Cabinet, line string) string {
	t.Helper()
	answer, err := c.Words(line)
	if err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	return answer
}

func door(t *testing.T, c *sandbox.Cabinet, slot int) *lock.Lock {
	t.Helper()
	l, err := lock.New(lock.Config{Relay: c.Relay(slot), Switch: c.Switch(slot), ShutLevel: sandbox.ShutLevel,
		Pulse: time.Millisecond, Poll: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestPulseOpensItsDoorOnly(t *testing.T) {
	c, _ := start(t, sandbox.Options{})
	l := door(t, c, 3)
	if shut, err := l.Shut(); !shut || err != nil {
		t.Fatalf("door is shut: %v, %v", shut, err)
	}
	if err := l.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := l.WaitOpen(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := say(t, c, "status"); !strings.Contains(got, "open: 3\n") {
		t.Errorf("status %q", got)
	}
	if c.Pulses(3) != 1 || c.Pulses(2) != 0 {
		t.Errorf("pulses: %d at door 3, %d at door 2", c.Pulses(3), c.Pulses(2))
	}
	say(t, c, "parcel into 3")
	say(t, c, "door 3 shut")
	if err := l.WaitShut(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestJammedDoorAndBrokenSwitch(t *testing.T) {
	c, _ := start(t, sandbox.Options{})
	l := door(t, c, 1)
	say(t, c, "jam 1")
	if err := l.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	soon, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := l.WaitOpen(soon); !errors.Is(err, lock.ErrJammed) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("jammed door: %v", err)
	}
	say(t, c, "unjam 1")
	say(t, c, "switch 1 broken")
	if err := l.Open(t.Context()); err != nil {
		t.Errorf("a broken switch holds up the pulse: %v", err)
	}
	if _, err := l.Shut(); !errors.Is(err, lock.ErrUnknown) {
		t.Errorf("broken switch: %v", err)
	}
	say(t, c, "switch 1 ok")
	if shut, err := l.Shut(); shut || err != nil {
		t.Errorf("door stands open: shut %v, %v", shut, err)
	}
	say(t, c, "switch 1 stuck")
	say(t, c, "door 1 shut")
	if shut, _ := l.Shut(); shut {
		t.Error("a stuck switch saw the door move")
	}
}

// module opens the module's terminal as the cabinet's program does.
func module(t *testing.T, c *sandbox.Cabinet) *fingerprint.Module {
	t.Helper()
	port, err := uart.Open(c.ModulePort(), 57600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { port.Close() })
	return fingerprint.New(port, fingerprint.Options{Poll: 5 * time.Millisecond})
}

func TestFingersOverTheTerminal(t *testing.T) {
	c, _ := start(t, sandbox.Options{Model: fingerprinttest.R503})
	m := module(t, c)
	say(t, c, "finger ada")
	ada, err := m.Capture(t.Context(), fingerprint.Progress{})
	if err != nil {
		t.Fatal(err)
	}
	if ada.Width != 192 || ada.Height != 192 || dark(ada.Pix) < 0.1 || dark(ada.Pix) > 0.9 {
		t.Errorf("image of %d × %d with %.0f %% ridge", ada.Width, ada.Height, 100*dark(ada.Pix))
	}
	if err := m.Features(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if err := m.StoreTemplate(t.Context(), 1, 7); err != nil {
		t.Fatal(err)
	}
	for _, try := range []struct {
		words string
		found bool
	}{{"finger ada", true}, {"finger ada left", false}, {"finger bo", false}, {"finger stranger", false}, {"finger ada right", true}} {
		say(t, c, try.words)
		answer, err := m.CaptureSearch(t.Context(), 0, 200, fingerprint.Progress{})
		if err != nil || answer.Found != try.found || answer.Found && answer.Page != 7 {
			t.Errorf("%s: %+v, %v", try.words, answer, err)
		}
	}
	say(t, c, "lift")
	if err := m.Look(t.Context()); !errors.Is(err, fingerprint.ErrNoFinger) {
		t.Errorf("empty glass: %v", err)
	}
}

// dark is the share of dark pixels.
func dark(pix []byte) float64 {
	n := 0
	for _, p := range pix {
		if p < 128 {
			n++
		}
	}
	return float64(n) / float64(len(pix))
}

func TestModuleUnpluggedAndBack(t *testing.T) {
	c, _ := start(t, sandbox.Options{Model: fingerprinttest.R503})
	m := module(t, c)
	if _, err := m.Handshake(t.Context()); err != nil {
		t.Fatal(err)
	}
	// A capture that waits for a finger learns at once that the module is gone.
	failed := make(chan error)
	go func() {
		_, err := m.Capture(t.Context(), fingerprint.Progress{})
		failed <- err
	}()
	say(t, c, "unplug module")
	if err := <-failed; !errors.Is(err, fingerprint.ErrGone) {
		t.Errorf("unplugged: %v", err)
	}
	if err := m.Look(t.Context()); !errors.Is(err, fingerprint.ErrGone) {
		t.Errorf("while unplugged: %v", err)
	}
	say(t, c, "plug module")
	say(t, c, "finger bo")
	if _, err := m.Capture(t.Context(), fingerprint.Progress{}); err != nil {
		t.Errorf("plugged in again: %v", err)
	}
}

func TestStateSurvives(t *testing.T) {
	dir := t.TempDir()
	c, stop := start(t, sandbox.Options{Dir: dir})
	m := module(t, c)
	if err := door(t, c, 2).Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	say(t, c, "parcel into 2")
	say(t, c, "jam 4")
	say(t, c, "finger ada")
	if err := m.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(m.Features(t.Context(), 1), m.StoreTemplate(t.Context(), 1, 9)); err != nil {
		t.Fatal(err)
	}
	before := say(t, c, "status")
	say(t, c, "lift")
	stop()
	if _, err := os.Lstat(filepath.Join(dir, "module")); err == nil {
		t.Error("the link to the module is left behind")
	}
	c, _ = start(t, sandbox.Options{Dir: dir})
	say(t, c, "finger ada")
	if after := say(t, c, "status"); after != before {
		t.Errorf("status was %q, is %q", before, after)
	}
	if pages, err := module(t, c).Pages(t.Context()); err != nil || len(pages) != 1 || pages[0] != 9 {
		t.Errorf("pages %v, %v", pages, err)
	}
}

func TestKeypadWords(t *testing.T) {
	c, _ := start(t, sandbox.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	got := make(chan string, 1)
	var line keypad.Line
	failed := make(chan error, 1)
	go func() {
		failed <- c.Keypad().Run(ctx, func() {}, func(k keypad.Key) {
			if digits, done := line.Press(k, time.Time{}); done {
				got <- digits
			}
		})
	}()
	for typed := ""; typed != "1234"; {
		say(t, c, "type *1234#") // until the reader is there
		select {
		case typed = <-got:
		case <-time.After(10 * time.Millisecond):
		}
	}
	say(t, c, "unplug keypad")
	if err := <-failed; !errors.Is(err, keypad.ErrGone) {
		t.Errorf("unplugged keypad: %v", err)
	}
}

func TestConsoleReachesTheTechnician(t *testing.T) {
	c, _ := start(t, sandbox.Options{})
	cabinet, err := uart.Open(c.ConsolePort(), 115200)
	if err != nil {
		t.Fatal(err)
	}
	defer cabinet.Close()
	technician, err := uart.Open(c.TechnicianPort(), 115200)
	if err != nil {
		t.Fatal(err)
	}
	defer technician.Close()
	for _, way := range []struct{ from, to *uart.Port }{{cabinet, technician}, {technician, cabinet}} {
		if _, err := way.from.Write([]byte("status\r\n")); err != nil {
			t.Fatal(err)
		}
		way.to.SetReadDeadline(time.Now().Add(5 * time.Second))
		var b [64]byte
		got := ""
		for len(got) < 8 {
			n, err := way.to.Read(b[:])
			if err != nil {
				t.Fatal(err)
			}
			got += string(b[:n])
		}
		if got != "status\r\n" {
			t.Errorf("got %q", got)
		}
	}
}
