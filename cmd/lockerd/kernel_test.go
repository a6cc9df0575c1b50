package main

import (
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	periph "periph.io/x/conn/v3/gpio"

	"lockerd/configs"
	"lockerd/drivers/gpio"
	"lockerd/drivers/kerneltest"
)

// wired is a cabinet of two slots on a chip of the test kernel: relays on lines 0 and 1, switches on 2 and 3,
// which are low while their doors are shut.
func wired(t *testing.T, activeLow bool, more string) (settings string, chip *kerneltest.Chip) {
	t.Helper()
	kerneltest.Need(t)
	chip = kerneltest.NewChip(t, "cabinet", "slot1", "slot2", "door1", "door2")
	chip.Pull(t, 0, activeLow)
	chip.Pull(t, 1, activeLow)
	settings = filepath.Join(t.TempDir(), "cabinet.yaml")
	text := fmt.Sprintf(`name: Kernel
dir: %s
gpio: {chip: cabinet, relay_active_low: %v, debounce: 0s}
lock: {pulse: 50ms, gap: 0s}
kiosk: {listen: "127.0.0.1:0"}
slots:
  - {number: 1, size: small, relay: slot1, switch: door1}
  - {number: 2, size: small, relay: slot2, switch: door2}
%s`, t.TempDir(), activeLow, more)
	if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return settings, chip
}

// lockerd starts the real program as a process of its own, whose words go to the file log.
func lockerd(t *testing.T, settings string, args ...string) (command *exec.Cmd, log string) {
	t.Helper()
	log = filepath.Join(t.TempDir(), "log")
	file, err := os.Create(log)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command = exec.Command(self, append(args, "-config", settings)...)
	command.Env, command.Stdout, command.Stderr = append(os.Environ(), asProgram+"=1"), file, file
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	return command, log
}

// runs waits until the program that writes to log says that the cabinet runs.
func runs(t *testing.T, log string) {
	t.Helper()
	said := func() string { text, _ := os.ReadFile(log); return string(text) }
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("lockerd said: %s", said())
		}
	})
	kerneltest.Until(t, "the cabinet runs", func() bool { return strings.Contains(said(), "the cabinet runs") })
}

// undriven fails where a relay was ever driven from its rest.
func undriven(t *testing.T, chip *kerneltest.Chip, line int, activeLow bool, when string) {
	t.Helper()
	if levels := chip.Levels(t, line); slices.Contains(levels, !activeLow) {
		t.Errorf("%s: relay %d was driven %v", when, line+1, levels)
	}
	if chip.Level(t, line) != activeLow {
		t.Errorf("%s: relay %d is on", when, line+1)
	}
}

// The real program on real lines: not one edge of a relay when it starts, when it is stopped, when it is killed,
// and when `lockerd release` comes after it, in both polarities.
func TestKernelNoEdgeAtStartStopOrCrash(t *testing.T) {
	kerneltest.Need(t)
	if out, err := exec.Command("/bin/busybox", "ifconfig", "lo", "up").CombinedOutput(); err != nil {
		t.Fatalf("the loopback interface stays down: %v: %s", err, out)
	}
	for _, activeLow := range []bool{false, true} {
		settings, chip := wired(t, activeLow, "")
		for _, end := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
			p, log := lockerd(t, settings, "run")
			runs(t, log)
			if err := p.Process.Signal(end); err != nil {
				t.Fatal(err)
			}
			if err := p.Wait(); (err == nil) != (end == syscall.SIGTERM) {
				text, _ := os.ReadFile(log)
				t.Errorf("after %v it ended with %v\n%s", end, err, text)
			}
			for line := range 2 {
				undriven(t, chip, line, activeLow, fmt.Sprintf("active low %v, after %v", activeLow, end))
			}
		}
		p, log := lockerd(t, settings, "release")
		if err := p.Wait(); err != nil {
			text, _ := os.ReadFile(log)
			t.Errorf("release: %v\n%s", err, text)
		}
		for line := range 2 {
			undriven(t, chip, line, activeLow, fmt.Sprintf("active low %v, after release", activeLow))
			if len(chip.Levels(t, line)) < 3 {
				t.Errorf("relay %d was requested less often than the program started, so the trace sees nothing", line+1)
			}
		}
		chip.Unplug(t)
	}
}

// The trap in which slot 0's door opened when slot 1's was asked for: a chip with two names, and a line that is
// busy. Here the start fails with a clear error, nothing is driven, and later each slot opens its own door.
func TestKernelBusyLineNeverOpensAnotherDoor(t *testing.T) {
	settings, chip := wired(t, false, "")
	if err := os.Symlink(chip.Name, "/dev/gpiochip40"); err != nil {
		t.Fatal(err)
	}
	defer os.Remove("/dev/gpiochip40")
	cfg, err := configs.Load(settings)
	if err != nil {
		t.Fatal(err)
	}
	o := opener{cfg: cfg, log: slog.New(slog.DiscardHandler)}
	other, err := gpio.OpenOut(gpio.Line{Name: "slot2", Consumer: "somebody else"}, periph.Low)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.open(); err == nil || !strings.Contains(err.Error(), "relay of slot 2") || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a busy line: %v", err)
	}
	faults := ""
	for _, c := range (doctor{cfg, thisMachine()}).checkLines() {
		if !c.OK {
			faults += c.Name + ": " + c.Detail + "\n"
		}
	}
	if faults != "relay 2: slot2 is held by \"somebody else\"\n" {
		t.Errorf("the doctor finds %q", faults)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	h, err := o.open()
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	if err := h.doors[2].Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	if levels := chip.Levels(t, 1); !slices.Contains(levels, true) {
		t.Errorf("slot 2 was driven %v", levels)
	}
	undriven(t, chip, 0, false, "slot 2 was asked for")
}

// A line that is not there, or on the wrong chip, is an error that names the slot and the line.
func TestKernelWrongLineName(t *testing.T) {
	for _, tt := range []struct{ old, new, want string }{
		{"relay: slot2", "relay: slot22", "cannot open the relay of slot 2: cannot find GPIO line cabinet/slot22"},
		{"switch: door1", `switch: "9"`, "cannot open the door switch of slot 1: cannot find GPIO line cabinet/9"},
		{"chip: cabinet", "chip: pinctrl-bcm2711", "cannot find GPIO line pinctrl-bcm2711/slot1"},
	} {
		settings, chip := wired(t, false, "")
		text, err := os.ReadFile(settings)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(settings, []byte(strings.Replace(string(text), tt.old, tt.new, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, err := configs.Load(settings)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := (opener{cfg: cfg, log: slog.New(slog.DiscardHandler)}).open(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.new, err, tt.want)
		}
		for line := range 2 {
			undriven(t, chip, line, false, tt.new)
		}
		chip.Unplug(t)
	}
}
