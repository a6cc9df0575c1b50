package fingerprinttest

import (
	"encoding/binary"
	"fmt"

	"lockerd/drivers/fingerprint"
)

// configure answers the commands about the module itself.
func (s *server) configure(in fingerprint.Instruction, args []byte) error {
	switch in {
	case fingerprint.SetSysPara:
		return s.setSysPara(args[0], args[1])
	case fingerprint.ReadSysPara:
		return s.reply(fingerprint.OK, s.parameters()...)
	case fingerprint.SetPwd:
		s.remember(func(f *Flash) { f.Password = binary.BigEndian.Uint32(args) })
	case fingerprint.VfyPwd:
		return s.vfyPwd(binary.BigEndian.Uint32(args))
	case fingerprint.SetAdder:
		s.remember(func(f *Flash) { f.Address = binary.BigEndian.Uint32(args) })
	case fingerprint.GetRandom:
		return s.reply(fingerprint.OK, binary.BigEndian.AppendUint32(nil, s.random.Uint32())...)
	case fingerprint.GetEcho:
		return s.reply(fingerprint.Ready)
	case fingerprint.LEDOn:
		s.lamp("on")
	case fingerprint.LEDOff:
		s.lamp("off")
	case fingerprint.AuraLedConfig:
		return s.auraLED(args)
	case fingerprint.CheckSensor:
		return s.checkSensor()
	case fingerprint.GetAlgVer:
		return s.reply(fingerprint.OK, padded("emulated algorithm 1", 32)...)
	case fingerprint.GetFwVer:
		return s.reply(fingerprint.OK, padded("emulated firmware 1", 32)...)
	case fingerprint.ReadProdInfo:
		return s.reply(fingerprint.OK, s.product()...)
	case fingerprint.SoftRst:
		return s.softReset()
	}
	return s.reply(fingerprint.OK)
}

// remember changes the flash.
func (s *server) remember(change func(*Flash)) {
	s.mu.Lock()
	change(&s.flash)
	s.mu.Unlock()
	s.saved()
}

// setSysPara acknowledges at the old setting, then changes it.
func (s *server) setSysPara(register, value byte) error {
	v := int(value)
	valid := map[byte]bool{
		fingerprint.BaudRegister:     v >= 1 && v <= 12,
		fingerprint.SecurityRegister: v >= 1 && v <= 5,
		fingerprint.PacketRegister:   v <= 3,
	}
	ok, exists := valid[register]
	if !exists {
		return s.reply(fingerprint.BadRegister)
	}
	if !ok {
		return s.reply(fingerprint.BadSetting)
	}
	if err := s.reply(fingerprint.OK); err != nil {
		return err
	}
	s.remember(func(f *Flash) {
		switch register {
		case fingerprint.BaudRegister:
			f.Baud = v
		case fingerprint.SecurityRegister:
			f.Security = v
		case fingerprint.PacketRegister:
			f.Packet = v
		}
	})
	return nil
}

func (s *server) parameters() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	be := binary.BigEndian
	b := be.AppendUint16(nil, s.status())
	b = be.AppendUint16(b, s.systemID)
	b = be.AppendUint16(b, uint16(s.capacity))
	b = be.AppendUint16(b, uint16(s.flash.Security))
	b = be.AppendUint32(b, s.flash.Address)
	b = be.AppendUint16(b, uint16(s.flash.Packet))
	return be.AppendUint16(b, uint16(s.flash.Baud))
}

// status is the status register: bit 0 busy, 1 a finger matched, 2 password given, 3 an image is there.
func (s *server) status() uint16 {
	var bits uint16
	if s.trusted && s.flash.Password != 0 {
		bits |= 1 << 2
	}
	if s.image != nil {
		bits |= 1 << 3
	}
	return bits
}

func (s *server) vfyPwd(password uint32) error {
	s.mu.Lock()
	right := password == s.flash.Password
	s.trusted = s.trusted && s.flash.Password == 0 || right
	s.mu.Unlock()
	if !right {
		return s.reply(fingerprint.WrongPassword)
	}
	return s.reply(fingerprint.OK)
}

func (s *server) lamp(state string) {
	if s.options.Lamp != nil {
		s.options.Lamp(state)
	}
}

// auraLED takes control, speed, colour, times.
func (s *server) auraLED(args []byte) error {
	controls := []string{"", "breathes", "flashes", "on", "off", "fades on", "fades off"}
	colours := []string{"", "red", "blue", "purple", "green", "yellow", "cyan", "white"}
	control, colour := int(args[0]), int(args[2])
	if control < 1 || control >= len(controls) || colour < 1 || colour >= len(colours) {
		return s.reply(fingerprint.PacketError)
	}
	state := fmt.Sprintf("%s %s", colours[colour], controls[control])
	if control == 4 {
		state = "off"
	}
	s.lamp(state)
	return s.reply(fingerprint.OK)
}

func (s *server) checkSensor() error {
	s.mu.Lock()
	dead := s.fault == Dead
	s.mu.Unlock()
	if dead {
		return s.reply(fingerprint.SensorAbnormal)
	}
	return s.reply(fingerprint.OK)
}

// product is the answer of an R503: module 16, batch 4, serial number 8, hardware 2, sensor 8, width 2,
// height 2, template size 2, capacity 2.
func (s *server) product() []byte {
	be := binary.BigEndian
	b := padded("R503", 16)
	b = append(b, padded("0001", 4)...)
	b = append(b, padded("00000001", 8)...)
	b = append(b, 1, 0)
	b = append(b, padded("EMULATED", 8)...)
	b = be.AppendUint16(b, uint16(s.width))
	b = be.AppendUint16(b, uint16(s.height))
	b = be.AppendUint16(b, uint16(s.template))
	return be.AppendUint16(b, uint16(s.capacity))
}

// softReset confirms, starts again and says 55.
func (s *server) softReset() error {
	if err := s.reply(fingerprint.OK); err != nil {
		return err
	}
	s.powerUp()
	return s.start()
}

// padded returns text in n bytes, zeros behind it.
func padded(text string, n int) []byte {
	b := make([]byte, n)
	copy(b, text)
	return b
}
