package board_test

import (
	"testing"
	"time"

	"lockerd/drivers/lock"
	"lockerd/drivers/lock/board"
	"lockerd/drivers/lock/board/boardtest"
	"lockerd/drivers/uart"
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
