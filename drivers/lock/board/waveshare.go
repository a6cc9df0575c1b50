package board

import (
	"context"
	"fmt"
	"time"
)

// Waveshare is a Modbus RTU relay of Waveshare's, at 9600 bits a second when new. Its "flash on" is a pulse
// that the board times: writing coil 0200h + n with a value of 1 to 7FFFh closes relay n for so many tenths
// of a second. Models with digital inputs read the door switches; n counts from 0 on the wire.
//
//	aa 05 02 nn tttt crc   pulse relay nn; the answer is the same
//	aa 05 00 nn 0000 crc   relay nn off; the answer is the same
//	aa 01 00nn 0001 crc    relay nn; the answer is aa 01 01 bb crc
//	aa 02 00nn 0001 crc    input nn; the answer is aa 02 01 bb crc
type Waveshare struct {
	modbus modbus
	zero   bool
}

// flashOn is added to a relay's number.
const flashOn = 0x0200

// tick is the unit of a pulse.
const tick = 100 * time.Millisecond

// NewWaveshare returns the board with that address, 1–247. ShutIsZero says that an input of 0 is a shut door.
func NewWaveshare(bus *Bus, address int, shutIsZero bool) (*Waveshare, error) {
	if address < 1 || address > 247 {
		return nil, fmt.Errorf("cannot use a Modbus relay with address %d: use 1 to 247", address)
	}
	return &Waveshare{modbus{bus, byte(address)}, shutIsZero}, nil
}

// Locks is Board's.
func (b *Waveshare) Locks() int { return 32 }

// unlock pulses as long as asked, rounded down to tenths of a second and at least one.
func (b *Waveshare) unlock(ctx context.Context, number int, p *pulse) error {
	return b.explain(number, b.modbus.write(ctx, flashOn+uint16(number-1), uint16(max(p.lasts/tick, 1)), p))
}

// off opens the relay and reads it back.
func (b *Waveshare) off(ctx context.Context, number int) error {
	if err := b.modbus.write(ctx, uint16(number-1), 0, nil); err != nil {
		return b.explain(number, err)
	}
	on, err := b.modbus.read(ctx, readCoils, number-1)
	if err == nil && on {
		err = fmt.Errorf("%w: it stays closed", ErrRefused)
	}
	return b.explain(number, err)
}

func (b *Waveshare) shut(ctx context.Context, number int) (bool, error) {
	input, err := b.modbus.read(ctx, readInputs, number-1)
	return err == nil && input != b.zero, b.explain(number, err)
}

func (b *Waveshare) explain(number int, err error) error {
	if err != nil {
		return fmt.Errorf("board %d, relay %d: %w", b.modbus.address, number, err)
	}
	return nil
}
