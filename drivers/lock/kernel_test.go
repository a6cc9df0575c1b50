package lock_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	periph "periph.io/x/conn/v3/gpio"

	"lockerd/drivers/gpio"
	"lockerd/drivers/kerneltest"
	"lockerd/drivers/lock"
)

// relayOn opens a relay line with its coil off.
func relayOn(t *testing.T, name string, activeLow bool) *gpio.Out {
	t.Helper()
	out, err := gpio.OpenOut(gpio.Line{Name: name, ActiveLow: activeLow}, periph.Low)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.Close() })
	return out
}

// One door of relay and switch, in every polarity: one pulse, and the switch tells of the door.
func TestKernelDoor(t *testing.T) {
	kerneltest.Need(t)
	for _, activeLow := range []bool{false, true} {
		for _, shutHigh := range []bool{false, true} {
			t.Run(fmt.Sprintf("relay active low %v, switch shut high %v", activeLow, shutHigh), func(t *testing.T) {
				chip := kerneltest.NewChip(t, "cabinet", "relay", "switch")
				chip.Pull(t, 0, activeLow)
				chip.Pull(t, 1, shutHigh)
				door, err := gpio.OpenIn(gpio.Line{Name: "switch"}, periph.PullNoChange)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { door.Close() })
				const pulse = 30 * time.Millisecond
				l, err := lock.New(lock.Config{Relay: relayOn(t, "relay", activeLow), Pulse: pulse, Switch: door, ShutLevel: periph.Level(shutHigh)})
				if err != nil {
					t.Fatal(err)
				}
				shut(t, l, true)
				if err := l.Open(t.Context()); err != nil {
					t.Fatal(err)
				}
				chip.Pull(t, 1, !shutHigh)
				if err := l.WaitOpen(t.Context()); err != nil {
					t.Error(err)
				}
				shut(t, l, false)
				chip.Pull(t, 1, shutHigh)
				if err := l.WaitShut(t.Context()); err != nil {
					t.Error(err)
				}
				pulses := coilPulses(t, chip, 0, activeLow)
				if len(pulses) != 1 || pulses[0].length < pulse || pulses[0].length > lock.MaxPulse {
					t.Errorf("pulses %v, want one of %v", pulses, pulse)
				}
			})
		}
	}
}

func shut(t *testing.T, l *lock.Lock, want bool) {
	t.Helper()
	if got, err := l.Shut(); err != nil || got != want {
		t.Errorf("shut is %v, %v; want %v", got, err, want)
	}
}

// pulse is a time in which a coil was on.
type pulse struct{ start, length time.Duration }

// coilPulses are the pulses of a line in the kernel's trace. A coil that is still on is a fault.
func coilPulses(t *testing.T, chip *kerneltest.Chip, line int, activeLow bool) []pulse {
	t.Helper()
	var pulses []pulse
	on, since := false, time.Duration(0)
	for _, e := range chip.Driven(t) {
		if e.Line != line || (e.High != activeLow) == on {
			continue
		}
		if on = !on; on {
			since = e.At
		} else {
			pulses = append(pulses, pulse{since, e.At - since})
		}
	}
	if on {
		t.Errorf("line %d: the coil is still on", line)
	}
	return pulses
}

