package uart

import (
	"errors"
	"testing"
	"time"
	"unsafe"

	"github.com/creack/pty"
)

func TestRS485Settings(t *testing.T) {
	if size := unsafe.Sizeof(serialRS485{}); size != 32 {
		t.Fatalf("struct serial_rs485 has %d bytes, want 32", size)
	}
	for name, tt := range map[string]struct {
		r    RS485
		now  serialRS485
		want serialRS485
	}{
		"active high": {RS485{Before: time.Millisecond, After: 2 * time.Millisecond}, serialRS485{}, serialRS485{flags: 1 | 2, before: 1, after: 2}},
		"active low":  {RS485{ActiveLow: true}, serialRS485{}, serialRS485{flags: 1 | 4}},
		"terminated":  {RS485{}, serialRS485{flags: 1<<5 | 1<<4}, serialRS485{flags: 1 | 2 | 1<<5}},
	} {
		if got := tt.r.settings(tt.now); got != tt.want {
			t.Errorf("%s: %+v, want %+v", name, got, tt.want)
		}
	}
}

// A port that cannot switch a transmitter says so at once, and is not left half open.
func TestPortWithoutRS485(t *testing.T) {
	other, near, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	defer near.Close()
	port := New(near.Name(), 9600)
	if err := port.SetRS485(RS485{}); err != nil {
		t.Fatalf("a port that is not open yet: %v", err)
	}
	if err := port.Reopen(); !errors.Is(err, ErrNoRS485) {
		t.Errorf("opened: %v", err)
	}
	if _, err := port.Read(make([]byte, 1)); !errors.Is(err, ErrGone) {
		t.Errorf("read: %v", err)
	}
	open, err := Open(near.Name(), 9600)
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	if err := open.SetRS485(RS485{}); !errors.Is(err, ErrNoRS485) {
		t.Errorf("set: %v", err)
	}
}
