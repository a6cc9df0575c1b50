package configs

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// RS485 is a line that carries lock boards.
type RS485 struct {
	Name string `yaml:"name"` // by which boards refer to it
	Port string `yaml:"port"` // serial device by a path that does not change
	Baud int    `yaml:"baud"` // bits a second; 0 is 9600
	// Timeout is how long a board may take to answer, 20ms–4s; 0 is 300ms.
	Timeout time.Duration `yaml:"timeout"`
	// Gap is the silence before each request, 1ms–500ms; 0 is 5ms.
	Gap time.Duration `yaml:"gap"`
	// Transmitter is who switches it on and off: the "adapter" (empty is that, too), or the kernel with the
	// port's "rts" line, which turns it on while high, or "rts-low", while low.
	Transmitter string `yaml:"transmitter"`
	Echo        bool   `yaml:"echo"` // the adapter hears what it sends
}

// Board is what carries lines beside the GPIO chip: a lock board on an RS-485 line, or an expander on I²C.
type Board struct {
	Name    string `yaml:"name"`    // by which slots refer to it: the third lock of "left" is "left:3"
	Kind    string `yaml:"kind"`    // "8a", "cu16", "waveshare" or "mcp23017"
	Bus     string `yaml:"bus"`     // name of the RS-485 line, or /dev/i2c-1
	Address int    `yaml:"address"` // 8a: 1–255, cu16: 0–15, waveshare: 1–247, mcp23017: 0x20–0x27
	// RelayActiveLow says that the expander's relays pull in when their pin is low.
	RelayActiveLow bool `yaml:"relay_active_low"`
	// SwitchActiveLow says that the state 0 (on an 8a: 00) is a shut door; otherwise 1 (on an 8a: 11) is.
	SwitchActiveLow bool `yaml:"switch_active_low"`
}

// Line is where the line of a slot is.
type Line struct {
	Board string // a board's name; empty is the GPIO chip, "led" an LED of the kernel
	Pin   string // name or offset on the GPIO chip; number from 1 on a lock board; A0–B7 on an MCP23017; the LED's name
}

// LED is the board's name in a line that is an LED of the kernel, whose trigger times the pulse.
const LED = "led"

// ParseLine reads "GPIO16", "16", "left:3", "expander:B7" or "led:slot3".
func ParseLine(text string) Line {
	if board, pin, ok := strings.Cut(text, ":"); ok {
		return Line{board, pin}
	}
	return Line{Pin: text}
}

// Board returns the board of that name.
func (c *Cabinet) Board(name string) (Board, bool) {
	i := slices.IndexFunc(c.Boards, func(b Board) bool { return b.Name == name })
	if i < 0 {
		return Board{}, false
	}
	return c.Boards[i], true
}

// Expander is the kind of board whose pins are relays or switches as slots use them.
const Expander = "mcp23017"

// family is what a kind of board can be given.
type family struct {
	least, most int            // address
	pin         *regexp.Regexp // of a relay or switch
	pins        string         // in words
}

var families = map[string]family{
	"8a":        {1, 255, regexp.MustCompile(`^([1-9]|[1-4][0-9]|50)$`), "a lock from 1 to 50"},
	"cu16":      {0, 15, regexp.MustCompile(`^([1-9]|1[0-6])$`), "a lock from 1 to 16"},
	"waveshare": {1, 247, regexp.MustCompile(`^([1-9]|[12][0-9]|3[0-2])$`), "a relay or input from 1 to 32"},
	Expander:    {0x20, 0x27, regexp.MustCompile(`^[AB][0-7]$`), "a pin from A0 to A7 or B0 to B7"},
}

