package gpio_test

import (
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	periph "periph.io/x/conn/v3/gpio"

	"lockerd/drivers/gpio"
	"lockerd/drivers/kerneltest"
)

// An output's first level stands in the request: the trace shows no other level before it, and after Close the
// line is where the board's resistor holds it.
func TestKernelOutputHasNoStrayEdge(t *testing.T) {
	kerneltest.Need(t)
	for name, test := range map[string]struct {
		activeLow bool
		first     periph.Level
		want      []bool // of the wire
	}{
		"active high, begins off": {false, periph.Low, []bool{false, true, false}},
		"active low, begins off":  {true, periph.Low, []bool{true, false, true}},
		"active high, begins on":  {false, periph.High, []bool{true, true, false}},
		"active low, begins on":   {true, periph.High, []bool{false, false, true}},
	} {
		t.Run(name, func(t *testing.T) {
			chip := kerneltest.NewChip(t, "relays", "slot1", "slot2")
			chip.Pull(t, 1, test.activeLow)
			out, err := gpio.OpenOut(gpio.Line{Chip: "relays", Name: "slot2", ActiveLow: test.activeLow}, test.first)
			if err != nil {
				t.Fatal(err)
			}
			for _, level := range []periph.Level{periph.High, periph.Low} {
				if err := out.Out(level); err != nil {
					t.Fatal(err)
				}
				if got := chip.Level(t, 1); got != (bool(level) != test.activeLow) {
					t.Errorf("after Out(%v) the wire is %v", level, got)
				}
			}
			if err := out.Close(); err != nil {
				t.Error(err)
			}
			if got := chip.Levels(t, 1); !slices.Equal(got, test.want) {
				t.Errorf("the wire was driven %v, want %v", got, test.want)
			}
			if chip.Level(t, 1) != test.activeLow {
				t.Error("the relay is on after Close")
			}
			if other := chip.Levels(t, 0); other != nil {
				t.Errorf("the other line was driven %v", other)
			}
		})
	}
}

func TestKernelFindsLine(t *testing.T) {
	kerneltest.NewChip(t, "relays", "slot1", "slot2", "twice")
	switches := kerneltest.NewChip(t, "switches", "door1", "twice")
	for name, test := range map[string]struct {
		line   gpio.Line
		number int // on its chip; -1 where there is none
		says   string
	}{
		"name alone":        {gpio.Line{Name: "slot2"}, 1, ""},
		"label and name":    {gpio.Line{Chip: "switches", Name: "twice"}, 1, ""},
		"label and offset":  {gpio.Line{Chip: "relays", Offset: 2}, 2, ""},
		"chip and offset":   {gpio.Line{Chip: switches.Name, Offset: 1}, 1, ""},
		"other chip's name": {gpio.Line{Chip: "relays", Name: "door1"}, -1, "no such GPIO line"},
		"on two chips":      {gpio.Line{Name: "twice"}, -1, "it is on each of"},
		"offset too high":   {gpio.Line{Chip: "relays", Offset: 3}, -1, "no such GPIO line"},
	} {
		in, err := gpio.OpenIn(test.line, periph.PullNoChange)
		switch {
		case test.number >= 0 && err != nil:
			t.Errorf("%s: %v", name, err)
		case test.number >= 0 && in.Number() != test.number:
			t.Errorf("%s: line %d, want %d", name, in.Number(), test.number)
		case test.number < 0 && (!errors.Is(err, gpio.ErrNoLine) || !strings.Contains(err.Error(), test.says)):
			t.Errorf("%s: %v, want %q", name, err, test.says)
		}
		if err == nil {
			in.Close()
		}
	}
}

// A line that another program holds is an error by name, changes no other line, and can be opened afterwards.
// (A driver that goes on with file descriptor 0 after EBUSY opens the wrong door.)
func TestKernelBusyLineOpensNoOther(t *testing.T) {
	chip := kerneltest.NewChip(t, "relays", "slot1", "slot2")
	first, err := gpio.OpenOut(gpio.Line{Name: "slot1"}, periph.Low)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	holder, err := gpio.OpenOut(gpio.Line{Name: "slot2", Consumer: "another program"}, periph.Low)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := gpio.OpenOut(gpio.Line{Name: "slot2"}, periph.Low); !errors.Is(err, gpio.ErrBusy) || !strings.Contains(err.Error(), "slot2") {
		t.Fatalf("%v, %v; want %v of slot2", out, err, gpio.ErrBusy)
	}
	holder.Close()
	second, err := gpio.OpenOut(gpio.Line{Name: "slot2"}, periph.Low)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if err := second.Out(periph.High); err != nil {
		t.Fatal(err)
	}
	if got := chip.Levels(t, 0); !slices.Equal(got, []bool{false}) {
		t.Errorf("slot 1 was driven %v while slot 2 was asked for", got)
	}
	if !chip.Level(t, 1) {
		t.Error("slot 2 is not driven")
	}
}

