package gpio

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/warthog618/go-gpiocdev"
	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/physic"
)

// Out is an output line, a gpio.PinOut.
type Out struct{ pin }

// OpenOut opens a line as an output that begins at level.
func OpenOut(l Line, level gpio.Level) (*Out, error) {
	line, err := l.request(gpiocdev.AsOutput(value(level)))
	if err != nil {
		return nil, err
	}
	return &Out{pin{line, l.String()}}, nil
}

// Out sets the level.
func (o *Out) Out(l gpio.Level) error {
	if err := o.line.SetValue(value(l)); err != nil {
		return fmt.Errorf("cannot set GPIO line %s: %w", o.name, err)
	}
	return nil
}

// PWM is not to be had from the character device.
func (o *Out) PWM(gpio.Duty, physic.Frequency) error {
	return errors.New("a GPIO line of the kernel has no pulse-width modulation")
}

// In is an input line, a gpio.PinIn. ReadLevel tells of errors, which periph's Read cannot.
type In struct {
	pin
	pull  gpio.Pull
	edges chan struct{} // holds one token when the level changed since the last wait

	mu   sync.Mutex
	edge gpio.Edge
}

// OpenIn opens a line as an input with that pull.
func OpenIn(l Line, pull gpio.Pull) (*In, error) {
	in := &In{pull: pull, edges: make(chan struct{}, 1), edge: gpio.BothEdges}
	bias, err := biasOf(pull)
	if err != nil {
		return nil, err
	}
	options := []gpiocdev.LineReqOption{gpiocdev.AsInput, gpiocdev.WithBothEdges, gpiocdev.WithEventHandler(in.changed)}
	if bias != nil {
		options = append(options, bias)
	}
	if l.Debounce > 0 {
		options = append(options, gpiocdev.WithDebounce(l.Debounce))
	}
	line, err := l.request(options...)
	if err != nil {
		return nil, err
	}
	in.pin = pin{line, l.String()}
	return in, nil
}

// changed takes an edge from the kernel.
func (in *In) changed(e gpiocdev.LineEvent) {
	in.mu.Lock()
	wanted := in.edge
	in.mu.Unlock()
	rising := e.Type == gpiocdev.LineEventRisingEdge
	if wanted == gpio.NoEdge || wanted == gpio.RisingEdge && !rising || wanted == gpio.FallingEdge && rising {
		return
	}
	select {
	case in.edges <- struct{}{}:
	default:
	}
}

// In chooses the edges that WaitForEdge waits for, and forgets earlier ones. The pull cannot be changed.
func (in *In) In(pull gpio.Pull, edge gpio.Edge) error {
	if pull != in.pull && pull != gpio.PullNoChange {
		return fmt.Errorf("cannot change the pull of GPIO line %s to %v: it was opened with %v", in.name, pull, in.pull)
	}
	in.mu.Lock()
	in.edge = edge
	in.mu.Unlock()
	select {
	case <-in.edges:
	default:
	}
	return nil
}

// ReadLevel reads the line.
func (in *In) ReadLevel() (gpio.Level, error) {
	v, err := in.line.Value()
	if err != nil {
		return gpio.Low, fmt.Errorf("cannot read GPIO line %s: %w", in.name, err)
	}
	return v != 0, nil
}

// Read reads the line; one that cannot be read is low. Use ReadLevel where that matters.
func (in *In) Read() gpio.Level {
	l, _ := in.ReadLevel()
	return l
}

// WaitForEdge waits for an edge, or takes one that came since the last wait. A negative timeout is for ever.
func (in *In) WaitForEdge(timeout time.Duration) bool {
	if timeout < 0 {
		<-in.edges
		return true
	}
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-in.edges:
		return true
	case <-timer.C:
		return false
	}
}

// Pull is the pull that the line was opened with.
func (in *In) Pull() gpio.Pull { return in.pull }

// DefaultPull is not known.
func (in *In) DefaultPull() gpio.Pull { return gpio.PullNoChange }

// pin is what every line has.
type pin struct {
	line *gpiocdev.Line
	name string
}

func (p pin) String() string   { return p.name }
func (p pin) Name() string     { return p.name }
func (p pin) Number() int      { return p.line.Offset() }
func (p pin) Function() string { return "" }

// Halt does nothing: the level stays.
func (p pin) Halt() error { return nil }

// Close gives the line back to the kernel. An output should be at its safe level before.
func (p pin) Close() error { return p.line.Close() }

func value(l gpio.Level) int {
	if l {
		return 1
	}
	return 0
}

// biasOf returns the request's option for a pull; nil leaves it as it is.
func biasOf(pull gpio.Pull) (gpiocdev.LineReqOption, error) {
	switch pull {
	case gpio.PullNoChange:
		return nil, nil
	case gpio.Float:
		return gpiocdev.WithBiasDisabled, nil
	case gpio.PullUp:
		return gpiocdev.WithPullUp, nil
	case gpio.PullDown:
		return gpiocdev.WithPullDown, nil
	}
	return nil, fmt.Errorf("unknown pull %v", pull)
}
