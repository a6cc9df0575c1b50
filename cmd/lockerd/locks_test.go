package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"lockerd/configs"
	"lockerd/controller"
	"lockerd/drivers/gpio/mcp23017"
	"lockerd/drivers/lock"
	"lockerd/drivers/lock/board/boardtest"
)

// boarded is a cabinet whose slots are on emulated lock boards: 1 and 2 on an 8A, 3 on a CU16, 4 on a
// Waveshare relay.
type boarded struct {
	opener
	path  string // of its settings
	lines [3]*boardtest.Line
	doors map[controller.Slot]func() int // pulses of each slot's lock
}

func newBoarded(t *testing.T) *boarded {
	t.Helper()
	eight, sixteen, relays := &boardtest.EightA{Address: 5}, &boardtest.CU16{Address: 1}, &boardtest.Waveshare{Address: 9}
	eight.Inverted = true
	b := &boarded{path: filepath.Join(t.TempDir(), "cabinet.yaml"), doors: map[controller.Slot]func() int{
		1: func() int { return eight.Pulses(1) }, 2: func() int { return eight.Pulses(24) },
		3: func() int { return sixteen.Pulses(16) }, 4: func() int { return relays.Pulses(8) },
	}}
	for i, emulator := range []boardtest.Board{eight, sixteen, relays} {
		line, err := boardtest.Open(emulator)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { line.Close() })
		b.lines[i] = line
	}
	text := fmt.Sprintf(`name: Boards
dir: %s
lock: {pulse: 100ms, gap: 0s}
rs485:
  - {name: a, port: %s, timeout: 2s}
  - {name: b, port: %s, baud: 19200, timeout: 2s}
  - {name: c, port: %s, timeout: 2s}
boards:
  - {name: left, kind: 8a, bus: a, address: 5, switch_active_low: true}
  - {name: right, kind: cu16, bus: b, address: 1}
  - {name: top, kind: waveshare, bus: c, address: 9}
slots:
  - {number: 1, size: small, relay: "left:1", switch: "left:1"}
  - {number: 2, size: small, relay: "left:24", switch: "left:24"}
  - {number: 3, size: small, relay: "right:16", switch: "right:16"}
  - {number: 4, size: small, relay: "top:8", switch: "top:8"}
`, t.TempDir(), b.lines[0].Path(), b.lines[1].Path(), b.lines[2].Path())
	if err := os.WriteFile(b.path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := configs.Load(b.path)
	if err != nil {
		t.Fatal(err)
	}
	b.opener = opener{cfg: cfg, log: slog.New(slog.DiscardHandler)}
	return b
}

// Each slot opens its own door, and no other, on every kind of board at once.
func TestSlotsOnBoards(t *testing.T) {
	b := newBoarded(t)
	h, err := b.open()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := h.close(); err != nil {
			t.Error(err)
		}
	}()
	var opening sync.WaitGroup
	for slot, door := range h.doors {
		if shut, err := door.Shut(); err != nil || !shut {
			t.Fatalf("slot %d: shut %v, %v", slot, shut, err)
		}
		opening.Go(func() {
			if err := door.Open(t.Context()); err != nil {
				t.Errorf("slot %d: %v", slot, err)
			}
			if err := door.WaitOpen(t.Context()); err != nil {
				t.Errorf("slot %d: %v", slot, err)
			}
		})
	}
	opening.Wait()
	for slot, pulses := range b.doors {
		if pulses() != 1 {
			t.Errorf("slot %d: %d pulses", slot, pulses())
		}
	}
}

// Release pulses nothing, and a line that is dead does not keep the others from it.
func TestRelease(t *testing.T) {
	b := newBoarded(t)
	if err := releaseLocks(t.Context(), []string{"-config", b.path}); err != nil {
		t.Errorf("all are well: %v", err)
	}
	b.lines[2].Close()
	released, err := b.release()
	if released != 3 || err == nil || !strings.Contains(err.Error(), "board 9, relay 8") {
		t.Errorf("released %d, %v", released, err)
	}
	for slot, pulses := range b.doors {
		if pulses() != 0 {
			t.Errorf("slot %d was pulsed", slot)
		}
	}
}

