package fingerprinttest

import (
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"lockerd/drivers/fingerprint"
)

func (s *server) store(buffer byte, page int) error {
	s.work(50 * time.Millisecond)
	s.mu.Lock()
	code := fingerprint.OK
	switch template := s.buffers[buffer]; {
	case page >= s.capacity:
		code = fingerprint.PageOutOfRange
	case len(impressions(template)) == 0:
		code = fingerprint.FlashError
	default:
		s.flash.Pages[page] = slices.Clone(template)
	}
	s.mu.Unlock()
	if code == fingerprint.OK {
		s.saved()
	}
	return s.reply(code)
}

func (s *server) loadChar(buffer byte, page int) error {
	s.mu.Lock()
	code := fingerprint.OK
	switch template, stored := s.flash.Pages[page]; {
	case page >= s.capacity:
		code = fingerprint.PageOutOfRange
	case !stored:
		code = fingerprint.BadTemplate
	case !s.hasBuffer(buffer):
		code = fingerprint.PacketError
	default:
		s.buffers[buffer] = slices.Clone(template)
	}
	s.mu.Unlock()
	return s.reply(code)
}

func (s *server) deletChar(where span) error {
	s.work(50 * time.Millisecond)
	if where.first >= s.capacity || where.count == 0 {
		return s.reply(fingerprint.DeleteFailed)
	}
	s.mu.Lock()
	for page := range s.flash.Pages {
		if where.holds(page) {
			delete(s.flash.Pages, page)
		}
	}
	s.mu.Unlock()
	s.saved()
	return s.reply(fingerprint.OK)
}

func (s *server) count() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return binary.BigEndian.AppendUint16(nil, uint16(len(s.flash.Pages)))
}

func (s *server) readIndexTable(table int) error {
	if table > 3 {
		return s.reply(fingerprint.PageOutOfRange)
	}
	var bits [32]byte
	s.mu.Lock()
	for page := range s.flash.Pages {
		if page/256 == table {
			bits[page%256/8] |= 1 << (page % 8)
		}
	}
	s.mu.Unlock()
	return s.reply(fingerprint.OK, bits[:]...)
}

func (s *server) upChar(buffer byte) error {
	s.mu.Lock()
	template := s.buffers[buffer]
	s.mu.Unlock()
	if template == nil {
		return s.reply(fingerprint.UpCharFailed)
	}
	if err := s.reply(fingerprint.OK); err != nil {
		return err
	}
	return s.sendData(template)
}

func (s *server) upImage() error {
	s.mu.Lock()
	image := s.image
	s.mu.Unlock()
	if image == nil {
		return s.reply(fingerprint.UpImageFailed)
	}
	if err := s.reply(fingerprint.OK); err != nil {
		return err
	}
	return s.sendData(image)
}

// sendData sends data packets of the size that is set, the last one marked.
func (s *server) sendData(data []byte) error {
	s.mu.Lock()
	size := 32 << s.flash.Packet
	s.mu.Unlock()
	for len(data) > size {
		if err := s.send(fingerprint.Data, data[:size]); err != nil {
			return err
		}
		data = data[size:]
	}
	return s.send(fingerprint.LastData, data)
}

func (s *server) downChar(buffer byte) error {
	if !s.hasBuffer(buffer) {
		return s.reply(fingerprint.PacketError)
	}
	if err := s.reply(fingerprint.OK); err != nil {
		return err
	}
	data, err := s.receiveData(s.template)
	if err != nil {
		return s.unlessCommand(err)
	}
	s.mu.Lock()
	s.buffers[buffer] = data
	s.mu.Unlock()
	return nil
}

func (s *server) downImage() error {
	if err := s.reply(fingerprint.OK); err != nil {
		return err
	}
	data, err := s.receiveData(s.width * s.height / 2)
	if err != nil {
		return s.unlessCommand(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.image, s.identity, s.number = data, identityOf(data), 0
	return nil
}

// errNoData says that a command arrived in place of data: the host gave up.
var errNoData = errors.New("command in place of data")

// unlessCommand forgives a host that gave up sending.
func (s *server) unlessCommand(err error) error {
	if errors.Is(err, errNoData) {
		return nil
	}
	return err
}

// receiveData takes data packets until the last one. What is longer than limit is cut.
func (s *server) receiveData(limit int) ([]byte, error) {
	var data []byte
	for {
		p, err := s.next()
		if err != nil {
			return nil, err
		}
		switch p.PID {
		case fingerprint.Command:
			s.unread = append(p.Append(nil), s.unread...) // carried out next
			return nil, errNoData
		case fingerprint.Data, fingerprint.LastData:
			data = append(data, p.Content[:min(len(p.Content), limit-len(data))]...)
			if p.PID == fingerprint.LastData {
				return data, nil
			}
		}
	}
}
