package board

import (
	"context"
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

// Who gives up waiting for a busy line leaves nothing behind that others would wait for.
func TestReadingThatGaveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bus := NewBus(&slow{}, Options{})
		board, err := NewEightA(bus, 1, false)
		if err != nil {
			t.Fatal(err)
		}
		<-bus.turn
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
