package gpio_test

import (
	"errors"
	"testing"

	periph "periph.io/x/conn/v3/gpio"

	"lockerd/drivers/gpio"
)

var (
	_ periph.PinOut = (*gpio.Out)(nil)
	_ periph.PinIn  = (*gpio.In)(nil)
)

func TestLineThatIsNotThere(t *testing.T) {
	for _, l := range []gpio.Line{{}, {Chip: "no such chip", Offset: 3}, {Name: "NO_SUCH_LINE"}, {Chip: "gpiochip0", Offset: 1 << 20}} {
		if out, err := gpio.OpenOut(l, periph.Low); !errors.Is(err, gpio.ErrNoLine) || out != nil {
			t.Errorf("output %v: %v, %v", l, out, err)
		}
		if in, err := gpio.OpenIn(l, periph.PullUp); !errors.Is(err, gpio.ErrNoLine) || in != nil {
			t.Errorf("input %v: %v, %v", l, in, err)
		}
	}
	if _, err := gpio.OpenIn(gpio.Line{Chip: "x"}, periph.Pull(9)); err == nil {
		t.Error("an unknown pull is taken")
	}
}

func TestLineNamesItself(t *testing.T) {
	for want, l := range map[string]gpio.Line{
		"pinctrl-bcm2711/17": {Chip: "pinctrl-bcm2711", Offset: 17},
		"slot3":              {Name: "slot3"},
		"relays/slot3":       {Chip: "relays", Name: "slot3"},
	} {
		if got := l.String(); got != want {
			t.Errorf("%#v is %q, want %q", l, got, want)
		}
	}
}

// Reading an output would turn it into an input on some drivers, and drop or fire its relay. Ours cannot be
// read at all, nor turned.
func TestOutputCannotBeRead(t *testing.T) {
	var out any = (*gpio.Out)(nil)
	if _, ok := out.(interface{ Read() periph.Level }); ok {
		t.Error("an output can be read")
	}
	if _, ok := out.(periph.PinIn); ok {
		t.Error("an output can be made an input")
	}
}