// To look at a line disturbs nothing, and says who has it.
func TestKernelInspect(t *testing.T) {
	chip := kerneltest.NewChip(t, "relays", "slot1", "slot2")
	out, err := gpio.OpenOut(gpio.Line{Name: "slot2", Consumer: "lockerd relay 2"}, periph.Low)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	for name, want := range map[string]gpio.Info{
		"slot1": {Chip: chip.Name, Offset: 0}, "slot2": {Chip: chip.Name, Offset: 1, Used: true, Consumer: "lockerd relay 2"},
	} {
		if got, err := gpio.Inspect(gpio.Line{Name: name}); err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, want)
		}
	}
	if _, err := gpio.Inspect(gpio.Line{Name: "slot3"}); !errors.Is(err, gpio.ErrNoLine) {
		t.Errorf("a line that is not there: %v", err)
	}
	if driven := chip.Levels(t, 0); driven != nil {
		t.Errorf("a line that was looked at was driven %v", driven)
	}
}

// Raspberry Pi OS links gpiochip4 to gpiochip0: one chip with two names is one chip, and file descriptor 0 stays.
func TestKernelChipWithTwoNames(t *testing.T) {
	chip := kerneltest.NewChip(t, "relays", "slot1")
	link := "/dev/gpiochip40"
	if err := os.Symlink(chip.Name, link); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(link)
	var before, after syscall.Stat_t
	if err := syscall.Fstat(0, &before); err != nil {
		t.Fatal(err)
	}
	out, err := gpio.OpenOut(gpio.Line{Name: "slot1"}, periph.Low)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if err := out.Out(periph.High); err != nil || !chip.Level(t, 0) {
		t.Errorf("%v, slot 1 is %v", err, chip.Level(t, 0))
	}
	if err := syscall.Fstat(0, &after); err != nil || before.Ino != after.Ino {
		t.Errorf("file descriptor 0 is another file now: %v", err)
	}
}

func TestKernelInput(t *testing.T) {
	kerneltest.Need(t)
	for name, activeLow := range map[string]bool{"active high": false, "active low": true} {
		t.Run(name, func(t *testing.T) {
			chip := kerneltest.NewChip(t, "switches", "door1")
			in, err := gpio.OpenIn(gpio.Line{Name: "door1", ActiveLow: activeLow}, periph.PullNoChange)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { in.Close() })
			for _, high := range []bool{true, false, true} {
				chip.Pull(t, 0, high)
				if got, err := in.ReadLevel(); err != nil || bool(got) != (high != activeLow) {
					t.Errorf("the wire is %v: read %v, %v", high, got, err)
				}
				if !in.WaitForEdge(10 * time.Second) {
					t.Errorf("no edge when the wire went %v", high)
				}
			}
			if driven := chip.Driven(t); driven != nil {
				t.Errorf("an input was driven: %v", driven)
			}
		})
	}
}

func TestKernelChosenEdge(t *testing.T) {
	chip := kerneltest.NewChip(t, "switches", "door1")
	in, err := gpio.OpenIn(gpio.Line{Name: "door1"}, periph.PullDown)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if err := in.In(periph.PullDown, periph.FallingEdge); err != nil {
		t.Fatal(err)
	}
	chip.Pull(t, 0, true)
	if in.WaitForEdge(50 * time.Millisecond) {
		t.Error("a rising edge counts as a falling one")
	}
	chip.Pull(t, 0, false)
	if !in.WaitForEdge(10 * time.Second) {
		t.Error("the falling edge is missing")
	}
}

// A contact that bounces within the debounce time and ends where it began is no edge; one that stays is one.
func TestKernelDebounce(t *testing.T) {
	chip := kerneltest.NewChip(t, "switches", "door1")
	in, err := gpio.OpenIn(gpio.Line{Name: "door1", Debounce: 300 * time.Millisecond}, periph.PullNoChange)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	for range 5 {
		chip.Pull(t, 0, true)
		chip.Pull(t, 0, false)
	}
	if in.WaitForEdge(600 * time.Millisecond) {
		t.Error("bouncing counts as an edge")
	}
	chip.Pull(t, 0, true)
	if !in.WaitForEdge(10 * time.Second) {
		t.Error("the edge is missing after the debounce time")
	}
}

// A program that dies while its relays are off leaves them off, in both polarities.
func TestKernelCrashHasNoEdge(t *testing.T) {
	if name := os.Getenv("GPIO_CRASH"); name != "" {
		if _, err := gpio.OpenOut(gpio.Line{Name: name, ActiveLow: name == "low"}, periph.Low); err != nil {
			t.Fatal(err)
		}
		syscall.Kill(syscall.Getpid(), syscall.SIGKILL)
	}
	chip := kerneltest.NewChip(t, "relays", "high", "low")
	for line, name := range []string{"high", "low"} {
		off := name == "low"
		chip.Pull(t, line, off)
		child := exec.Command(os.Args[0], "-test.run=^TestKernelCrashHasNoEdge$")
		child.Env = append(os.Environ(), "GPIO_CRASH="+name)
		if out, err := child.CombinedOutput(); err == nil || !strings.Contains(err.Error(), "killed") {
			t.Fatalf("the child did not die as it should: %v\n%s", err, out)
		}
		if got := chip.Levels(t, line); !slices.Equal(got, []bool{off}) {
			t.Errorf("active %s: driven %v, want %v alone", name, got, off)
		}
		if chip.Level(t, line) != off {
			t.Errorf("active %s: the relay is on after the crash", name)
		}
	}
}