func TestReleaseRefuses(t *testing.T) {
	for _, args := range [][]string{{"-config", filepath.Join(t.TempDir(), "none.yaml")}, {"-config", "../../configs/sandbox.yaml", "now"}, {"-fast"}} {
		if err := releaseLocks(t.Context(), args); err == nil {
			t.Errorf("%q is taken", args)
		}
	}
}

// What is no line of this machine is an error of its slot, and no panic.
func TestSlotsOnMissingLines(t *testing.T) {
	for _, slot := range []configs.Slot{
		{Number: 1, Relay: "expander:A0"}, {Number: 1, Relay: "left:1"}, {Number: 1, Relay: "led:no-such-led"}, {Number: 1, Relay: "NO_SUCH_LINE"},
	} {
		o := opener{cfg: configs.Cabinet{
			Slots:  []configs.Slot{slot},
			Boards: []configs.Board{{Name: "expander", Kind: configs.Expander, Bus: "/dev/i2c-999", Address: 0x20}, {Name: "left", Kind: "8a"}},
		}}
		if released, err := o.release(); err == nil || released != 0 {
			t.Errorf("%s: released %d, %v", slot.Relay, released, err)
		}
	}
}

func TestExpanderPins(t *testing.T) {
	cfg := configs.Cabinet{Slots: []configs.Slot{{Relay: "io:A0", Switch: "io:B7"}, {Relay: "io:B0", Switch: "other:A1"}, {Relay: "GPIO5", Switch: "left:1"}}}
	for _, tt := range []struct {
		b    configs.Board
		want mcp23017.Options
	}{
		{configs.Board{Name: "io"}, mcp23017.Options{Outputs: 0x0101}},
		{configs.Board{Name: "io", RelayActiveLow: true, SwitchActiveLow: true}, mcp23017.Options{Outputs: 0x0101, Safe: 0x0101, PullUps: 0x8000}},
		{configs.Board{Name: "other", SwitchActiveLow: true}, mcp23017.Options{PullUps: 0x0002}},
	} {
		if got := expanderPins(cfg, tt.b); got != tt.want {
			t.Errorf("%+v: %+v, want %+v", tt.b, got, tt.want)
		}
	}
}

// A lock board that is not the one of the settings is told to the technician with what to look at.
func TestSwappedBoardIsTold(t *testing.T) {
	b := newBoarded(t)
	for i := range b.cfg.Boards {
		b.cfg.Boards[i].Address++ // as if the boards were swapped for others
	}
	for i := range b.cfg.RS485 {
		b.cfg.RS485[i].Timeout = 100 * time.Millisecond
	}
	h, err := b.open()
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	for _, c := range (machine{&cabinet{cfg: b.cfg, hardware: h}}).testDoors(t.Context()) {
		if c.OK || !strings.Contains(c.Detail, "lock board does not answer") || !strings.Contains(c.Advice, "address switches") {
			t.Errorf("door %s: %+v", c.Name, c)
		}
	}
	for slot, pulses := range b.doors {
		if pulses() != 0 {
			t.Errorf("slot %d was pulsed", slot)
		}
	}
}

// failing is a coil that cannot be driven.
type failing struct{ err error }

func (f failing) Pulse(context.Context, time.Duration) error { return f.err }
func (f failing) Off() error                                 { return nil }

// The controller hears from the locks which pulses surely were none.
func TestDoorThatWasNotPulsed(t *testing.T) {
	for _, err := range []error{lock.ErrNotPulsed, lock.ErrDoubt, lock.ErrRelay, nil} {
		h := newHardware()
		if err := h.addLock(1, lock.Config{Coil: failing{err}}); err != nil {
			t.Fatal(err)
		}
		got := h.doors[1].Open(t.Context())
		if !errors.Is(got, err) || errors.Is(got, controller.ErrNotPulsed) != (err == lock.ErrNotPulsed) {
			t.Errorf("a coil's %v is %v to the controller", err, got)
		}
	}
}
