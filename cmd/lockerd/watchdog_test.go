package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/configs"
	"lockerd/controller"
	"lockerd/controller/console"
	"lockerd/drivers/lock/board"
)

// TestSystemd starts the cabinet as a service of Type=notify and reads what it tells systemd: READY once,
// then WATCHDOG as long as its loops go round, and STOPPING.
func TestSystemd(t *testing.T) {
	heard := systemd(t, "400000")
	cfg, err := configs.Load("../../configs/sandbox.yaml", "dir="+t.TempDir(), "sync.infosystem=",
		"kiosk.listen=127.0.0.1:0", "front.listen=127.0.0.1:0", "fingerprint.pace=false")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, cfg, "", slog.New(slog.DiscardHandler)) }()
	if first := heard(); first != "READY=1" {
		t.Errorf("systemd hears %q first", first)
	}
	for range 3 {
		if next := heard(); next != "WATCHDOG=1" {
			t.Errorf("systemd hears %q, want WATCHDOG=1", next)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("the cabinet ended with %v", err)
	}
	for last := heard(); last != "STOPPING=1"; last = heard() {
		if last != "WATCHDOG=1" {
			t.Fatalf("systemd hears %q", last)
		}
	}
}

// systemd listens in systemd's place, wants a sign of life after so many microseconds, and returns what is heard next.
func systemd(t *testing.T, usec string) (heard func() string) {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "notify")
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { manager.Close() })
	t.Setenv("NOTIFY_SOCKET", socket)
	t.Setenv("WATCHDOG_USEC", usec)
	return func() string {
		var message [256]byte
		manager.SetReadDeadline(time.Now().Add(20 * time.Second))
		n, err := manager.Read(message[:])
		if err != nil {
			t.Fatalf("systemd hears nothing: %v", err)
		}
		return strings.TrimSpace(string(message[:n]))
	}
}

// While the parts end, the watchdogs are fed; when they have ended, no more.
func TestFedWhileItEnds(t *testing.T) {
	r := newRig(t)
	if err := r.on(); err != nil {
		t.Fatal(err)
	}
	heard := systemd(t, "40000")
	ctx, stop := context.WithCancel(t.Context())
	ended, fed := make(chan struct{}), make(chan error, 1)
	go func() { fed <- r.d.feedWatchdog(ctx, systemdInterval(), ended) }()
	for heard() != "WATCHDOG=1" {
	}
	stop()
	for heard() != "STOPPING=1" {
	}
	for range 3 {
		if next := heard(); next != "WATCHDOG=1" {
			t.Errorf("while the parts end systemd hears %q", next)
		}
	}
	close(ended)
	if err := <-fed; err != nil {
		t.Error(err)
	}
}

// A kernel's watchdog that is not there costs nobody a parcel: the cabinet runs, and tells of it.
func TestNoKernelWatchdog(t *testing.T) {
	t.Parallel()
	r := newRig(t, "watchdog.device="+filepath.Join(t.TempDir(), "watchdog"))
	if err := r.on(); err != nil {
		t.Fatal(err)
	}
	told := func() bool {
		return slices.ContainsFunc((machine{r.d}).Status(t.Context()).Faults, func(c console.Check) bool { return c.Part == "watchdog" && c.Advice != "" })
	}
	for end := time.Now().Add(patience); !told(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("status tells nothing")
		}
	}
	if err := r.d.alive(t.Context(), patience); err != nil {
		t.Errorf("the cabinet does not run: %v", err)
	}
	if err := r.off(); err != nil {
		t.Errorf("ended with %v", err)
	}
}

// stuck is a door whose driver hangs.
type stuck struct{ controller.Lock }

func (stuck) Shut() (bool, error) { select {} }

