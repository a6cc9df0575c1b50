package main

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// within waits until a check succeeds, and says how long that took.
func within(t *testing.T, what string, limit time.Duration, check func() error) time.Duration {
	t.Helper()
	begun := time.Now()
	if err := eventually(check); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	took := time.Since(begun)
	if took > limit {
		t.Errorf("%s took %v", what, took)
	}
	return took
}

// A keyboard that types 10,000 keys a second stops nobody: a finger opens its door meanwhile, and afterwards the
// keypad is a keypad. What it types is not kept.
func TestKeyboardThatTypesWithoutEnd(t *testing.T) {
	s := &story{rig: newRig(t), newest: map[string]string{}}
	if err := s.take("given ada, with a parcel in slot 1"); err != nil {
		t.Fatal(err)
	}
	box := s.d.hardware.box
	stop, ended := make(chan struct{}), make(chan int)
	go func() {
		typed, tick := 0, time.NewTicker(10*time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				box.Words("type " + strings.Repeat("3141592653", 10))
				typed += 100
			case <-stop:
				ended <- typed
				return
			}
		}
	}()
	end := sync.OnceValue(func() int { close(stop); return <-ended })
	defer end()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for _, step := range []string{"finger ada", "sees slot-open 1", "door 1 shut", "sees message", "tap ok", "sees home"} {
		if err := s.take(step); err != nil {
			t.Fatalf("%s: %v", step, err)
		}
	}
	t.Logf("%d keys were typed meanwhile", end())
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 64<<20 {
		t.Errorf("%d MiB more are in use", grown>>20)
	}
	for _, step := range []string{"type *00000000#", "sees refused not-recognised", "pulses 1:2"} {
		if err := s.take(step); err != nil {
			t.Fatalf("%s: %v", step, err)
		}
	}
}

// The star deletes what was typed; where nothing was, it shows whom to call, and then no longer.
func TestStarOfTheKeypad(t *testing.T) {
	s := &story{rig: newRig(t), newest: map[string]string{}}
	if err := s.on(); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		keys   string
		digits int
		help   bool
	}{{"3", 1, false}, {"*", 0, false}, {"*", 0, true}, {"*", 0, false}} {
		if _, err := s.d.hardware.box.Words("type " + step.keys); err != nil {
			t.Fatal(err)
		}
		err := eventually(func() error {
			if v, _ := s.screen.now(); v.Help != step.help || v.Digits != step.digits {
				return fmt.Errorf("help is shown: %v, digits: %d", v.Help, v.Digits)
			}
			return nil
		})
		if err != nil {
			t.Errorf("after %s: %v", step.keys, err)
		}
	}
}

// An unplugged module, keypad, scanner and console are noticed and taken up again; the log says how soon. The
// limits here are those of a starved machine.
func TestUnpluggedAndPluggedIn(t *testing.T) {
	r := newRig(t)
	if err := r.on(); err != nil {
		t.Fatal(err)
	}
	said := func(text string, times int) func() error {
		return func() error {
			if n := strings.Count(r.log.String(), text); n < times {
				return fmt.Errorf("%q stands %d times in the log, want %d", text, n, times)
			}
			return nil
		}
	}
	gone := func(yes bool) func() error {
		return func() error {
			if silent := r.d.controller.Silent(); (len(silent) > 0) != yes {
				return fmt.Errorf("silent are %v", silent)
			}
			return nil
		}
	}
	within(t, "the module answers at first", patience, said("fingerprint module answers", 1))
	for _, device := range []struct {
		name             string
		unplugged, ready func() error
	}{
		{"module", gone(true), gone(false)},
		{"keypad", said("keypad does not answer", 1), said("keypad is ready", 2)},
		{"scanner", said("barcode scanner does not answer", 1), said("barcode scanner is ready", 2)},
	} {
		if err := r.say("unplug " + device.name); err != nil {
			t.Fatal(err)
		}
		seen := within(t, device.name+" unplugged", 10*time.Second, device.unplugged)
		if err := r.say("plug " + device.name); err != nil {
			t.Fatal(err)
		}
		back := within(t, device.name+" plugged in", 20*time.Second, device.ready)
		t.Logf("%s: seen after %v, back after %v", device.name, seen.Round(time.Millisecond), back.Round(time.Millisecond))
	}
}
