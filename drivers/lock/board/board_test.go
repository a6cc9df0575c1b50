package board_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"lockerd/drivers/lock"
	"lockerd/drivers/lock/board"
	"lockerd/drivers/lock/board/boardtest"
	"lockerd/drivers/uart"
)

var (
	_ lock.Coil  = board.Lock{}
	_ lock.Door  = board.Lock{}
	_ board.Port = (*uart.Port)(nil)
)

// Every kind keeps a door's contract, with its contact wired either way.
func TestDoorContract(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		for _, inverted := range []bool{false, true} {
			emulator, doors := k.emulate(3, inverted)
			_, bus := open(t, board.Options{}, emulator)
			l := door(t, k.board(t, bus, 3, inverted), 8, nil)
			if shut, err := l.Shut(); err != nil || !shut {
				t.Fatalf("at first: shut %v, %v", shut, err)
			}
			if err := l.Open(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := l.WaitOpen(t.Context()); err != nil {
				t.Fatal(err)
			}
			if doors.Pulses(8) != 1 || doors.Pulses(7)+doors.Pulses(9) != 0 {
				t.Errorf("pulses %d, of the neighbours %d and %d", doors.Pulses(8), doors.Pulses(7), doors.Pulses(9))
			}
			doors.Push(8)
			if err := l.WaitShut(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := l.Release(); err != nil || doors.Pulses(8) != 1 {
				t.Errorf("release: %v, %d pulses", err, doors.Pulses(8))
			}
		}
	})
}

func TestAdapterThatHearsItself(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		emulator, doors := k.emulate(1, false)
		line, bus := open(t, board.Options{Echo: true}, emulator)
		line.Set(boardtest.Faults{Echo: true})
		l := door(t, k.board(t, bus, 1, false), 2, nil)
		if err := l.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := l.WaitOpen(t.Context()); err != nil || doors.Pulses(2) != 1 {
			t.Errorf("%v, %d pulses", err, doors.Pulses(2))
		}
	})
}

// Several boards and many doors share a line and a supply: one request at a time, one coil at a time.
func TestSharedLine(t *testing.T) {
	one, doorsOne := kinds[0].emulate(1, false)
	two, doorsTwo := kinds[0].emulate(2, true)
	_, bus := open(t, board.Options{Gap: time.Millisecond}, one, two)
	bank := lock.NewBank(0, 1)
	var opening sync.WaitGroup
	for number := 1; number <= 4; number++ {
		for address, inverted := range map[int]bool{1: false, 2: true} {
			l := door(t, kinds[0].board(t, bus, address, inverted), number, bank)
			opening.Go(func() {
				if err := l.Open(t.Context()); err != nil {
					t.Error(err)
				}
				if err := l.WaitOpen(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
	}
	opening.Wait()
	for number := 1; number <= 4; number++ {
		if doorsOne.Pulses(number) != 1 || doorsTwo.Pulses(number) != 1 {
			t.Errorf("lock %d: %d and %d pulses", number, doorsOne.Pulses(number), doorsTwo.Pulses(number))
		}
	}
}

func TestWaveshareTimesThePulse(t *testing.T) {
	emulator := &boardtest.Waveshare{Address: 7}
	_, bus := open(t, board.Options{}, emulator)
	b, err := board.NewWaveshare(bus, 7, false)
	if err != nil {
		t.Fatal(err)
	}
	one, err := board.NewLock(b, 8)
	if err != nil {
		t.Fatal(err)
	}
	if err := one.Pulse(t.Context(), 250*time.Millisecond); err != nil || emulator.Length(8) != 200*time.Millisecond {
		t.Errorf("%v, pulse of %v", err, emulator.Length(8))
	}
	nine, err := board.NewLock(b, 9)
	if err != nil {
		t.Fatal(err)
	}
	if err := nine.Pulse(t.Context(), time.Millisecond); !errors.Is(err, board.ErrRefused) || errors.Is(err, lock.ErrDoubt) || errors.Is(err, lock.ErrNotPulsed) {
		t.Errorf("a relay that is not there: %v", err)
	}
	emulator = &boardtest.Waveshare{Address: 7, Stuck: true}
	_, bus = open(t, board.Options{}, emulator)
	if b, err = board.NewWaveshare(bus, 7, false); err != nil {
		t.Fatal(err)
	}
	if one, err = board.NewLock(b, 1); err != nil {
		t.Fatal(err)
	}
	if err := one.Off(); !errors.Is(err, board.ErrRefused) {
		t.Errorf("a welded relay: %v", err)
	}
}

func TestImpossibleBoards(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		for _, address := range []int{-1, 256} {
			if _, err := k.driver(nil, address, false); err == nil {
				t.Errorf("address %d is taken", address)
			}
		}
		b := k.board(t, nil, 1, false)
		for _, number := range []int{0, -1, b.Locks() + 1} {
			if _, err := board.NewLock(b, number); err == nil {
				t.Errorf("lock %d is taken", number)
			}
		}
	})
}

// A context that ended sends nothing.
func TestEndedContext(t *testing.T) {
	emulator, doors := kinds[0].emulate(1, false)
	_, bus := open(t, board.Options{}, emulator)
	one, err := board.NewLock(kinds[0].board(t, bus, 1, false), 1)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := one.Pulse(ctx, time.Millisecond); !errors.Is(err, context.Canceled) || !errors.Is(err, lock.ErrNotPulsed) || doors.Pulses(1) != 0 {
		t.Errorf("%v, %d pulses", err, doors.Pulses(1))
	}
}

func ExampleNewLock() {
	bus := board.NewBus(uart.New("/dev/lockerd/locks", 9600), board.Options{})
	left, err := board.NewEightA(bus, 1, false)
	if err != nil {
		fmt.Println(err)
	}
	_, err = board.NewLock(left, 99)
	fmt.Println(err)
	// Output: cannot use lock 99 of a board that has 1 to 50
}
