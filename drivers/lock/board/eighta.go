package board

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// EightA is a board of the family whose frames begin with 8A, at 9600 bits a second. bb is the board, 1–255,
// ll the lock, from 1; the last byte is the exclusive or of the four before.
//
//	8A bb ll 11 xor   unlock; the answer has the same form, its fourth byte the state after the pulse
//	80 bb ll 33 xor   state; the answer is 80 bb ll ss xor, ss 11 shut and 00 open, or the other way round,
//	                  as the lock's contact is wired
//	82 bb ll ss xor   said unasked when a door moves, by boards that are set so; not used
//
// ll = 00 would be every lock at once, which no supply carries; it is never sent.
type EightA struct {
	bus     *Bus
	address byte
	// zero says which state is a shut door: 00 rather than 11.
	zero bool
}

// NewEightA returns the board with that address, 1–255. ShutIsZero says that state 00 is a shut door.
func NewEightA(bus *Bus, address int, shutIsZero bool) (*EightA, error) {
	if address < 1 || address > 255 {
		return nil, fmt.Errorf("cannot use an 8A board with address %d: use 1 to 255", address)
	}
	return &EightA{bus, byte(address), shutIsZero}, nil
}

const (
	eightUnlock = 0x8A
	eightState  = 0x80
	eightOne    = 0x11
)

// Locks is Board's.
func (b *EightA) Locks() int { return 50 }

func (b *EightA) unlock(ctx context.Context, number int, p *pulse) error {
	_, err := b.exchange(ctx, eightUnlock, number, 0x11, p) // many answer only when the pulse has ended
	return err
}

// off does nothing: the board ends every pulse, and knows no such command.
func (b *EightA) off(context.Context, int) error { return nil }

func (b *EightA) shut(ctx context.Context, number int) (bool, error) {
	state, err := b.exchange(ctx, eightState, number, 0x33, nil)
	return err == nil && (state == 0) == b.zero, err
}

// exchange sends one command and returns the state that the answer tells, 00 or 11.
func (b *EightA) exchange(ctx context.Context, command byte, number int, what byte, p *pulse) (byte, error) {
	var extra time.Duration
	if p != nil {
		extra = p.lasts
	}
	head := [3]byte{command, b.address, byte(number)}
	answer, err := b.bus.ask(ctx, question{
		board: b.address, request: eightFrame(head, what), extra: extra,
		pulse: p, reads: command == eightState,
		parse: func(raw []byte) ([]byte, int, error) { return parseEight(head, raw) },
	})
	if err != nil {
		return 0, fmt.Errorf("board %d, lock %d: %w", b.address, number, err)
	}
	return answer[3], nil
}

// eightFrame is a frame of the family.
func eightFrame(head [3]byte, what byte) []byte {
	return []byte{head[0], head[1], head[2], what, head[0] ^ head[1] ^ head[2] ^ what}
}

// errChecksum says why bytes are no answer.
var errChecksum = errors.New("checksum is wrong")

// parseEight finds the answer to the frame with that head.
func parseEight(head [3]byte, raw []byte) ([]byte, int, error) {
	for i := range min(len(head), len(raw)) {
		if raw[i] != head[i] {
			return nil, 1, fmt.Errorf("answer to another question, %x", raw[:min(len(raw), 3)])
		}
	}
	switch {
	case len(raw) < 5:
		return nil, 0, errMore
	case raw[4] != raw[0]^raw[1]^raw[2]^raw[3]:
		return nil, 1, errChecksum
	case raw[3] != 0 && raw[3] != eightOne:
		return nil, 1, fmt.Errorf("state %#02x is unknown", raw[3])
	}
	return raw[:5], 5, nil
}
