package boardtest

import (
	"bytes"
	"encoding/binary"
	"sync"
	"time"
)

// Doors are the locks and doors behind a board. A pulse opens a shut door, unless it is jammed.
type Doors struct {
	Inverted bool // the contact is wired the other way round

	mu     sync.Mutex
	open   map[int]bool
	jammed map[int]bool
	pulses map[int]int
	length map[int]time.Duration
}

// Push shuts a door.
func (d *Doors) Push(number int) { d.set(&d.open, number, false) }

// Jam holds a door shut, whatever its lock does.
func (d *Doors) Jam(number int) { d.set(&d.jammed, number, true) }

func (d *Doors) set(m *map[int]bool, number int, to bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if *m == nil {
		*m = map[int]bool{}
	}
	(*m)[number] = to
}

// Pulses is how often a lock was pulsed.
func (d *Doors) Pulses(number int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pulses[number]
}

// Length is how long the last pulse of a lock was to be, where a board is told.
func (d *Doors) Length(number int) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.length[number]
}

func (d *Doors) pulse(number int, length time.Duration) {
	d.mu.Lock()
	if d.pulses == nil {
		d.pulses, d.length = map[int]int{}, map[int]time.Duration{}
	}
	d.pulses[number]++
	d.length[number] = length
	jammed := d.jammed[number]
	d.mu.Unlock()
	if !jammed {
		d.set(&d.open, number, true)
	}
}

// contact is whether a door's contact is closed: on most boards, while the door is shut.
func (d *Doors) contact(number int) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.open[number] == d.Inverted
}

// EightA is a board of the 8A family with 24 locks.
type EightA struct {
	Doors
	Address byte
	unread  []byte
}

func (b *EightA) hear(heard []byte) (answers [][]byte) {
	b.unread = append(b.unread, heard...)
	for ; len(b.unread) >= 5; b.unread = b.unread[1:] {
		f := b.unread[:5]
		number := int(f[2])
		if f[1] != b.Address || f[0]^f[1]^f[2]^f[3] != f[4] || number < 1 || number > 24 {
			continue
		}
		switch {
		case f[0] == 0x8A && f[3] == 0x11:
			b.pulse(number, 0)
		case f[0] == 0x80 && f[3] == 0x33:
		default:
			continue
		}
		state := byte(0)
		if b.contact(number) {
			state = 0x11
		}
		answers = append(answers, []byte{f[0], f[1], f[2], state, f[0] ^ f[1] ^ f[2] ^ state})
		b.unread = b.unread[4:]
	}
	return answers
}

// CU16 is a Kerong CU16.
type CU16 struct {
	Doors
	Address byte // 0–15
	unread  []byte
}

func (b *CU16) hear(heard []byte) (answers [][]byte) {
	b.unread = append(b.unread, heard...)
	for ; len(b.unread) >= 5; b.unread = b.unread[1:] {
		f := b.unread[:5]
		if f[0] != 2 || f[3] != 3 || f[0]+f[1]+f[2]+f[3] != f[4] || f[1]>>4 != b.Address {
			continue
		}
		switch f[2] {
		case '1':
			b.pulse(int(f[1]&15)+1, 0)
		case '0':
			answer := []byte{2, b.Address << 4, '5', 0, 0, 0, 0, 3, 0}
			for lock := range 16 {
				if b.contact(lock + 1) {
					answer[3+lock/8] |= 1 << (lock % 8)
				}
			}
			for _, x := range answer[:8] {
				answer[8] += x
			}
			answers = append(answers, answer)
		}
		b.unread = b.unread[4:]
	}
	return answers
}

// Waveshare is a Modbus relay with eight relays and eight inputs.
type Waveshare struct {
	Doors
	Address byte
	Stuck   bool // the relays stay closed
	unread  []byte
}

func (b *Waveshare) hear(heard []byte) (answers [][]byte) {
	b.unread = append(b.unread, heard...)
	for ; len(b.unread) >= 8; b.unread = b.unread[1:] {
		f := bytes.Clone(b.unread[:8])
		if f[0] != b.Address || !bytes.Equal(f, signed(f[:6])) {
			continue
		}
		answers = append(answers, b.obey(f, binary.BigEndian.Uint16(f[2:]), binary.BigEndian.Uint16(f[4:])))
		b.unread = b.unread[7:]
	}
	return answers
}

// obey answers one request.
func (b *Waveshare) obey(f []byte, at, value uint16) []byte {
	state := func(closed bool) []byte {
		if closed {
			return signed([]byte{f[0], f[1], 1, 1})
		}
		return signed([]byte{f[0], f[1], 1, 0})
	}
	number := int(at&0xFF) + 1
	switch {
	case number > 8:
	case f[1] == 5 && at>>8 == 2:
		b.pulse(number, time.Duration(value)*100*time.Millisecond)
		return f
	case f[1] == 5 && at>>8 == 0 && value == 0:
		return f
	case f[1] == 1 && value == 1:
		return state(b.Stuck)
	case f[1] == 2 && value == 1:
		return state(b.contact(number))
	}
	return signed([]byte{f[0], f[1] | 0x80, 2})
}

// signed appends Modbus's checksum, from the table of the specification's appendix, made here.
func signed(b []byte) []byte {
	sum := uint16(0xFFFF)
	for _, x := range b {
		index := byte(sum) ^ x
		entry := uint16(index)
		for range 8 {
			entry = entry>>1 ^ (entry&1)*0xA001
		}
		sum = sum>>8 ^ entry
	}
	return append(bytes.Clone(b), byte(sum), byte(sum>>8))
}
