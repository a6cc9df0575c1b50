package board

import (
	"context"
	"fmt"
)

// CU16 is Kerong's board of sixteen locks, at 19200 bits a second. a is the board, 0–15, in the high four
// bits and the lock, from 0, in the low ones; sum adds up every byte before it.
//
//	02 a 31 03 sum               unlock; no answer
//	02 a 30 03 sum               state; the lock in a is 0
//	02 a 35 h1 h2 i1 i2 03 sum   the answer: a bit for each hook, 1 is closed, h1 locks 1–8 and h2 locks 9–16,
//	                             the lowest bit first; i1 and i2 are the light barriers, not used
type CU16 struct {
	bus     *Bus
	address byte
	zero    bool
}

// NewCU16 returns the board with that address, 0–15. ShutIsZero says that a bit of 0 is a shut door.
func NewCU16(bus *Bus, address int, shutIsZero bool) (*CU16, error) {
	if address < 0 || address > 15 {
		return nil, fmt.Errorf("cannot use a CU16 with address %d: use 0 to 15", address)
	}
	return &CU16{bus, byte(address) << 4, shutIsZero}, nil
}

const (
	kerongState  = 0x30
	kerongUnlock = 0x31
	kerongAnswer = 0x35
)

// Locks is Board's.
func (b *CU16) Locks() int { return 16 }

// unlock sends the command; that it was heard is seen at the door alone.
func (b *CU16) unlock(ctx context.Context, number int, p *pulse) error {
	_, err := b.bus.ask(ctx, question{board: b.address, request: kerongFrame(b.address|byte(number-1), kerongUnlock), pulse: p})
	if err != nil {
		return fmt.Errorf("board %d, lock %d: %w", b.address>>4, number, err)
	}
	return nil
}

// off does nothing: the board ends every pulse, and knows no such command.
func (b *CU16) off(context.Context, int) error { return nil }

func (b *CU16) shut(ctx context.Context, number int) (bool, error) {
	hooks, err := b.bus.ask(ctx, question{
		board: b.address, request: kerongFrame(b.address, kerongState), reads: true,
		parse: func(raw []byte) ([]byte, int, error) { return parseKerong(b.address, raw) },
	})
	if err != nil {
		return false, fmt.Errorf("board %d, lock %d: %w", b.address>>4, number, err)
	}
	return bit(hooks, number-1) != b.zero, nil
}

// kerongFrame is a command.
func kerongFrame(address, command byte) []byte {
	f := []byte{2, address, command, 3}
	return append(f, sum(f))
}

// parseKerong finds the answer of a board and returns the hooks' two bytes.
func parseKerong(address byte, raw []byte) ([]byte, int, error) {
	head := []byte{2, address, kerongAnswer}
	for i := range min(len(head), len(raw)) {
		if raw[i] != head[i] {
			return nil, 1, fmt.Errorf("answer to another question, %x", raw[:min(len(raw), 3)])
		}
	}
	switch {
	case len(raw) < 9:
		return nil, 0, errMore
	case raw[7] != 3 || raw[8] != sum(raw[:8]):
		return nil, 1, errChecksum
	}
	return raw[3:5], 9, nil
}

// sum adds up bytes.
func sum(b []byte) (s byte) {
	for _, x := range b {
		s += x
	}
	return s
}

// bit returns a bit of a list of bytes, the lowest of the first byte first.
func bit(b []byte, i int) bool { return b[i/8]>>(i%8)&1 == 1 }
