package board_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"lockerd/drivers/lock"
	"lockerd/drivers/lock/board"
	"lockerd/drivers/lock/board/boardtest"
	"lockerd/drivers/uart"
)

func TestJammedDoor(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		emulator, doors := k.emulate(1, false)
		_, bus := open(t, board.Options{}, emulator)
		doors.Jam(1)
		l := door(t, k.board(t, bus, 1, false), 1, nil)
		if err := l.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if err := l.WaitOpen(ctx); !errors.Is(err, lock.ErrJammed) {
			t.Errorf("%v", err)
		}
	})
}

// A bad line makes a state unknown, never shut and never open.
func TestBadLines(t *testing.T) {
	heard := board.Options{Timeout: time.Second} // of a busy machine: what is said comes within that
	faults := []struct {
		name   string
		line   board.Options
		faults boardtest.Faults
		want   error
	}{
		{"deaf", quick, boardtest.Faults{Deaf: true}, board.ErrSilent},
		{"mute", quick, boardtest.Faults{Mute: true}, board.ErrSilent},
		{"garbled", heard, boardtest.Faults{Flip: true}, board.ErrGarbled},
		{"late", quick, boardtest.Faults{Delay: 80 * time.Millisecond}, board.ErrSilent},
		{"echo unset", heard, boardtest.Faults{Echo: true, Mute: true}, board.ErrGarbled},
	}
	for _, k := range kinds {
		for _, f := range faults {
			t.Run(k.name+" "+f.name, func(t *testing.T) {
				t.Parallel() // two of them last as long as their line waits
				emulator, _ := k.emulate(1, false)
				line, bus := open(t, f.line, emulator)
				l := door(t, k.board(t, bus, 1, false), 2, nil)
				line.Set(f.faults)
				if _, err := l.Shut(); !errors.Is(err, lock.ErrUnknown) || !errors.Is(err, f.want) {
					t.Errorf("%v, want %v", err, f.want)
				}
			})
		}
	}
}

// An unlock whose answer is lost is sent once, and again only when the door was read and is shut.
func TestLostAnswerOpensNothingTwice(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		if !k.told {
			t.Skip("the unlock has no answer that could be lost")
		}
		emulator, doors := k.emulate(1, false)
		line, bus := open(t, board.Options{Timeout: 300 * time.Millisecond, Rest: time.Nanosecond}, emulator)
		l := door(t, k.board(t, bus, 1, false), 2, nil)
		line.Set(boardtest.Faults{Mute: true})
		if err := l.Open(t.Context()); !errors.Is(err, lock.ErrDoubt) {
			t.Fatalf("lost answer: %v", err)
		}
		if err := l.Open(t.Context()); !errors.Is(err, lock.ErrUnknown) {
			t.Fatalf("silent board: %v", err)
		}
		line.Set(boardtest.Faults{})
		if err := l.Open(t.Context()); err != nil {
			t.Fatalf("open door: %v", err)
		}
		if n := doors.Pulses(2); n != 1 {
			t.Errorf("%d pulses, want 1", n)
		}
	})
}

// Noise before an answer, late answers to earlier questions and what boards say unasked do no harm.
func TestResync(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		emulator, _ := k.emulate(1, false)
		line, bus := open(t, board.Options{}, emulator)
		l := door(t, k.board(t, bus, 1, false), 2, nil)
		line.Set(boardtest.Faults{Noise: []byte{0x00, 0xFF, 0x80, 0x01, 0x02, 0x10, 0x35, 0x01}, Delay: 2 * time.Millisecond})
		for range 5 {
			line.Say([]byte{0x82, 0x01, 0x02, 0x00, 0x81})
			if shut, err := l.Shut(); err != nil || !shut {
				t.Fatalf("shut %v, %v", shut, err)
			}
		}
	})
}

func TestNoiseWithoutEnd(t *testing.T) {
	emulator, _ := kinds[0].emulate(1, false)
	// A busy machine may leave the noise out for a while, which must not count as silence.
	line, bus := open(t, board.Options{Gap: 400 * time.Millisecond}, emulator)
	l := door(t, kinds[0].board(t, bus, 1, false), 2, nil)
	ctx, cancel := context.WithCancel(t.Context())
	var talking sync.WaitGroup
	talking.Go(func() {
		for ctx.Err() == nil {
			line.Say([]byte{0x55, 0xAA})
			time.Sleep(time.Millisecond)
		}
	})
	_, err := l.Shut()
	heard := line.Heard()
	cancel()
	talking.Wait()
	if !errors.Is(err, board.ErrGarbled) || heard != 0 {
		t.Errorf("%v, and %d bytes were sent into the noise", err, heard)
	}
}

