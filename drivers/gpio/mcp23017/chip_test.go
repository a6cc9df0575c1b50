package mcp23017_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/i2c/i2ctest"

	"lockerd/drivers/gpio/mcp23017"
	"lockerd/drivers/gpio/mcp23017/mcp23017test"
	"lockerd/drivers/lock"
)

var (
	_ gpio.PinOut = (*mcp23017.Out)(nil)
	_ gpio.PinIn  = (*mcp23017.In)(nil)
	_ i2c.Bus     = (*mcp23017test.Chip)(nil)
)

// Port A drives relays, port B reads switches.
const relays, switches = 0x00FF, 0xFF00

func open(t *testing.T, bus i2c.Bus, safe uint16) *mcp23017.Chip {
	t.Helper()
	chip, err := mcp23017.Open(bus, 0x21, mcp23017.Options{Outputs: relays, Safe: safe, PullUps: switches})
	if err != nil {
		t.Fatal(err)
	}
	return chip
}

func out(t *testing.T, chip *mcp23017.Chip, number int) *mcp23017.Out {
	t.Helper()
	pin, err := chip.Out(number)
	if err != nil {
		t.Fatal(err)
	}
	return pin
}

func in(t *testing.T, chip *mcp23017.Chip, number int) *mcp23017.In {
	t.Helper()
	pin, err := chip.In(number)
	if err != nil {
		t.Fatal(err)
	}
	return pin
}

