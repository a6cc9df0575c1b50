package mcp23017

import (
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/physic"
)

// ParsePin returns the number of a pin by its name, A0 to B7: 0 to 15.
func ParsePin(name string) (int, error) {
	if len(name) != 2 || (name[0] != 'A' && name[0] != 'B') || name[1] < '0' || name[1] > '7' {
		return 0, fmt.Errorf("%q is no pin of an MCP23017: write A0 to A7 or B0 to B7", name)
	}
	return int(name[0]-'A')*8 + int(name[1]-'0'), nil
}

// Out returns an output by its number, 0 to 15: a gpio.PinOut.
func (c *Chip) Out(number int) (*Out, error) {
	if number < 0 || number > 15 || c.options.Outputs>>number&1 == 0 {
		return nil, fmt.Errorf("pin %d of the I/O expander is no output", number)
	}
	return &Out{pin{c, number}}, nil
}

// In returns an input by its number, 0 to 15: a gpio.PinIn.
func (c *Chip) In(number int) (*In, error) {
	if number < 0 || number > 15 || c.options.Outputs>>number&1 == 1 {
		return nil, fmt.Errorf("pin %d of the I/O expander is no input", number)
	}
	return &In{pin{c, number}}, nil
}

// Out is an output.
type Out struct{ pin }

// Out sets the level and reads the latch back.
func (o *Out) Out(l gpio.Level) error { return o.chip.set(o.mask(), bool(l)) }

// PWM is not to be had from the chip.
func (o *Out) PWM(gpio.Duty, physic.Frequency) error {
	return errors.New("an I/O expander has no pulse-width modulation")
}

// In is an input. ReadLevel tells of errors, which periph's Read cannot.
type In struct{ pin }

// ReadLevel reads the pin.
func (in *In) ReadLevel() (gpio.Level, error) {
	high, err := in.chip.get(in.mask())
	return gpio.Level(high), err
}

// Read reads the pin; one that cannot be read is low. Use ReadLevel where that matters.
func (in *In) Read() gpio.Level {
	l, _ := in.ReadLevel()
	return l
}

// In changes nothing: the pull is the chip's setting, and edges are not waited for.
func (in *In) In(pull gpio.Pull, edge gpio.Edge) error {
	if pull != gpio.PullNoChange && pull != in.Pull() || edge != gpio.NoEdge {
		return fmt.Errorf("cannot set pin %s to %v, %v: its pull is set with the chip, and it tells no edges", in, pull, edge)
	}
	return nil
}

// WaitForEdge waits for nothing and tells no edge.
func (in *In) WaitForEdge(time.Duration) bool { return false }

// Pull is the pull that the chip was set up with.
func (in *In) Pull() gpio.Pull {
	if in.chip.options.PullUps&in.mask() != 0 {
		return gpio.PullUp
	}
	return gpio.Float
}

// DefaultPull is what a chip has after power-up: none.
func (in *In) DefaultPull() gpio.Pull { return gpio.Float }

// pin is what every pin has.
type pin struct {
	chip   *Chip
	number int
}

func (p pin) mask() uint16     { return 1 << p.number }
func (p pin) String() string   { return p.Name() }
func (p pin) Name() string     { return fmt.Sprintf("%c%d", 'A'+p.number/8, p.number%8) }
func (p pin) Number() int      { return p.number }
func (p pin) Function() string { return "" }

// Halt does nothing: the level stays.
func (p pin) Halt() error { return nil }
