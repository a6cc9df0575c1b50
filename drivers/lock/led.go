package lock

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// LED is a coil whose pulse the kernel times: its line stands in the device tree as an LED of leds-gpio, and
// the LED class's trigger "oneshot" drives it (Documentation/leds/ledtrig-oneshot.rst). A program that is
// killed in the middle of a pulse, even one that hangs, changes nothing: the kernel ends it. On a Pi
// "dtoverlay=gpio-led,gpio=17,label=slot3,trigger=oneshot" in config.txt makes one.
type LED struct {
	dir string
}

// NewLED returns the coil behind the LED in dir, for example /sys/class/leds/slot3, dark and under its
// trigger.
func NewLED(dir string) (*LED, error) {
	l := &LED{dir}
	if _, err := l.read("brightness"); err != nil {
		return nil, fmt.Errorf("the kernel has no such LED (a dtoverlay makes it): %w", err)
	}
	if err := l.Off(); err != nil {
		return nil, err
	}
	return l, l.arm()
}

// arm puts the LED under its trigger, which begins dark and has its attributes from then on.
func (l *LED) arm() error {
	triggers, err := l.read("trigger")
	switch {
	case err != nil:
		return err
	case strings.Contains(triggers, "[oneshot]"):
		return nil
	case !strings.Contains(triggers, "oneshot"):
		return fmt.Errorf("%w: the kernel has no trigger oneshot (module ledtrig-oneshot)", ErrRelay)
	}
	return l.write("trigger", "oneshot")
}

// Pulse is Coil's. The kernel ends a pulse that began; ctx cannot cut it short.
func (l *LED) Pulse(ctx context.Context, d time.Duration) error {
	if err := errors.Join(ctx.Err(), l.load(d)); err != nil {
		return fmt.Errorf("%w: %w", ErrNotPulsed, err)
	}
	if err := l.write("shot", "1"); err != nil {
		return err
	}
	begin := time.Now()
	if err := l.sees(begin, d); err != nil {
		return err
	}
	return sleep(context.WithoutCancel(ctx), time.Until(begin.Add(d)))
}

// load has the trigger ready for a shot of d, which lights nothing yet.
func (l *LED) load(d time.Duration) error {
	if err := l.arm(); err != nil {
		return err
	}
	// While the LED is dark after a shot, the trigger takes no other one: 1 ms is the shortest dark phase.
	for _, s := range []struct{ name, value string }{
		{"invert", "0"}, {"delay_off", "1"}, {"delay_on", strconv.FormatInt(d.Milliseconds(), 10)},
	} {
		if now, err := l.read(s.name); err != nil || now != s.value {
			if err := errors.Join(err, l.write(s.name, s.value)); err != nil {
				return err
			}
		}
	}
	return nil
}

// lightsWithin is how long after a shot the LED may stay dark: the trigger lights it with the next tick of the
// kernel's clock, of which there are 100 to 1000 a second.
const lightsWithin = 50 * time.Millisecond

// sees returns nil when the LED is lit for a shot at begin. The trigger takes a shot without a word and
// without a pulse while an earlier one still times its dark phase, so that only a look tells. An LED that was
// looked at more often than a pulse is long, and was dark each time, was not pulsed; where this program was
// held up for longer than that, nobody knows.
func (l *LED) sees(begin time.Time, d time.Duration) error {
	seldom := false
	for last := begin; ; time.Sleep(2 * time.Millisecond) { // a tenth of the shortest pulse
		brightness, err := l.read("brightness")
		if err != nil {
			return fmt.Errorf("%w: %w", ErrDoubt, err)
		}
		now := time.Now()
		seldom = seldom || now.Sub(last) >= d
		switch last = now; {
		case brightness != "0":
			return nil
		case now.Sub(begin) < lightsWithin:
		case seldom:
			return fmt.Errorf("%w: %s was dark when it was looked at, too seldom to be sure", ErrDoubt, filepath.Base(l.dir))
		default:
			return fmt.Errorf("%w: the kernel did not light %s, perhaps an earlier pulse had not ended", ErrNotPulsed, filepath.Base(l.dir))
		}
	}
}

// Off is Coil's: it waits until the kernel has ended the pulse. Only an LED that is lit for longer than any
// pulse is switched off by force, which takes it from its trigger: in the middle of a pulse, the kernel's
// timer would light a dark LED once more.
func (l *LED) Off() error {
	for begin := time.Now(); ; time.Sleep(2 * time.Millisecond) {
		switch brightness, err := l.read("brightness"); {
		case err != nil:
			return err
		case brightness == "0":
			return nil
		case time.Since(begin) > MaxPulse+100*time.Millisecond:
			return l.write("brightness", "0")
		}
	}
}

func (l *LED) read(name string) (string, error) {
	text, err := os.ReadFile(filepath.Join(l.dir, name))
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrRelay, err)
	}
	return strings.TrimSpace(string(text)), nil
}

// write sets one attribute. Short writes cannot be: a file of sysfs takes a value or refuses it.
func (l *LED) write(name, value string) error {
	f, err := os.OpenFile(filepath.Join(l.dir, name), os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRelay, err)
	}
	_, err = f.WriteString(value)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("%w: %w", ErrRelay, err)
	}
	return nil
}
