package gpio

import (
	"fmt"

	"github.com/warthog618/go-gpiocdev"
)

// Info says how a line stands.
type Info struct {
	Chip     string // the device, for example gpiochip0
	Offset   int
	Used     bool   // some program or driver holds it
	Consumer string // who, as they call themselves
}

// Inspect tells how a line stands without opening it, so that a cabinet that runs is not disturbed.
func Inspect(l Line) (Info, error) {
	name, offset, err := l.find()
	if err != nil {
		return Info{}, err
	}
	chip, err := gpiocdev.NewChip(name)
	if err != nil {
		return Info{}, fmt.Errorf("cannot look at GPIO line %v: %w", l, err)
	}
	defer chip.Close()
	info, err := chip.LineInfo(offset)
	if err != nil {
		return Info{}, fmt.Errorf("cannot look at GPIO line %v: %w", l, err)
	}
	return Info{Chip: chip.Name, Offset: offset, Used: info.Used, Consumer: info.Consumer}, nil
}
