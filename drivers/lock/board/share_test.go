package board

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// slow is a line with an 8A board whose answers take a while. Its doors are as they were when it was asked.
type slow struct {
	open     atomic.Bool
	asked    int
	deadline time.Time
	answer   []byte
}

func (s *slow) SetDeadline(t time.Time) error { s.deadline = t; return nil }

func (s *slow) Write(request []byte) (int, error) {
	s.asked++
	state := byte(0x11)
	if s.open.Load() {
		state = 0
	}
	s.answer = eightFrame([3]byte(request[:3]), state)
	return len(request), nil
}

func (s *slow) Read(b []byte) (int, error) {
	if s.answer == nil {
		time.Sleep(time.Until(s.deadline))
		return 0, os.ErrDeadlineExceeded
	}
	time.Sleep(100 * time.Millisecond)
	n := copy(b, s.answer)
	s.answer = nil
	return n, nil
}

// All who want to know of a door while the line is busy are told by one answer, which is later than their question.
func TestReadingIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		line := &slow{}
		board, err := NewEightA(NewBus(line, Options{}), 1, false)
		if err != nil {
			t.Fatal(err)
		}
		door, other := Lock{board, 1}, Lock{board, 2}
		var readers sync.WaitGroup
		reads := func(l Lock, wantShut bool) {
			readers.Go(func() {
				if shut, err := l.Shut(); err != nil || shut != wantShut {
					t.Errorf("lock %d: shut %v, %v, want %v", l.number, shut, err, wantShut)
				}
			})
		}
		reads(door, true)
		time.Sleep(50 * time.Millisecond) // that request is out
		line.open.Store(true)
		for range 20 {
			reads(door, false)
		}
		reads(other, false)
		readers.Wait()
		if line.asked != 3 {
			t.Errorf("22 readers of 2 doors took %d requests, want 3", line.asked)
		}
	})
}

// worst is a line on which everything goes wrong that is waited for: its port is gone, there is noise before and after it
// is opened again, the request is taken only in the end, and no answer comes.
type worst struct {
	deadline, silent time.Time
	reopened         bool
}

func (w *worst) SetDeadline(t time.Time) error { w.deadline = t; return nil }

func (w *worst) Read(b []byte) (int, error) {
	switch now := time.Now(); {
	case w.silent.IsZero():
		w.silent = now.Add(noisy - time.Millisecond)
		return 1, nil
	case now.Before(w.silent):
		time.Sleep(time.Millisecond)
		return 1, nil
	case !w.reopened:
		return 0, io.ErrClosedPipe
	}
	time.Sleep(time.Until(w.deadline))
	return 0, os.ErrDeadlineExceeded
}

func (w *worst) Reopen() error { w.reopened, w.silent = true, time.Time{}; return nil }

func (w *worst) Write(b []byte) (int, error) {
	time.Sleep(time.Until(w.deadline))
	return len(b), nil
}

// No answer of a door takes longer than Within, and the worst one takes nearly as long.
func TestWithin(t *testing.T) {
	for _, options := range []Options{{}, {Timeout: 4 * time.Second, Gap: 100 * time.Millisecond}} {
		synctest.Test(t, func(t *testing.T) {
			bus := NewBus(&worst{}, options)
			board, err := NewEightA(bus, 1, false)
			if err != nil {
				t.Fatal(err)
			}
			<-bus.turn
			time.AfterFunc(patience-time.Millisecond, func() { bus.turn <- struct{}{} })
			begun := time.Now()
			if _, err := (Lock{board, 1}).Shut(); !errors.Is(err, ErrSilent) {
				t.Error(err)
			}
			took, most := time.Since(begun), Within(options)
			if took > most || took < most-options.Gap-50*time.Millisecond {
				t.Errorf("the worst answer takes %v, and Within is %v", took, most)
			}
		})
	}
}

// busyLine is a board on a line that somebody else has, who gives back its turn.
func busyLine(t *testing.T) (*Bus, *EightA) {
	t.Helper()
	bus := NewBus(&slow{}, Options{})
	board, err := NewEightA(bus, 1, false)
	if err != nil {
		t.Fatal(err)
	}
	<-bus.turn
	return bus, board
}

// Who gives up waiting for a busy line leaves nothing behind that others would wait for.
func TestReadingThatGaveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bus, board := busyLine(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := board.shut(ctx, 1); err == nil {
			t.Error("the line is busy, and a door was read")
		}
		bus.turn <- struct{}{}
		if shut, err := board.shut(t.Context(), 1); err != nil || !shut {
			t.Errorf("shut %v, %v", shut, err)
		}
	})
}

// An answer that is under way when the patience of those who want it is over counts for all of them.
func TestReadingThatComesLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bus, board := busyLine(t)
		time.AfterFunc(patience-time.Millisecond, func() { bus.turn <- struct{}{} })
		var readers sync.WaitGroup
		for range 20 {
			readers.Go(func() {
				if shut, err := (Lock{board, 1}).Shut(); err != nil || !shut {
					t.Errorf("shut %v, %v", shut, err)
				}
			})
		}
		readers.Wait()
	})
}