// A loop that hangs is named, whichever it is, and starves the watchdog; a door whose switch fails does not.
func TestAlive(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if err := r.on(); err != nil {
		t.Fatal(err)
	}
	if err := r.say("switch 1 broken"); err != nil {
		t.Fatal(err)
	}
	for range r.d.hardware.doors {
		if err := r.d.alive(t.Context(), patience); err != nil {
			t.Fatalf("with all well but a switch: %v", err)
		}
	}
	hung := *r.d
	hardware := *r.d.hardware
	hung.hardware, hardware.doors = &hardware, map[controller.Slot]controller.Lock{1: stuck{}}
	if err := hung.alive(t.Context(), 300*time.Millisecond); err == nil || !strings.HasPrefix(err.Error(), "the locks: no answer") {
		t.Errorf("a door that hangs: %v", err)
	}
	other, err := controller.New(mustParts(t, r.d)) // nobody runs it
	if err != nil {
		t.Fatal(err)
	}
	silent := *r.d
	silent.controller = other
	if err := silent.alive(t.Context(), 100*time.Millisecond); err == nil || !strings.HasPrefix(err.Error(), "the loop at the screen: no answer") {
		t.Errorf("a screen that hangs: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := silent.alive(ended, time.Hour); err != nil {
		t.Errorf("at the end of the program: %v", err)
	}
}

// What must answer shares one time: parts that are slow, each of them within it, are too slow together.
func TestAnswersTogether(t *testing.T) {
	takes := func(d time.Duration) part {
		return part{d.String(), func(context.Context) error { time.Sleep(d); return nil }}
	}
	fails := part{"the store", func(context.Context) error { return errors.New("damaged") }}
	for name, test := range map[string]struct {
		parts []part
		want  string // how the error begins; empty for none
		after time.Duration
	}{
		"quick":              {[]part{takes(time.Second), takes(2 * time.Second)}, "", 3 * time.Second},
		"too slow together":  {[]part{takes(6 * time.Second), takes(7 * time.Second), takes(0)}, "7s: no answer for 4s", 10 * time.Second},
		"too slow by itself": {[]part{takes(time.Second), takes(time.Minute)}, "1m0s: no answer for 9s", 10 * time.Second},
		"one fails":          {[]part{takes(time.Second), fails, takes(time.Minute)}, "the store: damaged", time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				err := allAnswer(t.Context(), 10*time.Second, test.parts)
				if (err == nil) != (test.want == "") || err != nil && !strings.HasPrefix(err.Error(), test.want) {
					t.Errorf("the answer is %v, want %q", err, test.want)
				}
				if took := time.Since(begin); took != test.after {
					t.Errorf("it came after %v, want %v", took, test.after)
				}
				time.Sleep(time.Hour) // what was left behind ends
			})
		})
	}
}

func mustParts(t *testing.T, d *cabinet) controller.Parts {
	t.Helper()
	parts, err := d.parts()
	if err != nil {
		t.Fatal(err)
	}
	return parts
}

// A door on a lock board whose answer takes as long as it may starves neither watchdog: neither one as short as the
// settings allow, nor systemd's on a line as slow as they allow.
func TestWatchdogsAllowSlowDoors(t *testing.T) {
	allows := func(line board.Options, timeout time.Duration) bool {
		path := filepath.Join(t.TempDir(), "cabinet.yaml")
		text := fmt.Sprintf(`
name: lobby
dir: /var/lib/lockerd
rs485: [{name: locks, port: /dev/lockerd/locks, timeout: %v, gap: %v}]
boards: [{name: left, kind: 8a, bus: locks, address: 1}]
slots: [{number: 1, size: small, relay: "left:1", switch: "left:1"}]
watchdog: {device: /dev/watchdog, timeout: %v}
`, line.Timeout, line.Gap, timeout)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := configs.Load(path)
		return err == nil
	}
	systemd := unitsInterval(t)
	for _, line := range []board.Options{
		{Timeout: 20 * time.Millisecond, Gap: time.Millisecond}, {Timeout: 300 * time.Millisecond, Gap: 5 * time.Millisecond},
		{Timeout: 4 * time.Second, Gap: 500 * time.Millisecond},
	} {
		least := 2 * time.Second
		for ; !allows(line, least); least += time.Second {
			if least > time.Minute {
				t.Fatalf("no timeout is allowed with %+v", line)
			}
		}
		for name, timeout := range map[string]time.Duration{"the kernel's": least, "systemd's": systemd} {
			if share := timeout - timeout/4; board.Within(line) > share {
				t.Errorf("%s watchdog: a door may take %v, and all that must answer has %v", name, board.Within(line), share)
			}
		}
	}
	for _, line := range []board.Options{{Timeout: 5 * time.Second, Gap: time.Millisecond}, {Timeout: time.Second, Gap: time.Second}} {
		if allows(line, 5*time.Minute) {
			t.Errorf("%+v is allowed: a door may take %v", line, board.Within(line))
		}
	}
}

// unitsInterval is how often systemd wants a sign of life from the service.
func unitsInterval(t *testing.T) time.Duration {
	t.Helper()
	unit, err := os.ReadFile("../../systemd/lockerd.service")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(unit), "WatchdogSec=")
	word, _, _ := strings.Cut(rest, "\n")
	interval, err := time.ParseDuration(word)
	if err != nil {
		t.Fatal(err)
	}
	return interval
}
