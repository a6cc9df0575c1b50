package fingerprinttest

import (
	"encoding/binary"
	"time"

	"lockerd/drivers/fingerprint"
)

// wants returns how many argument bytes an instruction has, and whether this model knows it.
func (s *server) wants(in fingerprint.Instruction) (int, bool) {
	n, ok := map[fingerprint.Instruction]int{
		fingerprint.GenImg: 0, fingerprint.Img2Tz: 1, fingerprint.Match: 0, fingerprint.Search: 5,
		fingerprint.HighSpeed: 5, fingerprint.RegModel: 0, fingerprint.Store: 3, fingerprint.LoadChar: 3,
		fingerprint.UpChar: 1, fingerprint.DownChar: 1, fingerprint.UpImage: 0, fingerprint.DownImage: 0,
		fingerprint.DeletChar: 4, fingerprint.Empty: 0, fingerprint.SetSysPara: 2, fingerprint.ReadSysPara: 0,
		fingerprint.SetPwd: 4, fingerprint.VfyPwd: 4, fingerprint.GetRandom: 0, fingerprint.SetAdder: 4,
		fingerprint.HandShake17: 1, fingerprint.TempleteNum: 0, fingerprint.ReadIndexTable: 1,
		fingerprint.GetEcho: 0, fingerprint.LEDOn: 0, fingerprint.LEDOff: 0,
	}[in]
	if !ok && s.family503 {
		n, ok = map[fingerprint.Instruction]int{
			fingerprint.AuraLedConfig: 4, fingerprint.CheckSensor: 0, fingerprint.GetAlgVer: 0,
			fingerprint.GetFwVer: 0, fingerprint.ReadProdInfo: 0, fingerprint.SoftRst: 0,
			fingerprint.HandShake: 0,
		}[in]
	}
	return n, ok
}

// carryOut answers one command.
func (s *server) carryOut(in fingerprint.Instruction, args []byte) error {
	s.delay(in)
	n, known := s.wants(in)
	s.mu.Lock()
	trusted := s.trusted
	s.mu.Unlock()
	switch {
	case !known || len(args) < n:
		return s.reply(fingerprint.PacketError)
	case !trusted && in != fingerprint.VfyPwd:
		return s.reply(fingerprint.PasswordNeeded)
	}
	switch in {
	case fingerprint.GenImg:
		return s.genImg()
	case fingerprint.Img2Tz:
		return s.img2Tz(args[0])
	case fingerprint.Match:
		return s.match()
	case fingerprint.Search, fingerprint.HighSpeed:
		return s.search(args[0], pages(args[1:]))
	case fingerprint.RegModel:
		return s.regModel()
	case fingerprint.Store:
		return s.store(args[0], int(binary.BigEndian.Uint16(args[1:])))
	case fingerprint.LoadChar:
		return s.loadChar(args[0], int(binary.BigEndian.Uint16(args[1:])))
	case fingerprint.UpChar:
		return s.upChar(args[0])
	case fingerprint.DownChar:
		return s.downChar(args[0])
	case fingerprint.UpImage:
		return s.upImage()
	case fingerprint.DownImage:
		return s.downImage()
	case fingerprint.DeletChar:
		return s.deletChar(pages(args))
	case fingerprint.Empty:
		return s.deletChar(span{0, s.capacity})
	case fingerprint.TempleteNum:
		return s.reply(fingerprint.OK, s.count()...)
	case fingerprint.ReadIndexTable:
		return s.readIndexTable(int(args[0]))
	}
	return s.configure(in, args)
}

// span is some pages: from the first, so many.
type span struct{ first, count int }

// pages reads start 2, count 2.
func pages(b []byte) span {
	return span{int(binary.BigEndian.Uint16(b)), int(binary.BigEndian.Uint16(b[2:]))}
}

func (p span) holds(page int) bool { return page >= p.first && page < p.first+p.count }

func (s *server) genImg() error {
	s.mu.Lock()
	finger, n, dead := s.finger, s.placed, s.fault == Dead
	s.image = nil
	s.mu.Unlock()
	if dead {
		return s.reply(fingerprint.SensorAbnormal)
	}
	if finger == nil {
		s.work(120 * time.Millisecond)
		return s.reply(fingerprint.NoFinger)
	}
	s.work(250 * time.Millisecond)
	pix := finger.Impression(n, s.width, s.height)
	if len(pix) != s.width*s.height {
		return s.reply(fingerprint.ImageFailed)
	}
	s.mu.Lock()
	s.image, s.identity, s.number = fingerprint.PackNibbles(pix), finger.Identity(), n
	s.mu.Unlock()
	return s.reply(fingerprint.OK)
}

func (s *server) img2Tz(buffer byte) error {
	s.work(300 * time.Millisecond)
	s.mu.Lock()
	code := fingerprint.OK
	switch {
	case s.image == nil:
		code = fingerprint.NoImage
	case !s.hasBuffer(buffer):
		code = fingerprint.PacketError
	case blank(s.image):
		code = fingerprint.FewFeatures
	default:
		s.buffers[buffer] = character(s.identity, s.number, s.character)
	}
	s.mu.Unlock()
	return s.reply(code)
}

// hasBuffer tells whether the model has that character buffer.
func (m *Module) hasBuffer(buffer byte) bool { return buffer >= 1 && int(buffer) <= m.slots }

// blank tells whether an image has the same grey everywhere.
func blank(packed []byte) bool {
	for _, b := range packed {
		if b != packed[0] {
			return false
		}
	}
	return true
}

func (s *server) regModel() error {
	s.work(200 * time.Millisecond)
	s.mu.Lock()
	template, same := merge(s.buffers[1], s.buffers[2], s.template)
	if same {
		s.buffers[1], s.buffers[2] = template, template
	}
	s.mu.Unlock()
	if !same {
		return s.reply(fingerprint.CannotMerge)
	}
	return s.reply(fingerprint.OK)
}

// match and search answer with scores, zero when there is no match: clients read as many bytes as in a
// match.
func (s *server) match() error {
	s.work(50 * time.Millisecond)
	s.mu.Lock()
	got := score(s.buffers[1], s.buffers[2])
	same := got >= threshold(s.flash.Security)
	s.mu.Unlock()
	if !same {
		return s.reply(fingerprint.NoMatch, 0, 0)
	}
	return s.reply(fingerprint.OK, byte(got>>8), byte(got))
}

func (s *server) search(buffer byte, where span) error {
	s.mu.Lock()
	best, at := 0, 0
	compared := 0
	for page := range s.capacity {
		template, stored := s.flash.Pages[page]
		if !stored || !where.holds(page) {
			continue
		}
		compared++
		if got := score(s.buffers[buffer], template); got > best {
			best, at = got, page
		}
	}
	found := best >= threshold(s.flash.Security)
	s.mu.Unlock()
	s.work(100*time.Millisecond + time.Duration(compared)*time.Millisecond)
	if !found {
		return s.reply(fingerprint.NotFound, 0, 0, 0, 0)
	}
	return s.reply(fingerprint.OK, byte(at>>8), byte(at), byte(best>>8), byte(best))
}