// Three doors that are asked for at once: never two coils on, and the gap between them is kept.
func TestKernelOneCoilAtATime(t *testing.T) {
	chip := kerneltest.NewChip(t, "cabinet", "slot1", "slot2", "slot3")
	const gap = 20 * time.Millisecond
	bank := lock.NewBank(gap, 1)
	var opening sync.WaitGroup
	for i := range 3 {
		l, err := lock.New(lock.Config{Relay: relayOn(t, fmt.Sprint("slot", i+1), false), Pulse: 20 * time.Millisecond, Bank: bank})
		if err != nil {
			t.Fatal(err)
		}
		opening.Go(func() {
			if err := l.Open(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	opening.Wait()
	var pulses []pulse
	for i := range 3 {
		pulses = append(pulses, coilPulses(t, chip, i, false)...)
	}
	slices.SortFunc(pulses, func(a, b pulse) int { return int(a.start - b.start) })
	if len(pulses) != 3 {
		t.Fatalf("pulses %v", pulses)
	}
	for i := range 2 {
		// The trace has microseconds, so a gap may look 2 µs short.
		if between := pulses[i+1].start - pulses[i].start - pulses[i].length; between < gap-2*time.Microsecond {
			t.Errorf("gap of %v between two coils, want %v", between, gap)
		}
	}
}

// pulseAsChild is the other side of the tests that kill: this process pulses one lock and is killed meanwhile.
func pulseAsChild(t *testing.T, coil string, length time.Duration) {
	c := lock.Config{Pulse: length}
	if _, err := os.Stat(coil); err == nil {
		if c.Coil, err = lock.NewLED(coil); err != nil {
			t.Fatal(err)
		}
	} else {
		c.Relay = relayOn(t, coil, false)
	}
	l, err := lock.New(c)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("ready")
	io.ReadFull(os.Stdin, make([]byte, 1))
	if err := l.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	select {} // until it is killed
}

// child starts this test again as a process of its own, which pulses the coil when it is told to.
func child(t *testing.T, coil string) (process *exec.Cmd, begin func()) {
	t.Helper()
	process = exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	process.Env = append(os.Environ(), "LOCK_PULSE="+coil)
	in, err := process.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	said := make([]byte, len("ready\n"))
	if _, err := io.ReadFull(out, said); err != nil || string(said) != "ready\n" {
		rest, _ := io.ReadAll(out)
		t.Fatalf("the child is not ready: %v: %s%s", err, said, rest)
	}
	return process, func() { in.Write([]byte{'\n'}) }
}

// kill ends a child at once and returns when it is gone.
func kill(t *testing.T, process *exec.Cmd) {
	t.Helper()
	if err := process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	process.Wait()
}

// monotonic is the clock of the kernel's trace.
func monotonic(t *testing.T) time.Duration {
	t.Helper()
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		t.Fatal(err)
	}
	return time.Duration(now.Nano())
}

// A pulse that this program times, killed at 100 random moments: a kernel that gives a dead program's lines back
// (mainline, and a Raspberry Pi with dtparam=strict_gpiod) switches the coil off with the program. The test says
// how long that took. A Raspberry Pi without that setting keeps the level: there `lockerd release`, which systemd
// runs after the program, is what switches off, and a lock that the kernel or a board times is the better one.
func TestKernelKilledInSoftwarePulse(t *testing.T) {
	const length = 60 * time.Millisecond
	if coil := os.Getenv("LOCK_PULSE"); coil != "" {
		pulseAsChild(t, coil, length)
	}
	kerneltest.Need(t)
	var after, total []time.Duration
	for range 100 {
		chip := kerneltest.NewChip(t, "cabinet", "relay")
		process, begin := child(t, "relay")
		begin()
		kerneltest.Until(t, "the coil is on", func() bool { return len(chip.Levels(t, 0)) > 2 || chip.Level(t, 0) })
		time.Sleep(rand.N(length))
		ordered := monotonic(t)
		kill(t, process)
		gone := monotonic(t)
		if chip.Level(t, 0) {
			t.Fatal("the coil is on although its program is gone")
		}
		edges := chip.Driven(t)
		if last := edges[len(edges)-1]; last.High {
			after = append(after, gone-ordered)
			total = append(total, gone-last.At)
		}
		chip.Unplug(t)
	}
	if len(after) < 10 {
		t.Fatalf("%d of 100 kills hit a pulse, which is too few to say anything", len(after))
	}
	slices.Sort(after)
	slices.Sort(total)
	t.Logf("%d of 100 kills hit a pulse of %v; from kill to coil off: median %v, longest %v; coil on at most %v",
		len(after), length, after[len(after)/2], after[len(after)-1], total[len(total)-1])
	if longest := total[len(total)-1]; longest > lock.MaxPulse {
		t.Errorf("a coil was on for %v", longest)
	}
}

// kernelPulse is long beside the ticks of the kernel's clock: this kernel lets them pile up while the host is busy, and
// a pulse that begins and ends in one pile is never driven.
const kernelPulse = 300 * time.Millisecond

// A pulse that the kernel times, killed at random moments, in both polarities: the kernel ends it all the same.
func TestKernelKilledInKernelPulse(t *testing.T) {
	if coil := os.Getenv("LOCK_PULSE"); coil != "" {
		pulseAsChild(t, coil, kernelPulse)
	}
	kerneltest.Need(t)
	var lengths []time.Duration
	for i := range 20 {
		line, activeLow := i%2, i%2 == 1
		chip := kerneltest.Board(t)
		process, begin := child(t, fmt.Sprint("/sys/class/leds/slot", line+1))
		begin()
		kerneltest.Until(t, "the coil is on", func() bool { return slices.Contains(chip.Levels(t, line), !activeLow) })
		time.Sleep(rand.N(kernelPulse))
		kill(t, process)
		kerneltest.Until(t, "the coil is off", func() bool { return chip.Level(t, line) == activeLow })
		pulses := coilPulses(t, chip, line, activeLow)
		if len(pulses) != 1 {
			t.Fatalf("pulses %v, want one", pulses)
		}
		lengths = append(lengths, pulses[0].length)
	}
	slices.Sort(lengths)
	t.Logf("pulses of %v asked for: %v to %v, median %v", kernelPulse, lengths[0], lengths[len(lengths)-1], lengths[len(lengths)/2])
	if lengths[len(lengths)-1] > lock.MaxPulse {
		t.Errorf("a coil was on for %v", lengths[len(lengths)-1])
	}
}

// Doors behind the kernel's timer: one pulse for one Open, on its own line.
func TestKernelPulse(t *testing.T) {
	kerneltest.Need(t)
	for line, activeLow := range []bool{false, true} {
		chip := kerneltest.Board(t)
		coil, err := lock.NewLED(fmt.Sprint("/sys/class/leds/slot", line+1))
		if err != nil {
			t.Fatal(err)
		}
		// The trigger takes no shot before its dark time, a tick or two, is over.
		l, err := lock.New(lock.Config{Coil: coil, Pulse: kernelPulse, Bank: lock.NewBank(100*time.Millisecond, 1)})
		if err != nil {
			t.Fatal(err)
		}
		if chip.Level(t, line) != activeLow {
			t.Error("the coil is on before the first pulse")
		}
		for range 3 {
			if err := l.Open(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		kerneltest.Until(t, "the coil is off", func() bool { return chip.Level(t, line) == activeLow })
		pulses := coilPulses(t, chip, line, activeLow)
		if len(pulses) != 3 {
			t.Errorf("line %d: pulses %v, want three", line, pulses)
		}
		for other := range 4 {
			if other != line && len(coilPulses(t, chip, other, other == 1)) > 0 {
				t.Errorf("line %d was driven for line %d", other, line)
			}
		}
	}
	if _, err := lock.NewLED("/sys/class/leds/slot9"); !errors.Is(err, lock.ErrRelay) {
		t.Errorf("an LED that is not there: %v", err)
	}
}

// A shot that is fired while the dark phase of an earlier one lasts is taken by the kernel and drives nothing: the
// trace shows no second pulse, and the coil says that there was none.
func TestKernelShotInTheDarkPhase(t *testing.T) {
	kerneltest.Need(t)
	chip := kerneltest.Board(t)
	const dir = "/sys/class/leds/slot1"
	coil, err := lock.NewLED(dir)
	if err != nil {
		t.Fatal(err)
	}
	kerneltest.Write(t, "100", dir, "delay_on")
	kerneltest.Write(t, "2000", dir, "delay_off")
	kerneltest.Write(t, "1", dir, "shot")
	kerneltest.Until(t, "the pulse is over", func() bool { return slices.Contains(chip.Levels(t, 0), true) && !chip.Level(t, 0) })
	if err := coil.Pulse(t.Context(), kernelPulse); !errors.Is(err, lock.ErrNotPulsed) && !errors.Is(err, lock.ErrDoubt) {
		t.Errorf("a shot in the dark phase: %v", err) // a busy host makes it a doubt
	}
	if pulses := coilPulses(t, chip, 0, false); len(pulses) != 1 {
		t.Errorf("pulses %v, want the first alone", pulses)
	}
	kerneltest.Until(t, "a shot is taken again", func() bool { return coil.Pulse(t.Context(), kernelPulse) == nil })
	if err := coil.Off(); err != nil {
		t.Error(err)
	}
}
