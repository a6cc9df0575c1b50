package board

import (
	"context"
	"encoding/binary"
	"fmt"
)

// The functions of Modbus that relays know (MODBUS Application Protocol V1.1b3, sections 6.1, 6.2, 6.5).
const (
	readCoils   = 1
	readInputs  = 2
	writeCoil   = 5
	refusal     = 0x80 // added to the function of a request that is refused
	codeAddress = 2    // of a refusal: there is no such coil or input
)

// modbus is a server on a Modbus line, an RTU: address, function, data, and a checksum of two bytes, the low
// one first.
type modbus struct {
	bus     *Bus
	address byte
}

// read reads one coil or input, from 0.
func (m modbus) read(ctx context.Context, function byte, n int) (bool, error) {
	request := binary.BigEndian.AppendUint16([]byte{m.address, function}, uint16(n))
	request = binary.BigEndian.AppendUint16(request, 1)
	bits, err := m.bus.ask(ctx, question{
		board: m.address, request: seal(request), reads: function == readInputs,
		parse: func(raw []byte) ([]byte, int, error) { return parseBits(m.address, function, 1, raw) },
	})
	return err == nil && bit(bits, 0), err
}

// write writes one coil, which may pulse it. The answer is the request again.
func (m modbus) write(ctx context.Context, n, value uint16, p *pulse) error {
	request := binary.BigEndian.AppendUint16([]byte{m.address, writeCoil}, n)
	request = seal(binary.BigEndian.AppendUint16(request, value))
	_, err := m.bus.ask(ctx, question{
		board: m.address, request: request, pulse: p,
		parse: func(raw []byte) ([]byte, int, error) { return parseWritten(request, raw) },
	})
	return err
}

// parseBits finds the answer to a question for so many coils or inputs and returns their bytes.
func parseBits(address, function byte, count int, raw []byte) ([]byte, int, error) {
	if n, err := parseHead(address, function, raw); err != nil {
		return nil, n, err
	}
	size := (count + 7) / 8
	switch {
	case len(raw) < 3:
		return nil, 0, errMore
	case int(raw[2]) != size:
		return nil, 1, fmt.Errorf("answer of %d bytes in place of %d", raw[2], size)
	case len(raw) < 3+size+2:
		return nil, 0, errMore
	case !sealed(raw[:3+size+2]):
		return nil, 1, errChecksum
	}
	return raw[3 : 3+size], 3 + size + 2, nil
}

// parseWritten finds the answer to a request that writes.
func parseWritten(request, raw []byte) ([]byte, int, error) {
	if n, err := parseHead(request[0], request[1], raw); err != nil {
		return nil, n, err
	}
	switch {
	case len(raw) < len(request):
		return nil, 0, errMore
	case string(raw[:len(request)]) != string(request):
		return nil, 1, fmt.Errorf("answer to another request, or its checksum is wrong")
	}
	return raw[:len(request)], len(request), nil
}

// parseHead checks whom an answer is from and whether it is a refusal, which is an error of ErrRefused.
func parseHead(address, function byte, raw []byte) (int, error) {
	if len(raw) > 0 && raw[0] != address || len(raw) > 1 && raw[1]&^refusal != function {
		return 1, fmt.Errorf("answer to another question, %x", raw[:min(len(raw), 2)])
	}
	switch {
	case len(raw) < 2:
		return 0, errMore
	case raw[1] == function:
		return 0, nil
	case len(raw) < 5:
		return 0, errMore
	case !sealed(raw[:5]):
		return 1, errChecksum
	case raw[2] == codeAddress:
		return 5, fmt.Errorf("%w: it has no such relay or input", ErrRefused)
	}
	return 5, fmt.Errorf("%w: Modbus exception %d", ErrRefused, raw[2])
}

// seal appends the checksum.
func seal(b []byte) []byte { return binary.LittleEndian.AppendUint16(b, crc(b)) }

// sealed tells whether the last two bytes are the checksum of the others.
func sealed(b []byte) bool {
	end := len(b) - 2
	return end >= 0 && binary.LittleEndian.Uint16(b[end:]) == crc(b[:end])
}

// crc is CRC-16/MODBUS: polynomial A001, the lowest bit first, begun with FFFF (MODBUS over Serial Line
// V1.02, section 6.2.2).
func crc(b []byte) uint16 {
	c := uint16(0xFFFF)
	for _, x := range b {
		c ^= uint16(x)
		for range 8 {
			odd := c&1 == 1
			c >>= 1
			if odd {
				c ^= 0xA001
			}
		}
	}
	return c
}
