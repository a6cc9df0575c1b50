package sandbox

import (
	"errors"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/physic"
)

// ShutLevel is the level of a door switch when its door is shut: the switch pulls the line down.
const ShutLevel = gpio.Low

// Switch faults.
const (
	switchWorks  = ""
	switchStuck  = "stuck"  // goes on telling what it told
	switchBroken = "broken" // does not answer
)

// door is one slot's door, coil and switch. The fields are saved, and shown on the page.
type door struct {
	Open   bool   `json:"open"`
	Parcel bool   `json:"parcel"`
	Jammed bool   `json:"jammed"`
	Switch string `json:"switch"`         // a switch fault, or switchWorks
	Stuck  bool   `json:"stuck"`          // what a stuck switch tells: open?
	Pulses int    `json:"pulses"`         // since the sandbox was first started
	Coil   bool   `json:"coil,omitempty"` // is driven now; never read from the saved state
}

// relay is the output that drives a door's coil: high is on.
type relay struct {
	pinBase
	cabinet *Cabinet
	slot    int
}

// Out drives the coil. A door that is not jammed springs open when its coil is switched on.
func (r relay) Out(l gpio.Level) error {
	r.cabinet.change(func() {
		d := r.cabinet.doors[r.slot-1]
		if bool(l) && !d.Coil {
			d.Pulses++
			d.Open = d.Open || !d.Jammed
		}
		d.Coil = bool(l)
	})
	return nil
}

// PWM is not to be had.
func (r relay) PWM(gpio.Duty, physic.Frequency) error {
	return errors.New("the relay cannot be pulse-width modulated")
}

// horn is the output that makes noise.
type horn struct {
	pinBase
	cabinet *Cabinet
}

// Out switches the horn.
func (h horn) Out(l gpio.Level) error {
	h.cabinet.change(func() { h.cabinet.horn = bool(l) })
	return nil
}

// PWM is not to be had.
func (h horn) PWM(gpio.Duty, physic.Frequency) error {
	return errors.New("the horn cannot be pulse-width modulated")
}

// sensor is the input of a door's switch.
type sensor struct {
	pinBase
	cabinet *Cabinet
	slot    int
}

// ReadLevel reads the switch; one that is broken gives an error.
func (s sensor) ReadLevel() (gpio.Level, error) {
	s.cabinet.mu.Lock()
	defer s.cabinet.mu.Unlock()
	d := s.cabinet.doors[s.slot-1]
	open := d.Open
	switch d.Switch {
	case switchBroken:
		return gpio.Low, errors.New("the emulated switch is broken")
	case switchStuck:
		open = d.Stuck
	}
	return gpio.Level(open) != ShutLevel, nil
}

// Read reads the switch; periph's interface has no way to tell of an error.
func (s sensor) Read() gpio.Level {
	l, _ := s.ReadLevel()
	return l
}

// In does nothing: the line is an input.
func (s sensor) In(gpio.Pull, gpio.Edge) error { return nil }

// WaitForEdge waits until the level changes; a negative timeout waits for ever.
func (s sensor) WaitForEdge(timeout time.Duration) bool {
	before := s.Read()
	end := time.Now().Add(timeout)
	for timeout < 0 || time.Now().Before(end) {
		if s.Read() != before {
			return true
		}
		time.Sleep(5 * time.Millisecond)
	}
	return false
}

// Pull says that the line is pulled up.
func (s sensor) Pull() gpio.Pull { return gpio.PullUp }

// DefaultPull says that the line is pulled up.
func (s sensor) DefaultPull() gpio.Pull { return gpio.PullUp }

// pinBase is what every pin has.
type pinBase struct {
	name   string
	number int
}

func (p pinBase) String() string   { return p.name }
func (p pinBase) Halt() error      { return nil }
func (p pinBase) Name() string     { return p.name }
func (p pinBase) Number() int      { return p.number }
func (p pinBase) Function() string { return "emulated" }
