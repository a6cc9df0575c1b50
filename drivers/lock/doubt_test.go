package lock_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/drivers/lock"
)

// board is a lock board whose answers may be lost.
type board struct {
	lost   bool // the answer to a pulse
	silent bool // the answer to the door's state
	shut   bool
	pulses int
}

func (b *board) Pulse(context.Context, time.Duration) error {
	b.pulses++
	if b.lost {
		return lock.ErrDoubt
	}
	return nil
}

func (b *board) Off() error { return nil }

func (b *board) Shut() (bool, error) {
	if b.silent {
		return false, errors.New("silence")
	}
	return b.shut, nil
}

// A pulse whose answer was lost is not repeated before the door was read.
func TestPulseInDoubt(t *testing.T) {
	tests := []struct {
		name    string
		after   board // as the board is after the doubtful pulse
		pulses  int   // of the second Open
		wantErr error
	}{
		{"door is open", board{}, 0, nil},
		{"door is shut", board{shut: true}, 1, nil},
		{"nobody knows", board{silent: true, shut: true}, 0, lock.ErrUnknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := &board{lost: true, shut: true, silent: true}
			l, err := lock.New(lock.Config{Coil: b, Door: b})
			if err != nil {
				t.Fatal(err)
			}
			if err := l.Open(t.Context()); !errors.Is(err, lock.ErrDoubt) || b.pulses != 1 {
				t.Fatalf("%d pulses, %v", b.pulses, err)
			}
			*b = tt.after
			if err := l.Open(t.Context()); !errors.Is(err, tt.wantErr) || (err == nil) != (tt.wantErr == nil) {
				t.Errorf("second opening: %v, want %v", err, tt.wantErr)
			}
			if b.pulses != tt.pulses {
				t.Errorf("%d pulses, want %d", b.pulses, tt.pulses)
			}
		})
	}
}

// A door that was read between the two is no longer in doubt, even if its switch fails afterwards.
func TestReadingEndsDoubt(t *testing.T) {
	for _, coils := range []int{1, 2} {
		b := &board{lost: true, shut: true}
		l, err := lock.New(lock.Config{Coil: b, Door: b, Bank: lock.NewBank(0, coils)})
		if err != nil {
			t.Fatal(err)
		}
		l.Open(t.Context())
		if _, err := l.Shut(); err != nil {
			t.Fatal(err)
		}
		b.silent, b.lost = true, false
		if err := l.Open(t.Context()); err != nil || b.pulses != 2 {
			t.Errorf("%d coils at a time: %d pulses, %v", coils, b.pulses, err)
		}
	}
}

// Two who open one lock at the same time, on a supply for two coils, do not pulse it twice where the first pulse is in
// doubt.
func TestDoubtBetweenTwo(t *testing.T) {
	for _, coils := range []int{1, 2} {
		synctest.Test(t, func(t *testing.T) {
			coil := &lostCoil{}
			l, err := lock.New(lock.Config{Coil: coil, Bank: lock.NewBank(0, coils)})
			if err != nil {
				t.Fatal(err)
			}
			errs := make(chan error, 2)
			for range 2 {
				go func() { errs <- l.Open(t.Context()) }()
			}
			for range 2 {
				if err := <-errs; err == nil {
					t.Error("a door of which nobody knows was opened")
				}
			}
			if n := coil.pulses.Load(); n != 1 {
				t.Errorf("%d coils at a time: %d pulses", coils, n)
			}
		})
	}
}

// lostCoil is a coil whose answers are lost.
type lostCoil struct{ pulses atomic.Int32 }

func (c *lostCoil) Pulse(_ context.Context, d time.Duration) error {
	c.pulses.Add(1)
	time.Sleep(d)
	return lock.ErrDoubt
}

func (c *lostCoil) Off() error { return nil }

// The bank holds coils of every kind apart: a pin and what times itself.
func TestBankAcrossKinds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bank := lock.NewBank(200*time.Millisecond, 1)
		pin, slow := &relay{}, &timed{}
		byPin, err := lock.New(lock.Config{Relay: pin, Bank: bank, Pulse: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		byBoard, err := lock.New(lock.Config{Coil: slow, Bank: bank, Pulse: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error)
		go func() { ended <- byPin.Open(t.Context()) }()
		go func() { ended <- byBoard.Open(t.Context()) }()
		for range 2 {
			if err := <-ended; err != nil {
				t.Fatal(err)
			}
		}
		first, second := slow.end, pin.times[1]
		if pin.times[1].Before(slow.begin) {
			first, second = pin.times[2], slow.begin
		}
		if gap := second.Sub(first); gap < 200*time.Millisecond {
			t.Errorf("gap of %v", gap)
		}
	})
}

// timed is a coil that something else times.
type timed struct{ begin, end time.Time }

func (c *timed) Pulse(_ context.Context, d time.Duration) error {
	c.begin = time.Now()
	time.Sleep(d)
	c.end = time.Now()
	return nil
}

func (c *timed) Off() error { return nil }

// A reading that began before a second pulse in doubt says nothing of that one, however late its answer comes.
func TestLateReadingOfAnEarlierDoubt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &lateBoard{board: board{lost: true, shut: true}}
		l, err := lock.New(lock.Config{Coil: b, Door: b})
		if err != nil {
			t.Fatal(err)
		}
		l.Open(t.Context())
		b.late = time.Minute
		done := make(chan struct{})
		go func() {
			defer close(done)
			l.Shut()
		}()
		synctest.Wait()
		b.late = 0
		l.Open(t.Context()) // the door is shut: once more, and in doubt again
		<-done
		b.silent = true
		if err := l.Open(t.Context()); !errors.Is(err, lock.ErrUnknown) || b.pulses != 2 {
			t.Errorf("%d pulses, %v", b.pulses, err)
		}
	})
}

// lateBoard is a lock board that takes its time to tell of the door.
type lateBoard struct {
	board
	late time.Duration
}

func (b *lateBoard) Shut() (bool, error) {
	time.Sleep(b.late)
	return b.board.Shut()
}