var (
	i2cBus  = regexp.MustCompile(`^/dev/i2c-[0-9]{1,3}$`)
	ledName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$`)
	bauds   = []int{0, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200}
)

// checkBoards finds lines and boards that cannot be, and boards that would answer at the same time.
func (c *Cabinet) checkBoards(d *document) {
	if c.Hardware == "sandbox" && len(c.RS485)+len(c.Boards) > 0 {
		d.problem("boards", "the sandbox has no boards; remove boards and rs485")
		return
	}
	names, ports := map[string]bool{}, map[string]string{c.Fingerprint.Port: "fingerprint.port", c.Console.Port: "console.port"}
	for i, line := range c.RS485 {
		key := fmt.Sprintf("rs485[%d]", i)
		d.unique(key+".name", line.Name, names)
		d.given(key+".port", line.Port, "the serial device, for example /dev/lockerd/locks")
		if other, twice := ports[line.Port]; twice && line.Port != "" {
			d.problem(key+".port", "is %s too; a serial port serves one purpose", other)
		}
		ports[line.Port] = key + ".port"
		c.checkLineOptions(d, key, line)
	}
	names, taken, carried := map[string]bool{LED: true}, map[string]string{}, map[string]string{}
	for i, b := range c.Boards {
		key := fmt.Sprintf("boards[%d]", i)
		d.unique(key+".name", b.Name, names)
		f, known := families[b.Kind]
		if !known {
			d.problem(key+".kind", "is %q; choose among 8a, cu16, waveshare, mcp23017", b.Kind)
			continue
		}
		if b.Address < f.least || b.Address > f.most {
			d.problem(key+".address", "is %d; write a number from %d to %d, as the board's switches are set", b.Address, f.least, f.most)
		}
		place := fmt.Sprintf("%s %d", b.Bus, b.Address)
		if other, twice := taken[place]; twice {
			d.problem(key+".address", "is the address of %s on the same bus, and both would answer at once; give each its own", other)
		}
		taken[place] = key
		c.checkBus(d, key, b, carried)
	}
}

func (c *Cabinet) checkLineOptions(d *document, key string, line RS485) {
	if !slices.Contains(bauds, line.Baud) {
		d.problem(key+".baud", "is %d; write the boards' speed, for example 9600", line.Baud)
	}
	if line.Timeout != 0 {
		d.between(key+".timeout", line.Timeout, 20*time.Millisecond, 4*time.Second)
	}
	if line.Gap != 0 {
		d.between(key+".gap", line.Gap, time.Millisecond, 500*time.Millisecond)
	}
	if line.Transmitter != "" {
		d.oneOf(key+".transmitter", line.Transmitter, "adapter", "rts", "rts-low")
	}
}

// checkBus checks what a board is on. Carried collects the kind of boards on each RS-485 line: the frames of
// one kind could be an unlock to another.
func (c *Cabinet) checkBus(d *document, key string, b Board, carried map[string]string) {
	if b.Kind == Expander {
		d.matches(key+".bus", b.Bus, i2cBus, "the I²C bus, for example /dev/i2c-1")
		return
	}
	if b.RelayActiveLow {
		d.problem(key+".relay_active_low", "is for an expander's pins; a lock board switches its coils itself: remove it")
	}
	if b.Kind == "waveshare" && c.Lock.Pulse%(100*time.Millisecond) != 0 {
		d.problem("lock.pulse", "is %v; a Waveshare board times its pulses in steps of 100ms", c.Lock.Pulse)
	}
	if !slices.ContainsFunc(c.RS485, func(line RS485) bool { return line.Name == b.Bus }) {
		d.problem(key+".bus", "is %q; write the name of a line below rs485", b.Bus)
		return
	}
	if other, mixed := carried[b.Bus]; mixed && other != b.Kind {
		d.problem(key+".kind", "is %s on a line of %s boards, which could take its frames for their own; give each kind its own line", b.Kind, other)
	}
	carried[b.Bus] = b.Kind
}

// unique checks a name that others refer to.
func (d *document) unique(key, name string, names map[string]bool) {
	d.matches(key, name, plainName, "a short name of a–z, 0–9 and -")
	if names[name] {
		d.problem(key, "%q has another meaning already; choose another name", name)
	}
	names[name] = true
}

// The purposes of lines.
const (
	aRelay  = "relay"
	aSwitch = "switch"
	aTouch  = "touch"
	aSiren  = "siren"
	aKey    = "key"
)

// checkBoardLine checks a line that is not on the GPIO chip. Lines collects them all, as for checkLine; on a
// lock board a relay and a switch of one number are two things.
func (c *Cabinet) checkBoardLine(d *document, key, purpose string, line Line, lines map[string]string) {
	name := line.Board + ":" + line.Pin
	if line.Board == LED {
		if purpose != aRelay {
			d.problem(key, "is an LED of the kernel, which is for relays alone; write another line")
		} else if !ledName.MatchString(line.Pin) {
			d.problem(key, "is %q; write led: and the LED's name in /sys/class/leds", name)
		}
	} else if b, ok := c.Board(line.Board); !ok {
		d.problem(key, "names board %q, which is not below boards", line.Board)
	} else if f := families[b.Kind]; f.pin != nil && !f.pin.MatchString(line.Pin) {
		d.problem(key, "is %q; write %s and %s", name, line.Board+":", f.pins)
	} else if b.Kind != Expander && purpose == aSiren {
		d.problem(key, "is on a lock board, which switches nothing on for long; write a line of the GPIO chip or an expander")
	} else if b.Kind != Expander && purpose == aTouch {
		d.problem(key, "is on a lock board, which cannot be asked often enough; write a line of the GPIO chip")
	} else if b.Kind != Expander {
		name = purpose + " " + name
	}
	if other, twice := lines[name]; twice {
		d.problem(key, "line %s is used by %s already; each line serves one purpose", name, other)
	}
	lines[name] = key
}

// Number returns the number of a line on a lock board; 0 for other lines.
func (l Line) Number() int {
	n, err := strconv.Atoi(l.Pin)
	if err != nil {
		return 0
	}
	return n
}
