package keypad_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/holoplot/go-evdev"

	"lockerd/drivers/kerneltest"
	"lockerd/drivers/keypad"
)

// plugged is a keypad of the kernel that a test types on.
type plugged struct {
	*evdev.InputDevice
	node string // for example /dev/input/event3
}

var codes = map[rune]evdev.EvCode{
	'0': evdev.KEY_KP0, '1': evdev.KEY_1, '2': evdev.KEY_KP2, '3': evdev.KEY_3, '4': evdev.KEY_NUMERIC_4,
	'#': evdev.KEY_KPENTER, '*': evdev.KEY_BACKSPACE, 'a': evdev.KEY_A, '^': evdev.KEY_LEFTSHIFT,
}

// plug plugs a keypad in and points link to it, as udev does with a path that does not change.
func plug(t *testing.T, link string) *plugged {
	t.Helper()
	kerneltest.Need(t)
	var keys []evdev.EvCode
	for _, code := range codes {
		keys = append(keys, code)
	}
	const name = "test keypad"
	device, err := evdev.CreateDevice(name, evdev.InputID{BusType: 3, Vendor: 1, Product: 1, Version: 1},
		map[evdev.EvType][]evdev.EvCode{evdev.EV_KEY: keys})
	if err != nil {
		t.Fatal(err)
	}
	p := &plugged{InputDevice: device}
	kerneltest.Until(t, "the keypad has a node", func() bool { p.node = nodeOf(name); return p.node != "" })
	os.Remove(link)
	if err := os.Symlink(p.node, link); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.unplug)
	return p
}

// nodeOf returns the node of the input device with that name; empty where there is none.
func nodeOf(name string) string {
	nodes, _ := filepath.Glob("/dev/input/event*")
	for _, node := range nodes {
		device, err := evdev.OpenWithFlags(node, os.O_RDONLY)
		if err != nil {
			continue
		}
		got, err := device.Name()
		device.Close()
		if err == nil && got == name {
			return node
		}
	}
	return ""
}

// unplug removes the keypad; once more is nothing.
func (p *plugged) unplug() {
	evdev.DestroyDevice(p.InputDevice)
	p.Close()
}

