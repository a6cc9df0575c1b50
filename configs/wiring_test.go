package configs

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// cabinetIn loads the example of a real cabinet with its state in a folder of its own.
func cabinetIn(t *testing.T) Cabinet {
	t.Helper()
	c, err := Load("cabinet.yaml", "dir="+t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// What is saved is what the next start reads; the file before is kept; everything else stays as it was.
func TestWiringRoundTrip(t *testing.T) {
	c := cabinetIn(t)
	w := c.Wired()
	w.Slots = append([]Slot(nil), w.Slots...)
	w.Slots[0].Relay, w.Slots[1].Relay = w.Slots[1].Relay, w.Slots[0].Relay
	w.Slots[2].Relay = "expander:A0"
	w.GPIO.SwitchActiveLow, w.GPIO.Debounce = false, 25*time.Millisecond
	w.Boards = []Board{{Name: "expander", Kind: Expander, Bus: "/dev/i2c-1", Address: 0x20, RelayActiveLow: true}}
	if err := c.SaveWiring(w); err != nil {
		t.Fatal(err)
	}
	next, err := c.Reload()
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(next.Wired(), w) {
		t.Errorf("read back:\n%+v\nsaved:\n%+v", next.Wired(), w)
	}
	next.GPIO, next.Boards, next.Slots = c.GPIO, c.Boards, c.Slots
	if !reflect.DeepEqual(next, c) {
		t.Errorf("something else changed:\n%+v\nwas\n%+v", next, c)
	}
	first, err := os.ReadFile(c.Wiring)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.SaveWiring(c.Wired()); err != nil {
		t.Fatal(err)
	}
	if kept, err := os.ReadFile(c.Wiring + ".old"); err != nil || string(kept) != string(first) {
		t.Errorf("what stood there before was not kept: %v", err)
	}
	if err := errors.Join(os.Remove(c.Wiring), c.SaveWiring(c.Wired())); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(c.Wiring + ".old"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing stood there, and an old wiring is there: %v", err)
	}
}

// Power may go at any moment, and a cabinet without the learned wiring would start with its old one: while a
// wiring is written over another, the file is never away.
func TestWiringIsNeverAway(t *testing.T) {
	c := cabinetIn(t)
	if err := c.SaveWiring(c.Wired()); err != nil {
		t.Fatal(err)
	}
	watch, err := unix.InotifyInit1(unix.IN_NONBLOCK)
	if err != nil {
		t.Skipf("skipped: this kernel does not tell what becomes of files: %v", err)
	}
	defer unix.Close(watch)
	if _, err := unix.InotifyAddWatch(watch, c.Dir, unix.IN_MOVE|unix.IN_DELETE); err != nil {
		t.Fatal(err)
	}
	if err := c.SaveWiring(c.Wired()); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 64<<10)
	n, err := unix.Read(watch, buffer)
	if err != nil {
		t.Fatalf("nothing was moved: %v", err)
	}
	came := false
	for events := buffer[:n]; len(events) > 0; {
		event := (*unix.InotifyEvent)(unsafe.Pointer(&events[0]))
		end := unix.SizeofInotifyEvent + int(event.Len)
		name := string(bytes.TrimRight(events[unix.SizeofInotifyEvent:end], "\x00"))
		events = events[end:]
		if name != filepath.Base(c.Wiring) {
			continue
		}
		if event.Mask&(unix.IN_MOVED_FROM|unix.IN_DELETE) != 0 {
			t.Errorf("%s was away", name)
		}
		came = came || event.Mask&unix.IN_MOVED_TO != 0
	}
	if !came {
		t.Error("the new wiring did not come in one step")
	}
}

// A wiring that could not be is refused, and what was there stays.
func TestImpossibleWiring(t *testing.T) {
	c := cabinetIn(t)
	w := c.Wired()
	w.Slots = append([]Slot(nil), w.Slots...)
	w.Slots[0].Relay = w.Slots[1].Relay
	if err := c.SaveWiring(w); err == nil || !strings.Contains(err.Error(), "is used by slots[0].relay already") {
		t.Errorf("one line for two doors: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(c.Dir, "*")); len(left) != 0 {
		t.Errorf("it left %v", left)
	}
	c.Wiring = ""
	if err := c.SaveWiring(c.Wired()); err == nil || !strings.Contains(err.Error(), "set wiring") {
		t.Errorf("without a file: %v", err)
	}
}

// A mistake in the learned wiring names its own file and line, and nothing but wiring may stand there.
func TestBadWiring(t *testing.T) {
	for text, want := range map[string]string{
		"policy: code\n":                         "wiring.yaml:1: policy: there is no such setting; choose among gpio, boards, slots",
		"slots:\n- {number: 1, size: small}\n":   "wiring.yaml:2: slots[0].relay: is \"\"",
		"gpio:\n  relay_active_low: maybe\n":     "wiring.yaml:2: gpio.relay_active_low: must be true or false",
		"boards:\n- {name: left, kind: toaster}": "wiring.yaml:2: boards[0].kind: is \"toaster\"",
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "wiring.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load("cabinet.yaml", "dir="+dir); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives\n%v\nwant %s", text, err, want)
		}
	}
}