// No relay clicks at start or stop: the outputs begin at their safe level, for both polarities. And a pulse
// moves one pin, there and back.
func TestNoEdgeButThePulse(t *testing.T) {
	for _, activeLow := range []bool{false, true} {
		safe, driven := uint16(0), 0x08
		if activeLow {
			safe, driven = relays, 0xF7
		}
		emulator := mcp23017test.New(0x21)
		chip := open(t, emulator, safe)
		door := in(t, chip, 8)
		l, err := lock.New(lock.Config{Relay: out(t, chip, 3), ActiveLow: activeLow, Switch: door, Pulse: time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := emulator.Driven(relays), []int{-1, int(safe)}; !slices.Equal(got, want) {
			t.Errorf("at start the relays saw %x, want %x", got, want)
		}
		if err := l.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := l.Release(); err != nil {
			t.Fatal(err)
		}
		if got, want := emulator.Driven(relays), []int{-1, int(safe), driven, int(safe)}; !slices.Equal(got, want) {
			t.Errorf("the relays saw %x, want %x", got, want)
		}
	}
}

// A chip in its other bank, with every pin driven, is brought to safe levels all the same.
func TestChipThatAnotherProgramLeft(t *testing.T) {
	emulator := mcp23017test.New(0x21)
	emulator.Leave(0xFFFF)
	chip := open(t, emulator, 0)
	if seen := emulator.Driven(relays); seen[len(seen)-1] != 0 {
		t.Errorf("the relays saw %x", seen)
	}
	emulator.Wire(0x0100)
	if level, err := in(t, chip, 8).ReadLevel(); err != nil || level != gpio.High {
		t.Errorf("%v, %v", level, err)
	}
}

// A chip that was reset reads shut doors as anything: that is an error, and then it is well again.
func TestResetIsNoState(t *testing.T) {
	emulator := mcp23017test.New(0x21)
	chip := open(t, emulator, relays)
	relay, door := out(t, chip, 0), in(t, chip, 15)
	for name, use := range map[string]func() error{
		"read":  func() error { _, err := door.ReadLevel(); return err },
		"write": func() error { return relay.Out(gpio.High) },
	} {
		emulator.Reset()
		if err := use(); !errors.Is(err, mcp23017.ErrReset) {
			t.Errorf("%s: %v", name, err)
		}
		if seen := emulator.Driven(relays); !slices.Equal(seen[len(seen)-2:], []int{-1, relays}) {
			t.Errorf("%s: the relays saw %x", name, seen)
		}
		if err := use(); err != nil {
			t.Errorf("%s, again: %v", name, err)
		}
	}
}

// Errors of the bus are told, by Out and by the lock, whose door is unknown then.
func TestErrorsAreTold(t *testing.T) {
	emulator := mcp23017test.New(0x21)
	chip := open(t, emulator, 0)
	relay := out(t, chip, 0)
	l, err := lock.New(lock.Config{Relay: relay, Switch: in(t, chip, 8), Pulse: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	emulator.Fail(1)
	if _, err := l.Shut(); !errors.Is(err, lock.ErrUnknown) {
		t.Errorf("door: %v", err)
	}
	for broken := range 3 {
		emulator.Fail(0)
		relay.Out(gpio.Low)
		emulator.Fail(broken + 1)
		if err := relay.Out(gpio.High); err == nil {
			t.Errorf("a write with %d broken transactions is fine", broken+1)
		}
	}
	emulator.Fail(0)
	emulator.Stick(1)
	if err := relay.Out(gpio.High); !errors.Is(err, mcp23017.ErrReadBack) {
		t.Errorf("stuck latch: %v", err)
	}
	if err := l.Open(t.Context()); !errors.Is(err, lock.ErrRelay) {
		t.Errorf("open: %v", err)
	}
}

func TestImpossibleChipsAndPins(t *testing.T) {
	if _, err := mcp23017.Open(mcp23017test.New(0x21), 0x30, mcp23017.Options{}); err == nil {
		t.Error("address 0x30 is taken")
	}
	if _, err := mcp23017.Open(mcp23017test.New(0x22), 0x21, mcp23017.Options{}); err == nil {
		t.Error("a chip that is not there is opened")
	}
	stuck := mcp23017test.New(0x21)
	stuck.Stick(1)
	if _, err := mcp23017.Open(stuck, 0x21, mcp23017.Options{Outputs: 1, Safe: 1}); !errors.Is(err, mcp23017.ErrReadBack) {
		t.Errorf("a latch that does not take its safe level: %v", err)
	}
	if seen := stuck.Driven(1); !slices.Equal(seen, []int{-1}) {
		t.Errorf("and its pin drove: %v", seen)
	}
	chip := open(t, mcp23017test.New(0x21), 0)
	for _, number := range []int{-1, 8, 16} {
		if _, err := chip.Out(number); err == nil {
			t.Errorf("pin %d is an output", number)
		}
	}
	for _, number := range []int{-1, 7, 16} {
		if _, err := chip.In(number); err == nil {
			t.Errorf("pin %d is an input", number)
		}
	}
	for _, name := range []string{"", "A", "A8", "C0", "a0", "A01", "B-"} {
		if n, err := mcp23017.ParsePin(name); err == nil {
			t.Errorf("%q is pin %d", name, n)
		}
	}
	if n, err := mcp23017.ParsePin("B2"); err != nil || n != 10 {
		t.Errorf("B2 is %d, %v", n, err)
	}
}

// TestBytes holds the first transactions to the data sheet.
func TestBytes(t *testing.T) {
	record := &i2ctest.Record{Bus: mcp23017test.New(0x20)}
	if _, err := mcp23017.Open(record, 0x20, mcp23017.Options{Outputs: 0x0003, Safe: 0x0001, PullUps: 0x8000}); err != nil {
		t.Fatal(err)
	}
	want := [][]byte{{0x05, 0}, {0x0A, 0, 0}, {0x14, 0x01, 0}, {0}, {0x0C, 0, 0x80}, {0x02, 0, 0}, {0x00, 0xFC, 0xFF}, {0}}
	if len(record.Ops) != len(want) {
		t.Fatalf("%d transactions, want %d", len(record.Ops), len(want))
	}
	for i, op := range record.Ops {
		if !slices.Equal(op.W, want[i]) {
			t.Errorf("transaction %d writes % X, want % X", i, op.W, want[i])
		}
	}
}
