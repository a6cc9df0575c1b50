package kerneltest

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"
)

const (
	simulators = "/sys/kernel/config/gpio-sim"
	tracing    = "/sys/kernel/tracing"
)

// Chip is a simulated GPIO chip.
type Chip struct {
	Name  string // for example gpiochip1
	Label string

	device string // folder in configfs; empty for the board's chip
	lines  string // folder of the lines' attributes
	first  int    // the kernel's number of line 0, as in traces
}

// NewChip plugs in a chip with named lines, which are pulled down until Pull, and begins a trace.
func NewChip(t testing.TB, label string, names ...string) *Chip {
	t.Helper()
	Need(t)
	device := folder(t, simulators, label)
	bank := folder(t, device, "bank")
	Write(t, label, bank, "label")
	Write(t, strconv.Itoa(len(names)), bank, "num_lines")
	for i, name := range names {
		Write(t, name, folder(t, bank, fmt.Sprint("line", i)), "name")
	}
	Write(t, "1", device, "live")

	c := &Chip{Name: read(t, bank, "chip_name"), Label: label, device: device}
	t.Cleanup(func() { c.Unplug(t) })
	c.watch(t, filepath.Join("/sys/devices/platform", read(t, device, "dev_name"), c.Name))
	return c
}

// Board returns the chip of the test kernel's device tree (scripts/uml/board.dts), and begins a trace.
func Board(t testing.TB) *Chip {
	t.Helper()
	Need(t)
	found, err := filepath.Glob("/sys/devices/platform/simulator/gpiochip*/sim_gpio0")
	if err != nil || len(found) != 1 {
		t.Fatalf("the device tree's board is not there: %v, %v", found, err)
	}
	lines := filepath.Dir(found[0])
	c := &Chip{Name: filepath.Base(lines), Label: "board"}
	c.watch(t, lines)
	return c
}

// Unplug removes a chip of NewChip before the test ends.
func (c *Chip) Unplug(t testing.TB) {
	t.Helper()
	if c.device == "" {
		return
	}
	Write(t, "0", c.device, "live")
	for _, pattern := range []string{"bank/line*", "bank", ""} {
		dirs, _ := filepath.Glob(filepath.Join(c.device, pattern))
		for _, dir := range dirs {
			if err := os.Remove(dir); err != nil {
				t.Error(err)
			}
		}
	}
	c.device = ""
}

// watch finds the chip's numbers and begins the trace anew.
func (c *Chip) watch(t testing.TB, lines string) {
	t.Helper()
	c.lines = lines
	number := regexp.MustCompile(`(?m)^` + c.Name + `: GPIOs (\d+)-`).FindStringSubmatch(read(t, "/sys/kernel/debug/gpio"))
	if number == nil {
		t.Fatalf("the kernel does not tell the numbers of %s", c.Name)
	}
	c.first, _ = strconv.Atoi(number[1])
	Write(t, "mono", tracing, "trace_clock")
	Write(t, "1", tracing, "events/gpio/enable")
	Write(t, "", tracing, "trace")
}

// Pull moves a line from outside, as a switch does, or sets what a resistor on the board holds it at.
func (c *Chip) Pull(t testing.TB, line int, high bool) {
	t.Helper()
	pull := "pull-down"
	if high {
		pull = "pull-up"
	}
	Write(t, pull, c.lines, fmt.Sprint("sim_gpio", line), "pull")
}

// Level is what a meter on the line would show now.
func (c *Chip) Level(t testing.TB, line int) bool {
	t.Helper()
	return read(t, c.lines, fmt.Sprint("sim_gpio", line), "value") == "1"
}

// Edge is a level that was driven, which may be the one that the line had.
type Edge struct {
	Line int
	High bool
	At   time.Duration // of CLOCK_MONOTONIC
}

// value is a line of the trace, such as "lock.test-31 [000] ..... 1.234567: gpio_value: 508 set 1".
var value = regexp.MustCompile(`(\d+)\.(\d{6}): gpio_value: (\d+) set (\d)`)

// Driven returns every level that was driven on this chip since the trace began, in order.
func (c *Chip) Driven(t testing.TB) []Edge {
	t.Helper()
	f, err := os.Open(filepath.Join(tracing, "trace"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var edges []Edge
	for s := bufio.NewScanner(f); s.Scan(); {
		m := value.FindStringSubmatch(s.Text())
		if m == nil {
			continue
		}
		at, err := time.ParseDuration(m[1] + "s" + m[2] + "us")
		if err != nil {
			t.Fatal(err)
		}
		if number, _ := strconv.Atoi(m[3]); number >= c.first && number < c.first+c.count() {
			edges = append(edges, Edge{Line: number - c.first, High: m[4] == "1", At: at})
		}
	}
	return edges
}

// Levels is what was driven on one line, in order.
func (c *Chip) Levels(t testing.TB, line int) []bool {
	t.Helper()
	var levels []bool
	for _, e := range c.Driven(t) {
		if e.Line == line {
			levels = append(levels, e.High)
		}
	}
	return levels
}

func (c *Chip) count() int {
	lines, _ := filepath.Glob(filepath.Join(c.lines, "sim_gpio*"))
	return len(lines)
}
