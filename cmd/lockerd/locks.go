package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	periph "periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/i2c"
	"periph.io/x/host/v3/sysfs"

	"lockerd/configs"
	"lockerd/drivers/gpio/mcp23017"
	"lockerd/drivers/lock"
	"lockerd/drivers/lock/board"
	"lockerd/drivers/uart"
)

// ledFolder is where the kernel's LEDs are.
const ledFolder = "/sys/class/leds"

// boardPoll is how often a waiting reader asks a lock board, whose line others share.
const boardPoll = 100 * time.Millisecond

// wires are what carries the slots' lines beside the GPIO chip, by the boards' names.
type wires struct {
	boards    map[string]board.Board
	expanders map[string]*mcp23017.Chip
}

// wires opens the boards that the settings name. A lock board that does not answer yet is waited for, door
// by door; an expander that is not there is an error, as a missing GPIO line is. With an error, the boards
// that could be opened are returned all the same.
func (o opener) wires(h *hardware) (*wires, error) {
	w := &wires{boards: map[string]board.Board{}, expanders: map[string]*mcp23017.Chip{}}
	var faults []error
	lines := map[string]*board.Bus{}
	for _, line := range o.cfg.RS485 {
		bus, err := openRS485(h, line)
		if err != nil {
			faults = append(faults, fmt.Errorf("cannot open the RS-485 line %s: %w", line.Name, err))
			continue
		}
		lines[line.Name] = bus
	}
	buses := map[string]i2c.Bus{}
	for _, b := range o.cfg.Boards {
		var err error
		if b.Kind == configs.Expander {
			err = w.addExpander(h, buses, o.cfg, b)
		} else if lines[b.Bus] != nil {
			err = w.addBoard(lines[b.Bus], b)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("cannot set up the board %s: %w", b.Name, err))
		}
	}
	return w, errors.Join(faults...)
}

func (w *wires) addBoard(line *board.Bus, b configs.Board) error {
	var made board.Board
	var err error
	switch b.Kind {
	case "8a":
		made, err = board.NewEightA(line, b.Address, b.SwitchActiveLow)
	case "cu16":
		made, err = board.NewCU16(line, b.Address, b.SwitchActiveLow)
	case "waveshare":
		made, err = board.NewWaveshare(line, b.Address, b.SwitchActiveLow)
	default:
		err = fmt.Errorf("kind %q is unknown", b.Kind)
	}
	if err == nil {
		w.boards[b.Name] = made
	}
	return err
}

// addExpander opens an expander and, for the first one on it, the bus.
func (w *wires) addExpander(h *hardware, buses map[string]i2c.Bus, cfg configs.Cabinet, b configs.Board) error {
	if buses[b.Bus] == nil {
		bus, err := openI2C(h, b.Bus)
		if err != nil {
			return err
		}
		buses[b.Bus] = bus
	}
	chip, err := mcp23017.Open(buses[b.Bus], uint16(b.Address), expanderPins(cfg, b))
	if err == nil {
		w.expanders[b.Name] = chip
	}
	return err
}

// pin returns an expander that was opened, and the number of one of its pins.
func (w *wires) pin(line configs.Line) (*mcp23017.Chip, int, error) {
	chip, ok := w.expanders[line.Board]
	if !ok {
		return nil, 0, fmt.Errorf("the board %s is not there", line.Board)
	}
	number, err := mcp23017.ParsePin(line.Pin)
	return chip, number, err
}

// lockOf returns a lock of a board that was opened.
func (w *wires) lockOf(line configs.Line) (board.Lock, error) {
	b, ok := w.boards[line.Board]
	if !ok {
		return board.Lock{}, fmt.Errorf("the board %s is not there", line.Board)
	}
	return board.NewLock(b, line.Number())
}

// openRS485 makes a line with lock boards. Its port may not be there yet.
func openRS485(h *hardware, line configs.RS485) (*board.Bus, error) {
	if line.Baud == 0 {
		line.Baud = 9600
	}
	port := uart.New(line.Port, line.Baud)
	h.closers = append(h.closers, port.Close)
	if line.Transmitter == "rts" || line.Transmitter == "rts-low" {
		if err := port.SetRS485(uart.RS485{ActiveLow: line.Transmitter == "rts-low"}); err != nil {
			return nil, err
		}
	}
	return board.NewBus(port, board.Options{Timeout: line.Timeout, Gap: line.Gap, Echo: line.Echo}), nil
}

