package fingerprint

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// PID says what a packet carries.
type PID byte

// The kinds of packets.
const (
	Command  PID = 0x01 // host → module: one instruction
	Data     PID = 0x02 // either way: a part of an image or a template, more follows
	Ack      PID = 0x07 // module → host: confirmation and answer
	LastData PID = 0x08 // either way: the last part
)

// BroadcastAddress is the address of a module that was never given another.
const BroadcastAddress uint32 = 0xFFFFFFFF

// MaxContent is the largest content of a packet in bytes.
const MaxContent = 256

// headerLen is the length in bytes of everything before the content, sumLen of the sum behind it.
const (
	headerLen = 9
	sumLen    = 2
)

// Packet is one frame: EF01, address (4), PID (1), length of content and sum (2), content, sum (2).
// Numbers are big endian.
type Packet struct {
	Address uint32
	PID     PID
	Content []byte // at most MaxContent bytes
}

// Reasons why bytes are no packet.
var (
	// ErrShort says that the bytes so far may be the beginning of a packet.
	ErrShort = errors.New("packet is not complete")
	// ErrChecksum says that a packet arrived whose sum is wrong.
	ErrChecksum = errors.New("packet has a wrong sum")
	// ErrMalformed says that bytes were skipped that are no packet: no start, a length out of bounds or an
	// unknown kind.
	ErrMalformed = errors.New("bytes are no packet")
)

// Append appends the frame of p to b.
func (p Packet) Append(b []byte) []byte {
	length := len(p.Content) + sumLen
	b = append(b, 0xEF, 0x01)
	b = binary.BigEndian.AppendUint32(b, p.Address)
	b = append(b, byte(p.PID), byte(length>>8), byte(length))
	b = append(b, p.Content...)
	return binary.BigEndian.AppendUint16(b, Sum(p.PID, p.Content))
}

// Sum returns the sum that ends a packet: PID, both length bytes and the content, modulo 65536.
func Sum(pid PID, content []byte) uint16 {
	length := len(content) + sumLen
	sum := uint16(pid) + uint16(length>>8) + uint16(length&0xFF)
	for _, c := range content {
		sum += uint16(c)
	}
	return sum
}

// ParsePacket reads the first packet in b. It returns how many bytes of b are done with, whether or not
// there is a packet. The content is a part of b. Errors wrap ErrShort (call again with more bytes behind
// what is left), ErrChecksum or ErrMalformed (call again with what is left: the next start is looked for).
// On ErrChecksum the packet is returned as it arrived.
func ParsePacket(b []byte) (Packet, int, error) {
	if start := findStart(b); start > 0 {
		return Packet{}, start, fmt.Errorf("%w: %d bytes skipped", ErrMalformed, start)
	}
	if len(b) < headerLen {
		return Packet{}, 0, ErrShort
	}
	p := Packet{Address: binary.BigEndian.Uint32(b[2:]), PID: PID(b[6])}
	length := int(binary.BigEndian.Uint16(b[7:]))
	if length < sumLen || length > MaxContent+sumLen {
		return Packet{}, 2, fmt.Errorf("%w: length %d", ErrMalformed, length)
	}
	switch p.PID {
	case Command, Data, Ack, LastData:
	default:
		return Packet{}, 2, fmt.Errorf("%w: kind %#x", ErrMalformed, byte(p.PID))
	}
	end := headerLen + length
	if len(b) < end {
		return Packet{}, 0, ErrShort
	}
	p.Content = b[headerLen : end-sumLen]
	if got, want := binary.BigEndian.Uint16(b[end-sumLen:]), Sum(p.PID, p.Content); got != want {
		return p, end, fmt.Errorf("%w: %#04x instead of %#04x", ErrChecksum, got, want)
	}
	return p, end, nil
}

// findStart returns where the next packet may start: the index of EF 01, of a last EF, or len(b).
func findStart(b []byte) int {
	if i := bytes.Index(b, []byte{0xEF, 0x01}); i >= 0 {
		return i
	}
	if n := len(b); n > 0 && b[n-1] == 0xEF {
		return n - 1
	}
	return len(b)
}
