// Package gpio opens single lines of the kernel's GPIO character device as periph pins. It goes through
// go-gpiocdev, because periph host's own driver drives an output low before its first level, and acts on
// other files after a busy line.
//
// A chip is found by its label, for example "pinctrl-bcm2711", since chip numbers differ between kernels;
// a line by its name or its offset. The first level of an output stands in the request itself, so that
// there is no edge before it. Levels are logical: an active-low line is high when its wire is low.
package gpio

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/warthog618/go-gpiocdev"
)

// What can be wrong with a line.
var (
	// ErrNoLine says that there is no such chip or line.
	ErrNoLine = errors.New("no such GPIO line")
	// ErrBusy says that another program or driver has the line.
	ErrBusy = errors.New("GPIO line is in use")
)

// Line says which line to open and how it is wired.
type Line struct {
	Chip      string        // label or name of the chip; empty searches every chip for Name
	Name      string        // name of the line; empty uses Offset
	Offset    int           // number of the line on the chip, from 0
	ActiveLow bool          // high is a low wire
	Consumer  string        // shown by gpioinfo; empty is "lockerd"
	Debounce  time.Duration // of an input, in the kernel; 0 for none
	OpenDrain bool          // of an output: high lets go of the wire
}

// String names the line in errors.
func (l Line) String() string {
	if l.Name != "" {
		return strings.TrimPrefix(l.Chip+"/"+l.Name, "/")
	}
	return fmt.Sprintf("%s/%d", l.Chip, l.Offset)
}

// request asks the kernel for the line.
func (l Line) request(options ...gpiocdev.LineReqOption) (*gpiocdev.Line, error) {
	chip, offset, err := l.find()
	if err != nil {
		return nil, err
	}
	consumer := l.Consumer
	if consumer == "" {
		consumer = "lockerd"
	}
	options = append(options, gpiocdev.WithConsumer(consumer))
	if l.ActiveLow {
		options = append(options, gpiocdev.AsActiveLow)
	}
	if l.OpenDrain {
		options = append(options, gpiocdev.AsOpenDrain)
	}
	line, err := gpiocdev.RequestLine(chip, offset, options...)
	switch {
	case errors.Is(err, syscall.EBUSY):
		return nil, fmt.Errorf("cannot open GPIO line %v: %w: %w", l, ErrBusy, err)
	case err != nil:
		return nil, fmt.Errorf("cannot open GPIO line %v: %w", l, err)
	}
	return line, nil
}

// find returns the chip's name and the line's offset.
func (l Line) find() (string, int, error) {
	if l.Chip == "" && l.Name == "" {
		return "", 0, fmt.Errorf("cannot find GPIO line %v: %w: give a chip or the line's name", l, ErrNoLine)
	}
	var places []place
	for _, name := range gpiocdev.Chips() {
		if at, device, ok := l.on(name); ok {
			places = append(places, place{name, device, at})
		}
	}
	return l.choose(places)
}

// place is where a line is: a chip by one of its names, the device that it really is, and the line's offset.
type place struct {
	chip, device string
	offset       int
}

// choose returns the one place. Two that fit are an error: the wrong one could be another door. One chip may
// have two names, gpiochip4 and gpiochip0.
func (l Line) choose(places []place) (string, int, error) {
	var found []place
	for _, p := range places {
		if !slices.ContainsFunc(found, func(other place) bool { return other.device == p.device }) {
			found = append(found, p)
		}
	}
	switch len(found) {
	case 0:
		return "", 0, fmt.Errorf("cannot find GPIO line %v: %w", l, ErrNoLine)
	case 1:
		return found[0].chip, found[0].offset, nil
	}
	var names []string
	for _, p := range found {
		names = append(names, p.chip)
	}
	return "", 0, fmt.Errorf("cannot find GPIO line %v: %w: it is on each of %s", l, ErrNoLine, strings.Join(names, ", "))
}

// on tells whether the line is on a chip, at which offset, and which device the chip really is.
func (l Line) on(name string) (offset int, device string, ok bool) {
	chip, err := gpiocdev.NewChip(name)
	if err != nil {
		return 0, "", false
	}
	defer chip.Close()
	if l.Chip != "" && l.Chip != chip.Label && l.Chip != chip.Name && l.Chip != name {
		return 0, "", false
	}
	if l.Name == "" {
		return l.Offset, chip.Name, l.Offset >= 0 && l.Offset < chip.Lines()
	}
	offset, err = chip.FindLine(l.Name)
	return offset, chip.Name, err == nil
}
