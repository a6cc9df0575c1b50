package keypad_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"

	"lockerd/drivers/keypad"
	"lockerd/drivers/keypad/keypadtest"
)

// typist is a matrix keypad that is scanned, and what arrived of it.
type typist struct {
	*keypadtest.Matrix
	mu  sync.Mutex
	got string
}

// scanned runs a test with a matrix of four rows and three columns that is scanned.
func scanned(t *testing.T, tell func(*typist)) {
	synctest.Test(t, func(t *testing.T) {
		keys, err := keypad.ParseKeys("123 456 789 *0#")
		if err != nil {
			t.Fatal(err)
		}
		m := &typist{Matrix: keypadtest.NewMatrix(3)}
		pad := keypad.Matrix{Keys: keys}
		for row := range 4 {
			pad.Rows = append(pad.Rows, m.Row(row))
		}
		for column := range 3 {
			pad.Columns = append(pad.Columns, m.Column(column))
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			ended <- pad.Run(ctx, func() {}, func(k keypad.Key) {
				m.mu.Lock()
				m.got += string(rune(k))
				m.mu.Unlock()
			})
		}()
		tell(m)
		stop()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v", err)
		}
	})
}

func (m *typist) arrived() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.got
}

func TestMatrix(t *testing.T) {
	scanned(t, func(m *typist) {
		for _, at := range [][2]int{{0, 0}, {1, 1}, {2, 2}, {3, 1}, {3, 0}, {3, 2}, {0, 0}, {0, 0}} {
			m.Press(at[0], at[1])
			time.Sleep(80 * time.Millisecond)
			m.Release(at[0], at[1])
			time.Sleep(80 * time.Millisecond)
		}
		if got := m.arrived(); got != "1590*#11" {
			t.Errorf("typed 1590*#11, arrived %q", got)
		}
	})
}

// Two keys that overlap, as quick fingers type, are two presses in their order.
func TestMatrixOverlap(t *testing.T) {
	scanned(t, func(m *typist) {
		m.Press(0, 0)
		time.Sleep(60 * time.Millisecond)
		m.Press(1, 1)
		time.Sleep(60 * time.Millisecond)
		m.Release(0, 0)
		time.Sleep(60 * time.Millisecond)
		m.Release(1, 1)
		time.Sleep(60 * time.Millisecond)
		if got := m.arrived(); got != "15" {
			t.Errorf("arrived %q, want 15", got)
		}
	})
}

// Three corners of a rectangle close the fourth one's circuit: nobody pressed it, and it is not told.
func TestMatrixGhost(t *testing.T) {
	scanned(t, func(m *typist) {
		m.Press(0, 0) // 1
		time.Sleep(60 * time.Millisecond)
		m.Press(0, 1) // 2
		time.Sleep(60 * time.Millisecond)
		m.Press(1, 0) // 4: now 5 seems to be pressed, too
		time.Sleep(60 * time.Millisecond)
		m.Column(1).Out(gpio.Low)
		if ghost := m.Row(1).Read(); ghost != gpio.Low {
			t.Error("the emulator shows no ghost: this test would prove nothing")
		}
		m.Column(1).Out(gpio.High)
		m.Release(0, 0)
		m.Release(0, 1)
		time.Sleep(60 * time.Millisecond)
		if got := m.arrived(); got != "124" {
			t.Errorf("arrived %q, want 124", got)
		}
	})
}

// Contacts that bounce press once, and a spark shorter than the debounce presses nothing.
func TestMatrixBounce(t *testing.T) {
	scanned(t, func(m *typist) {
		m.Bounce(func(scan int) bool { return scan > 9 || scan%2 == 0 })
		m.Press(2, 0)
		time.Sleep(150 * time.Millisecond)
		m.Bounce(func(scan int) bool { return scan < 9 && scan%3 == 0 })
		time.Sleep(150 * time.Millisecond)
		if got := m.arrived(); got != "7" {
			t.Errorf("arrived %q, want one 7", got)
		}
		m.Bounce(func(scan int) bool { return scan < 3 })
		time.Sleep(150 * time.Millisecond)
		if got := m.arrived(); got != "7" {
			t.Errorf("a spark pressed something: %q", got)
		}
	})
}

// A row that touches ground presses nothing, and a key that is stuck presses once.
func TestMatrixBrokenLine(t *testing.T) {
	scanned(t, func(m *typist) {
		for column := range 3 {
			m.Press(1, column)
		}
		time.Sleep(time.Second)
		if got := m.arrived(); got != "" {
			t.Errorf("a broken row typed %q", got)
		}
		for column := range 3 {
			m.Release(1, column)
		}
		m.Press(0, 2)
		time.Sleep(time.Minute)
		if got := m.arrived(); got != "3" {
			t.Errorf("a stuck key typed %q", got)
		}
	})
}

func TestParseKeys(t *testing.T) {
	for _, bad := range []string{"", "  ", "123 45", "12x"} {
		if keys, err := keypad.ParseKeys(bad); err == nil {
			t.Errorf("%q gives %v", bad, keys)
		}
	}
}
