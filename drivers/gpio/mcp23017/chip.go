// Package mcp23017 gives the sixteen pins of a Microchip MCP23017 on an I²C bus as periph pins, for relays
// and door switches. The bus is given. (Data sheet DS20001952C; addresses with IOCON.BANK = 0.)
//
//	00 01 IODIR   1 is an input            12 13 GPIO   levels
//	02 03 IPOL    1 inverts an input       14 15 OLAT   output latches
//	0A 0B IOCON   0 after power-up
//	0C 0D GPPU    1 pulls an input up      the first of two is port A, the second port B
//
// A relay must not click at start: the latches get their safe levels before any pin becomes an output. And
// it must not lie: every write is read back, every reading comes with the chip's directions and pulls, and
// a chip that a dip of its supply has reset (all pins inputs, no pulls, so that a shut door reads as
// anything) gives an error and is set up anew, safe levels first.
package mcp23017

import (
	"errors"
	"fmt"
	"sync"

	"periph.io/x/conn/v3/i2c"
)

// What can be wrong with a chip.
var (
	// ErrReset says that the chip lost its settings; they were given to it again, with safe levels.
	ErrReset = errors.New("I/O expander was reset")
	// ErrReadBack says that the chip does not hold what was written to it: a disturbed bus, or two chips
	// with one address.
	ErrReadBack = errors.New("I/O expander does not hold what was written")
)

// Registers, of port A; port B is one above.
const (
	iodir = 0x00
	ipol  = 0x02
	iocon = 0x0A
	gppu  = 0x0C
	level = 0x12
	olat  = 0x14
	count = 0x16 // of all registers
)

// ioconOther is where IOCON stands while BANK is 1. With BANK = 0 that is GPINTENB, which may be 0 too.
const ioconOther = 0x05

// Options are how the pins are wired, a bit each: bit 0 is A0, bit 8 is B0.
type Options struct {
	Outputs uint16 // pins that drive something; the others are inputs
	Safe    uint16 // levels of outputs at which nothing is driven
	PullUps uint16 // of inputs
}

// Chip is one expander. Its methods and pins may be used from several goroutines.
type Chip struct {
	device  i2c.Dev
	options Options

	mu      sync.Mutex
	latches uint16
}

// Open sets a chip up: safe levels first, then directions. Addresses are 0x20 to 0x27.
func Open(bus i2c.Bus, address uint16, o Options) (*Chip, error) {
	if address < 0x20 || address > 0x27 {
		return nil, fmt.Errorf("cannot use an MCP23017 at address %#02x: use 0x20 to 0x27", address)
	}
	c := &Chip{device: i2c.Dev{Bus: bus, Addr: address}, options: o}
	if err := c.setUp(); err != nil {
		return nil, err
	}
	return c, nil
}

// setUp gives the chip its settings, whatever state it is in. Pins that drive keep their wires' levels or
// fall to the safe ones.
func (c *Chip) setUp() error {
	c.latches = c.options.Safe
	if err := c.device.Tx([]byte{ioconOther, 0}, nil); err != nil {
		return c.failure(err)
	}
	for _, r := range []struct {
		register byte
		value    uint16
	}{{iocon, 0}, {olat, c.latches}, {gppu, c.options.PullUps}, {ipol, 0}, {iodir, ^c.options.Outputs}} {
		if err := c.write(r.register, r.value); err != nil {
			return err
		}
		if r.register == olat { // before a pin drives, not after
			if got, err := c.read(); err != nil || got.at(olat) != c.latches {
				return errors.Join(err, c.failure(ErrReadBack))
			}
		}
	}
	got, err := c.read()
	if err == nil && (c.lost(got) || got.at(olat) != c.latches) {
		err = c.failure(ErrReadBack)
	}
	return err
}

// registers is all that a chip holds.
type registers [count]byte

func (r registers) at(register byte) uint16 {
	return uint16(r[register]) | uint16(r[register+1])<<8
}

// lost tells whether the chip has other settings than it was given.
func (c *Chip) lost(got registers) bool {
	return got.at(iodir) != ^c.options.Outputs || got.at(gppu) != c.options.PullUps || got.at(ipol) != 0 || got.at(iocon) != 0
}

// read reads everything at once, in one transaction: a level counts only beside the settings it was read with.
func (c *Chip) read() (registers, error) {
	var got registers
	if err := c.device.Tx([]byte{0}, got[:]); err != nil {
		return got, c.failure(err)
	}
	return got, nil
}

func (c *Chip) write(register byte, value uint16) error {
	if err := c.device.Tx([]byte{register, byte(value), byte(value >> 8)}, nil); err != nil {
		return c.failure(err)
	}
	return nil
}

// checked reads everything of a chip that still has its settings. One that lost them gets them back, and
// the caller an error.
func (c *Chip) checked() (registers, error) {
	got, err := c.read()
	if err == nil && c.lost(got) {
		err = errors.Join(c.failure(ErrReset), c.setUp())
	}
	return got, err
}

// set drives one output and reads it back.
func (c *Chip) set(mask uint16, high bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := c.checked(); err != nil {
		return err
	}
	latches := c.latches &^ mask
	if high {
		latches |= mask
	}
	if err := c.write(olat, latches); err != nil {
		return err
	}
	c.latches = latches
	got, err := c.checked()
	if err == nil && got.at(olat) != latches {
		err = c.failure(ErrReadBack)
	}
	return err
}

// get reads one input.
func (c *Chip) get(mask uint16) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	got, err := c.checked()
	return err == nil && got.at(level)&mask != 0, err
}

func (c *Chip) failure(err error) error {
	return fmt.Errorf("I/O expander at address %#02x: %w", c.device.Addr, err)
}