// Two boards with one address talk at the same time: the door is unknown, and the unlock in doubt.
func TestAddressClash(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		one, _ := k.emulate(1, false)
		two, doors := k.emulate(1, false)
		_, bus := open(t, board.Options{Timeout: 100 * time.Millisecond}, one, two)
		l := door(t, k.board(t, bus, 1, false), 2, nil)
		if _, err := l.Shut(); !errors.Is(err, lock.ErrUnknown) || !errors.Is(err, board.ErrGarbled) {
			t.Errorf("state: %v", err)
		}
		err := l.Open(t.Context())
		if k.told && !errors.Is(err, lock.ErrDoubt) {
			t.Errorf("unlock: %v", err)
		}
		for end := time.Now().Add(5 * time.Second); doors.Pulses(2) == 0 && time.Now().Before(end); {
			time.Sleep(time.Millisecond) // an unlock without an answer is heard later
		}
		if doors.Pulses(2) != 1 {
			t.Errorf("%d pulses", doors.Pulses(2))
		}
	})
}

// A dead board is asked once in a while, so that its neighbours on the line are not held up; and an unlock is
// sent all the same.
func TestDeadBoardRests(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		alive, _ := k.emulate(2, false)
		line, bus := open(t, board.Options{Timeout: 300 * time.Millisecond, Rest: time.Hour}, alive)
		dead, well := k.board(t, bus, 1, false), k.board(t, bus, 2, false)
		for number := range 8 {
			if _, err := door(t, dead, number+1, nil).Shut(); !errors.Is(err, board.ErrSilent) {
				t.Fatal(err)
			}
		}
		asked := line.Heard()
		if shut, err := door(t, well, 1, nil).Shut(); err != nil || !shut {
			t.Errorf("the neighbour: shut %v, %v", shut, err)
		}
		if once := line.Heard() - asked; asked != once {
			t.Errorf("8 doors of a dead board took %d bytes, a question has %d", asked, once)
		}
		asked = line.Heard()
		door(t, dead, 1, nil).Open(t.Context())
		if _, err := door(t, well, 1, nil).Shut(); err != nil || line.Heard() < asked+10 {
			t.Errorf("the unlock was not sent: %d bytes, %v", line.Heard()-asked, err)
		}
	})
}

// A port that is unplugged and comes back is opened again by the next question.
func TestUnplugged(t *testing.T) {
	emulator, doors := kinds[0].emulate(1, false)
	line, bus := open(t, board.Options{}, emulator)
	l := door(t, kinds[0].board(t, bus, 1, false), 1, nil)
	line.Close()
	if err := l.Open(t.Context()); !errors.Is(err, board.ErrLine) || !errors.Is(err, lock.ErrNotPulsed) || errors.Is(err, lock.ErrDoubt) {
		t.Errorf("nothing can have been heard: %v", err)
	}
	if _, err := l.Shut(); !errors.Is(err, lock.ErrUnknown) || !errors.Is(err, uart.ErrGone) {
		t.Errorf("%v", err)
	}
	if doors.Pulses(1) != 0 {
		t.Error("a pulse came through")
	}
}

// One lost answer ends no wait for a door, nor the wait for its neighbour on the board, which rests as well.
func TestLostAnswerEndsNoWait(t *testing.T) {
	line := quick
	line.Rest = 100 * time.Millisecond
	each(t, func(t *testing.T, k kind) {
		emulated, doors := k.emulate(1, false)
		wire, bus := open(t, line, emulated)
		b := k.board(t, bus, 1, false)
		ended := make(chan error, 2)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		for number := 1; number <= 2; number++ {
			l := door(t, b, number, nil)
			if err := l.Open(ctx); err != nil && !errors.Is(err, lock.ErrDoubt) { // a busy machine answers late
				t.Fatal(err)
			}
			if err := l.WaitOpen(ctx); err != nil {
				t.Fatal(err)
			}
			go func() { ended <- l.WaitShut(ctx) }()
		}
		wire.Set(boardtest.Faults{Mute: true})
		for one := door(t, b, 1, nil); ; time.Sleep(time.Millisecond) {
			if _, err := one.Shut(); errors.Is(err, board.ErrSilent) {
				break
			}
		}
		wire.Set(boardtest.Faults{})
		time.Sleep(line.Rest / 2) // both are read, and fail
		doors.Push(1)
		doors.Push(2)
		for range 2 {
			if err := <-ended; err != nil {
				t.Errorf("a door that is shut is waited for, and the wait ended with: %v", err)
			}
		}
	})
}
