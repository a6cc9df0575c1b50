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

// kind is one family: how to make the driver and its emulator at one address.
type kind struct {
	name    string
	driver  func(bus *board.Bus, address int, zero bool) (board.Board, error)
	emulate func(address byte, inverted bool) (boardtest.Board, *boardtest.Doors)
	told    bool // the unlock has an answer
}

var kinds = []kind{
	{"8A", func(b *board.Bus, a int, zero bool) (board.Board, error) { return board.NewEightA(b, a, zero) },
		func(a byte, inverted bool) (boardtest.Board, *boardtest.Doors) {
			e := &boardtest.EightA{Address: a, Doors: boardtest.Doors{Inverted: inverted}}
			return e, &e.Doors
		}, true},
	{"CU16", func(b *board.Bus, a int, zero bool) (board.Board, error) { return board.NewCU16(b, a, zero) },
		func(a byte, inverted bool) (boardtest.Board, *boardtest.Doors) {
			e := &boardtest.CU16{Address: a, Doors: boardtest.Doors{Inverted: inverted}}
			return e, &e.Doors
		}, false},
	{"Waveshare", func(b *board.Bus, a int, zero bool) (board.Board, error) { return board.NewWaveshare(b, a, zero) },
		func(a byte, inverted bool) (boardtest.Board, *boardtest.Doors) {
			e := &boardtest.Waveshare{Address: a, Doors: boardtest.Doors{Inverted: inverted}}
			return e, &e.Doors
		}, true},
}

// open opens a line with those boards and the bus on it. A lost answer is waited for no longer than quick.
func open(t *testing.T, o board.Options, boards ...boardtest.Board) (*boardtest.Line, *board.Bus) {
	t.Helper()
	line, err := boardtest.Open(boards...)
	if err != nil {
		t.Fatal(err)
	}
	port, err := uart.Open(line.Path(), 9600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { port.Close(); line.Close() })
	if o.Timeout == 0 {
		o.Timeout = 5 * time.Second // of a busy machine; no test waits for it
	}
	return line, board.NewBus(port, o)
}

// quick is a line whose answers are lost: it need not be waited for long.
var quick = board.Options{Timeout: 20 * time.Millisecond}

// door makes the lock of one door.
func door(t *testing.T, b board.Board, number int, bank *lock.Bank) *lock.Lock {
	t.Helper()
	one, err := board.NewLock(b, number)
	if err != nil {
		t.Fatal(err)
	}
	l, err := lock.New(lock.Config{Coil: one, Door: one, Pulse: 10 * time.Millisecond, Poll: 5 * time.Millisecond, Bank: bank})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func each(t *testing.T, test func(t *testing.T, k kind)) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) { test(t, k) })
	}
}

func (k kind) board(t *testing.T, bus *board.Bus, address int, zero bool) board.Board {
	t.Helper()
	b, err := k.driver(bus, address, zero)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

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
	faults := []struct {
		name   string
		faults boardtest.Faults
		want   error
	}{
		{"deaf", boardtest.Faults{Deaf: true}, board.ErrSilent},
		{"mute", boardtest.Faults{Mute: true}, board.ErrSilent},
		{"garbled", boardtest.Faults{Flip: true}, board.ErrGarbled},
		{"late", boardtest.Faults{Delay: 80 * time.Millisecond}, board.ErrSilent},
		{"echo unset", boardtest.Faults{Echo: true, Mute: true}, board.ErrGarbled},
	}
	each(t, func(t *testing.T, k kind) {
		for _, f := range faults {
			emulator, _ := k.emulate(1, false)
			line, bus := open(t, quick, emulator)
			l := door(t, k.board(t, bus, 1, false), 2, nil)
			line.Set(f.faults)
			if _, err := l.Shut(); !errors.Is(err, lock.ErrUnknown) || !errors.Is(err, f.want) {
				t.Errorf("%s: %v, want %v", f.name, err, f.want)
			}
		}
	})
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
	bank := lock.NewBank(0)
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

// A port that is unplugged and comes back is opened again by the next question.
func TestUnplugged(t *testing.T) {
	emulator, doors := kinds[0].emulate(1, false)
	line, bus := open(t, board.Options{}, emulator)
	l := door(t, kinds[0].board(t, bus, 1, false), 1, nil)
	line.Close()
	if err := l.Open(t.Context()); !errors.Is(err, board.ErrLine) || errors.Is(err, lock.ErrDoubt) {
		t.Errorf("nothing can have been heard: %v", err)
	}
	if _, err := l.Shut(); !errors.Is(err, lock.ErrUnknown) || !errors.Is(err, uart.ErrGone) {
		t.Errorf("%v", err)
	}
	if doors.Pulses(1) != 0 {
		t.Error("a pulse came through")
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
	if err := nine.Pulse(t.Context(), time.Millisecond); !errors.Is(err, board.ErrRefused) || errors.Is(err, lock.ErrDoubt) {
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
	if err := one.Pulse(ctx, time.Millisecond); !errors.Is(err, context.Canceled) || errors.Is(err, lock.ErrDoubt) || doors.Pulses(1) != 0 {
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
