package fingerprint

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/bits"
)

// Parameters reads the module's system parameters.
func (m *Module) Parameters(ctx context.Context) (Parameters, error) {
	b, err := m.do(ctx, ReadSysPara)
	if err != nil {
		return Parameters{}, err
	}
	return ParseParameters(b)
}

// SetPacketSize sets how many bytes of data a packet carries: 32, 64, 128 or 256.
func (m *Module) SetPacketSize(ctx context.Context, size int) error {
	if bits.OnesCount(uint(size)) != 1 || size < 32 || size > 256 {
		return fmt.Errorf("cannot set packets of %d bytes: use 32, 64, 128 or 256", size)
	}
	return m.set(ctx, PacketRegister, byte(bits.TrailingZeros(uint(size))-5), func() { m.info.PacketSize = size })
}

// SetSecurity sets how strict the module's own matching is, from 1 (lenient) to 5 (strict).
func (m *Module) SetSecurity(ctx context.Context, level int) error {
	if level < 1 || level > 5 {
		return fmt.Errorf("cannot set security level %d: use 1 to 5", level)
	}
	return m.set(ctx, SecurityRegister, byte(level), func() { m.info.Security = level })
}

// SetBaud sets the speed of the module, which acknowledges at the old one, and of the bus.
func (m *Module) SetBaud(ctx context.Context, baud int) error {
	if baud%9600 != 0 || baud < 9600 || baud > 115200 {
		return fmt.Errorf("cannot set %d baud: use 9600 to 115200 in steps of 9600", baud)
	}
	bus, ok := m.line.bus.(interface{ SetBaud(int) error })
	if !ok {
		return fmt.Errorf("cannot set %d baud: the line has a fixed speed", baud)
	}
	var failed error
	err := m.set(ctx, BaudRegister, byte(baud/9600), func() {
		m.info.Baud, m.baud, m.line.baud = baud, baud, baud
		failed = bus.SetBaud(baud)
	})
	if failed != nil {
		return fmt.Errorf("cannot set %d baud: %w", baud, failed)
	}
	return err
}

// set writes one register, once: a second try might come at another speed.
func (m *Module) set(ctx context.Context, register, value byte, done func()) error {
	return m.talk(ctx, func(ctx context.Context) error {
		_, err := m.line.ask(ctx, SetSysPara, register, value)
		if err == nil {
			done()
		}
		return err
	})
}

// SetPassword gives the module a new password, which it keeps without power.
func (m *Module) SetPassword(ctx context.Context, password uint32) error {
	return m.talk(ctx, func(ctx context.Context) error {
		_, err := m.line.ask(ctx, SetPwd, binary.BigEndian.AppendUint32(nil, password)...)
		if err == nil {
			m.options.Password = password
		}
		return err
	})
}

// SetAddress gives the module a new address, which it answers from.
func (m *Module) SetAddress(ctx context.Context, address uint32) error {
	return m.talk(ctx, func(ctx context.Context) error {
		if err := m.line.ready(ctx); err != nil {
			return err
		}
		old := m.line.address
		b := binary.BigEndian.AppendUint32(nil, address)
		if err := m.line.send(ctx, Command, append([]byte{byte(SetAdder)}, b...)); err != nil {
			return err
		}
		m.line.address = address
		p, err := m.line.receive(ctx, patience(SetAdder))
		if err == nil && (len(p.Content) == 0 || Confirmation(p.Content[0]) != OK) {
			err = fmt.Errorf("%w: no confirmation", ErrGarbled)
		}
		if err != nil {
			m.line.address = old
			return fmt.Errorf("cannot set the address: %w", err)
		}
		return nil
	})
}

// Random returns a number of the module's generator.
func (m *Module) Random(ctx context.Context) (uint32, error) {
	b, err := m.do(ctx, GetRandom)
	if err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint32(b), nil
}

// Firmware returns the version of the firmware (R503).
func (m *Module) Firmware(ctx context.Context) (string, error) {
	b, err := m.do(ctx, GetFwVer)
	return text(b), err
}

// Algorithm returns the version of the module's algorithm (R503).
func (m *Module) Algorithm(ctx context.Context) (string, error) {
	b, err := m.do(ctx, GetAlgVer)
	return text(b), err
}

// CheckSensor asks whether the sensor works (R503). A broken one is ErrSensor.
func (m *Module) CheckSensor(ctx context.Context) error {
	_, err := m.do(ctx, CheckSensor)
	return err
}

// Light is what the ring around an R503's glass does.
type Light byte

// What the ring can do.
const (
	Breathe Light = 1
	Flash   Light = 2
	LightOn Light = 3
	Dark    Light = 4
	FadeOn  Light = 5
	FadeOff Light = 6
)

// Colour of the ring.
type Colour byte

// Colours of the ring.
const (
	Red    Colour = 1
	Blue   Colour = 2
	Purple Colour = 3
	Green  Colour = 4
	Yellow Colour = 5
	Cyan   Colour = 6
	White  Colour = 7
)

// LED sets the ring of an R503: speed 0–255 (larger is slower), times 0 for ever or 1–255.
func (m *Module) LED(ctx context.Context, light Light, speed byte, colour Colour, times byte) error {
	_, err := m.do(ctx, AuraLedConfig, byte(light), speed, byte(colour), times)
	return err
}

// Backlight switches the lamp of an optical module.
func (m *Module) Backlight(ctx context.Context, on bool) error {
	in := LEDOff
	if on {
		in = LEDOn
	}
	_, err := m.do(ctx, in)
	return err
}