// typed presses, repeats and releases keys.
func (p *plugged) typed(t *testing.T, text string) {
	t.Helper()
	for _, key := range text {
		for _, value := range []int32{1, 2, 0} {
			for _, e := range []evdev.InputEvent{{Type: evdev.EV_KEY, Code: codes[key], Value: value}, {Type: evdev.EV_SYN}} {
				if err := p.WriteOne(&e); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// running is a Run of a keypad.Device: its presses, and its end.
type running struct {
	keys chan keypad.Key
	end  chan error
	stop context.CancelFunc
}

// run starts a Run and returns when it reads, which the first keys show.
func (p *plugged) run(t *testing.T, path string) *running {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	r := &running{keys: make(chan keypad.Key, 1<<16), end: make(chan error, 1), stop: stop}
	go func() { r.end <- keypad.Device{Path: path}.Run(ctx, func() {}, func(k keypad.Key) { r.keys <- k }) }()
	kerneltest.Until(t, "a first key", func() bool { p.typed(t, "*"); return len(r.keys) > 0 })
	p.typed(t, "#")
	for r.next(t, 1) != "#" {
	}
	return r
}

// next returns so many presses.
func (r *running) next(t *testing.T, n int) string {
	t.Helper()
	var got []byte
	for range n {
		select {
		case k := <-r.keys:
			got = append(got, byte(k))
		case err := <-r.end:
			t.Fatalf("after %q the keypad ended: %v", got, err)
		case <-time.After(10 * time.Second):
			t.Fatalf("after %q no key comes", got)
		}
	}
	return string(got)
}

func (r *running) ended(t *testing.T) error {
	t.Helper()
	select {
	case err := <-r.end:
		return err
	case <-time.After(10 * time.Second):
		t.Fatal("Run does not end")
		return nil
	}
}

// Keys of three layouts arrive once each, without repeats, and only here.
func TestKernelKeypad(t *testing.T) {
	link := filepath.Join(t.TempDir(), "keypad")
	pad := plug(t, link)
	r := pad.run(t, link)
	console, err := syscall.Open(pad.node, syscall.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(console)
	pad.typed(t, "0a1234*#")
	if got := r.next(t, 7); got != "01234*#" {
		t.Errorf("typed %q", got)
	}
	if n, err := syscall.Read(console, make([]byte, 1024)); !errors.Is(err, syscall.EAGAIN) {
		t.Errorf("a console sees what is typed: %d bytes, %v", n, err)
	}
	if err := (keypad.Device{Path: link}).Run(t.Context(), func() {}, nil); !errors.Is(err, keypad.ErrBusy) {
		t.Errorf("second reader: %v, want %v", err, keypad.ErrBusy)
	}
	r.stop()
	if err := r.ended(t); !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
}

// Unplugging ends Run at once; a replugged keypad is read again by its path, whatever number it has now.
func TestKernelKeypadUnplugged(t *testing.T) {
	link := filepath.Join(t.TempDir(), "keypad")
	for range 5 {
		pad := plug(t, link)
		r := pad.run(t, link)
		pad.typed(t, "12")
		if got := r.next(t, 2); got != "12" {
			t.Errorf("typed %q", got)
		}
		pulled := time.Now()
		pad.unplug()
		if err := r.ended(t); !errors.Is(err, keypad.ErrGone) {
			t.Fatalf("ended with %v, want %v", err, keypad.ErrGone)
		}
		t.Logf("seen %v after it was unplugged", time.Since(pulled).Round(time.Microsecond))
		if err := (keypad.Device{Path: link}).Run(t.Context(), func() {}, nil); !errors.Is(err, keypad.ErrGone) {
			t.Errorf("without a keypad: %v", err)
		}
	}
}

// Served, a keypad is back soon after it was plugged in, and its comings and goings are told once.
func TestKernelKeypadReplugged(t *testing.T) {
	link := filepath.Join(t.TempDir(), "keypad")
	changes, keys := make(chan error, 1000), make(chan keypad.Key, 1<<16)
	pad := plug(t, link)
	go keypad.Serve(t.Context(), keypad.Device{Path: link}, func(err error) { changes <- err }, func(k keypad.Key) { keys <- k })
	next := func() error {
		select {
		case err := <-changes:
			return err
		case <-time.After(10 * time.Second):
			t.Fatal("no change is told")
			return nil
		}
	}
	if err := next(); err != nil {
		t.Fatalf("plugged in: %v", err)
	}
	for range 2 { // a third time within a minute it would be one that comes and goes
		pulled := time.Now()
		pad.unplug()
		if err := next(); !errors.Is(err, keypad.ErrGone) {
			t.Fatalf("unplugged: %v", err)
		}
		seen := time.Since(pulled)
		pad = plug(t, link)
		plugged := time.Now()
		if err := next(); err != nil {
			t.Fatalf("plugged in again: %v", err)
		}
		t.Logf("seen %v after it was unplugged, back %v after it was plugged in", seen.Round(time.Microsecond), time.Since(plugged).Round(time.Millisecond))
		pad.typed(t, "1")
		select {
		case k := <-keys:
			if k != '1' {
				t.Errorf("typed 1, got %q", k)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("no key comes")
		}
	}
}

// A scanner's code arrives whole, with capitals, and only here.
func TestKernelScanner(t *testing.T) {
	link := filepath.Join(t.TempDir(), "scanner")
	scanner := plug(t, link)
	codes, ready := make(chan string, 100), make(chan struct{})
	go keypad.Scanner{Path: link}.Run(t.Context(), func() { close(ready) }, func(code string) { codes <- code })
	<-ready
	shift := func(value int32) {
		for _, e := range []evdev.InputEvent{{Type: evdev.EV_KEY, Code: evdev.KEY_LEFTSHIFT, Value: value}, {Type: evdev.EV_SYN}} {
			if err := scanner.WriteOne(&e); err != nil {
				t.Fatal(err)
			}
		}
	}
	shift(1)
	scanner.typed(t, "a")
	shift(0)
	scanner.typed(t, "1a3#")
	select {
	case code := <-codes:
		if code != "A1a3" {
			t.Errorf("scanned %q", code)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("no code comes")
	}
}

// A keyboard that types faster than anybody reads loses keys, as the kernel says it will, and nothing else.
func TestKernelKeypadFlood(t *testing.T) {
	link := filepath.Join(t.TempDir(), "keypad")
	pad := plug(t, link)
	r := pad.run(t, link)
	const flood = 10000
	for range flood / 10 {
		pad.typed(t, "1234012340")
	}
	pad.typed(t, "#")
	kerneltest.Until(t, "the enter key after the flood", func() bool {
		pad.typed(t, "#") // may be lost too while the kernel's buffer is full
		for {
			select {
			case k := <-r.keys:
				if k == keypad.Enter {
					return true
				}
			default:
				return false
			}
		}
	})
	r.stop()
	if err := r.ended(t); !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
}
