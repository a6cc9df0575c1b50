// Package mcp23017test emulates an MCP23017 at the I²C bus, register by register, and keeps what its wires
// showed. Its supply can dip, its acknowledgement fail, and a latch stick.
package mcp23017test

import (
	"errors"
	"fmt"
	"sync"

	"periph.io/x/conn/v3/physic"
)

// Chip is a bus with one MCP23017 on it: an i2c.Bus.
type Chip struct {
	Address uint16

	mu     sync.Mutex
	bank   bool        // addresses are those of BANK = 1
	ports  [2][11]byte // IODIR IPOL GPINTEN DEFVAL INTCON IOCON GPPU INTF INTCAP GPIO OLAT
	wires  uint16      // what the outside drives inputs to
	stuck  uint16      // latch bits that stay 0
	nack   int         // transactions that fail, from now on
	driven []uint16    // levels of the outputs, whenever they changed; an input is 0
	mask   []uint16    // which pins were outputs then
}

// Registers of one port.
const (
	iodir = 0
	ipol  = 1
	iocon = 5
	gppu  = 6
	gpio  = 9
	olat  = 10
)

// New returns a chip after power-up.
func New(address uint16) *Chip {
	c := &Chip{Address: address}
	c.Reset()
	return c
}

// Reset dips the supply.
func (c *Chip) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bank, c.ports = false, [2][11]byte{}
	c.ports[0][iodir], c.ports[1][iodir] = 0xFF, 0xFF
	c.trace()
}

// Leave makes the chip such as another program left it: in its other bank, everything an output at levels.
func (c *Chip) Leave(levels uint16) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bank = true
	for p := range c.ports {
		c.ports[p][iocon], c.ports[p][iodir], c.ports[p][olat] = 0x80, 0, byte(levels>>(8*p))
	}
	c.trace()
}

// Wire drives inputs from outside.
func (c *Chip) Wire(levels uint16) { c.set(func() { c.wires = levels }) }

// Stick holds latch bits at 0.
func (c *Chip) Stick(bits uint16) { c.set(func() { c.stuck = bits }) }

// Fail lets so many transactions go unacknowledged.
func (c *Chip) Fail(transactions int) { c.set(func() { c.nack = transactions }) }

func (c *Chip) set(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
}

// Driven is what the pins of mask showed to the outside, change by change: -1 while one was an input, else
// its levels.
func (c *Chip) Driven(mask uint16) []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	var seen []int
	for i := range c.driven {
		now := -1
		if c.mask[i]&mask == mask {
			now = int(c.driven[i] & mask)
		}
		if len(seen) == 0 || seen[len(seen)-1] != now {
			seen = append(seen, now)
		}
	}
	return seen
}

// trace notes what the outputs show.
func (c *Chip) trace() {
	var levels, outputs uint16
	for p := range c.ports {
		levels |= uint16(c.ports[p][olat]&^c.ports[p][iodir]) << (8 * p)
		outputs |= uint16(^c.ports[p][iodir]) << (8 * p)
	}
	c.driven, c.mask = append(c.driven, levels), append(c.mask, outputs)
}

// String names the bus.
func (c *Chip) String() string { return "emulated I2C" }

// SetSpeed takes any speed.
func (c *Chip) SetSpeed(physic.Frequency) error { return nil }

// Tx is one transaction: the register, then what is written to it and the following ones, then what is read.
func (c *Chip) Tx(address uint16, w, r []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.nack > 0 {
		c.nack--
		return errors.New("remote I/O error")
	}
	if address != c.Address || len(w) == 0 {
		return fmt.Errorf("nobody acknowledges address %#02x", address)
	}
	at := int(w[0])
	for _, value := range w[1:] {
		c.write(at, value)
		at++
	}
	for i := range r {
		r[i] = c.read(at)
		at++
	}
	return nil
}

// where returns port and register of an address.
func (c *Chip) where(at int) (port, register int, ok bool) {
	if c.bank {
		return at >> 4 & 1, at & 15, at&15 < 11 && at < 32
	}
	return at & 1, at / 2, at < 22
}

func (c *Chip) write(at int, value byte) {
	port, register, ok := c.where(at)
	if !ok {
		return
	}
	switch register {
	case gpio:
		register = olat // writing the port writes its latch
	case iocon:
		c.bank = value&0x80 != 0
		c.ports[0][iocon], c.ports[1][iocon] = value, value
		return
	}
	if register == olat {
		value &^= byte(c.stuck >> (8 * port))
	}
	c.ports[port][register] = value
	c.trace()
}

func (c *Chip) read(at int) byte {
	port, register, ok := c.where(at)
	if !ok {
		return 0
	}
	p := &c.ports[port]
	if register != gpio {
		return p[register]
	}
	in := byte(c.wires>>(8*port)) ^ p[ipol]
	return in&p[iodir] | p[olat]&^p[iodir]
}