// openI2C opens the bus /dev/i2c-N. It asks periph's sysfs driver for this one bus and never calls
// host.Init, whose GPIO drivers close files of others and open wrong lines.
func openI2C(h *hardware, path string) (i2c.Bus, error) {
	number, err := strconv.Atoi(strings.TrimPrefix(path, "/dev/i2c-"))
	if err != nil {
		return nil, fmt.Errorf("%s is no I²C bus", path)
	}
	bus, err := sysfs.NewI2C(number)
	if err != nil {
		return nil, err
	}
	h.closers = append(h.closers, bus.Close)
	return bus, nil
}

// expanderPins says what the slots do with an expander's pins: relays are outputs that begin undriven,
// switches that pull their pin to ground are inputs that the chip pulls up.
func expanderPins(cfg configs.Cabinet, b configs.Board) mcp23017.Options {
	var pins mcp23017.Options
	mask := func(text string) uint16 {
		line := configs.ParseLine(text)
		n, err := mcp23017.ParsePin(line.Pin)
		if err != nil || line.Board != b.Name {
			return 0
		}
		return 1 << n
	}
	for _, s := range cfg.Slots {
		pins.Outputs |= mask(s.Relay)
		pins.PullUps |= mask(s.Switch)
	}
	pins.Outputs |= mask(cfg.Siren.Line)
	if b.RelayActiveLow {
		pins.Safe = pins.Outputs
	}
	if !b.SwitchActiveLow {
		pins.PullUps = 0
	}
	return pins
}

// lock opens the lock of one slot.
func (o opener) lock(h *hardware, w *wires, s configs.Slot, bank *lock.Bank) error {
	wiring := lock.Config{Pulse: o.cfg.Lock.Pulse, Bank: bank}
	if err := o.relay(h, w, s, &wiring); err != nil {
		return fmt.Errorf("cannot open the relay of slot %d: %w", s.Number, err)
	}
	if err := o.doorSwitch(h, w, s, &wiring); err != nil {
		return fmt.Errorf("cannot open the door switch of slot %d: %w", s.Number, err)
	}
	return h.addLock(s.Number, wiring)
}

// relay opens what drives a slot's coil.
func (o opener) relay(h *hardware, w *wires, s configs.Slot, wiring *lock.Config) (err error) {
	line := configs.ParseLine(s.Relay)
	b, _ := o.cfg.Board(line.Board)
	switch {
	case line.Board == "":
		wiring.Relay, err = h.output(o.line(s.Relay, fmt.Sprintf("lockerd relay %d", s.Number), o.cfg.GPIO.RelayActiveLow))
	case line.Board == configs.LED:
		wiring.Coil, err = lock.NewLED(filepath.Join(ledFolder, line.Pin))
	case b.Kind == configs.Expander:
		chip, pin, err := w.pin(line)
		if err != nil {
			return err
		}
		wiring.ActiveLow = b.RelayActiveLow
		wiring.Relay, err = chip.Out(pin)
		return err
	default:
		wiring.Coil, err = w.lockOf(line)
	}
	return err
}

// doorSwitch opens what knows of a slot's door.
func (o opener) doorSwitch(h *hardware, w *wires, s configs.Slot, wiring *lock.Config) (err error) {
	if s.Switch == "" {
		return nil
	}
	line := configs.ParseLine(s.Switch)
	b, _ := o.cfg.Board(line.Board)
	switch {
	case line.Board == "":
		wiring.ShutLevel = periph.High // the line itself is opened active-low where it is
		on := o.line(s.Switch, fmt.Sprintf("lockerd switch %d", s.Number), o.cfg.GPIO.SwitchActiveLow)
		on.Debounce = o.cfg.GPIO.Debounce
		wiring.Switch, err = h.input(on)
	case b.Kind == configs.Expander:
		chip, pin, err := w.pin(line)
		if err != nil {
			return err
		}
		wiring.ShutLevel = periph.Level(!b.SwitchActiveLow)
		wiring.Switch, err = chip.In(pin)
		return err
	default:
		wiring.Poll = boardPoll
		wiring.Door, err = w.lockOf(line)
	}
	return err
}
