package fingerprinttest

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"sync"
	"time"

	"lockerd/drivers/fingerprint"
)

// Options are the settings of an emulated module.
type Options struct {
	Model Model
	Pace  bool   // as slow as a real module: bytes at the baud rate, work as long as it takes
	Flash *Flash // what it remembers; nil for a new module
	// Saved is called when the flash changed, on the goroutine that serves; nil for nobody.
	Saved func(Flash)
	// Lamp is called when the light changes: "off", "on", or a colour and what it does; nil for nobody.
	Lamp func(string)
}

// Module is an emulated fingerprint module. Its methods may be called while it serves.
type Module struct {
	traits
	options Options

	mu       sync.Mutex
	flash    Flash
	fault    Fault
	late     map[fingerprint.Instruction]time.Duration
	finger   Finger
	placed   uint64 // which impression the finger on the glass gives
	trusted  bool   // the password was given, or there is none
	image    []byte // 4 bits a pixel; nil for none
	identity uint64 // whose finger is in image
	number   uint64 // and which impression
	buffers  map[byte][]byte
	random   *rand.Rand
}

// New returns a module without power: Serve gives it some.
func New(o Options) *Module {
	t, ok := models[o.Model]
	if !ok {
		t = models[R307]
	}
	m := &Module{traits: t, options: o, flash: NewFlash(), random: rand.New(rand.NewPCG(1, 2))}
	if o.Flash != nil && o.Flash.valid(t) {
		m.flash = o.Flash.clone()
	}
	return m
}

// Put lays the n-th impression of a finger on the glass.
func (m *Module) Put(f Finger, n uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.finger, m.placed = f, n
}

// Lift takes the finger off the glass.
func (m *Module) Lift() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.finger = nil
}

// Touched tells whether a finger lies on the glass.
func (m *Module) Touched() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.finger != nil
}

// Fail makes the module fail; NoFault repairs it.
func (m *Module) Fail(f Fault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fault = f
}

// Delay makes the module take so much longer for the next instruction of that kind.
func (m *Module) Delay(in fingerprint.Instruction, by time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.late == nil {
		m.late = map[fingerprint.Instruction]time.Duration{}
	}
	m.late[in] = by
}

// delay passes the time that Delay asked for.
func (s *server) delay(in fingerprint.Instruction) {
	s.mu.Lock()
	by := s.late[in]
	delete(s.late, in)
	s.mu.Unlock()
	if by == 0 {
		return
	}
	select {
	case <-s.ctx.Done():
	case <-time.After(by):
	}
}

// SetPace makes the module as slow as a real one, or not.
func (m *Module) SetPace(on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.options.Pace = on
}

// Flash returns what the module remembers.
func (m *Module) Flash() Flash {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.flash.clone()
}

// Serve gives the module power and answers on the link until the link ends or ctx does. It closes the link
// before it returns. Where the link tells its speed, Baud() int in bits a second, a module of another speed
// hears and says what is none.
func (m *Module) Serve(ctx context.Context, link io.ReadWriteCloser) error {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(ctx, func() { link.Close() })
	m.powerUp()
	s := &server{Module: m, ctx: ctx, link: link, arrived: make(chan []byte, 16)}
	var reading sync.WaitGroup
	reading.Go(s.listen)
	defer reading.Wait()
	defer func() {
		if stop() {
			link.Close()
		}
		cancel()
	}()
	if err := s.start(); err != nil {
		return s.ended(err)
	}
	for {
		p, err := s.next()
		if err != nil {
			return s.ended(err)
		}
		if p.PID != fingerprint.Command || len(p.Content) == 0 {
			continue
		}
		if err := s.carryOut(fingerprint.Instruction(p.Content[0]), p.Content[1:]); err != nil {
			return s.ended(err)
		}
	}
}

// powerUp forgets what a module forgets without power.
func (m *Module) powerUp() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.trusted = m.flash.Password == 0
	m.image, m.buffers = nil, map[byte][]byte{}
}

// server is a module at work on one link.
type server struct {
	*Module
	ctx     context.Context
	link    io.ReadWriteCloser
	arrived chan []byte // closed when the link has ended, after end was set
	end     error
	unread  []byte
	lastSum uint16 // that arrived with a damaged packet
}

// ended turns the end of the link into the reason for it.
func (s *server) ended(err error) error {
	if s.ctx.Err() != nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe) {
		return s.ctx.Err()
	}
	return err
}

// start does what a module does when it gets power: a ZFM-20 is deaf for half a second, an R503 says 55.
func (s *server) start() error {
	if s.family503 {
		s.work(50 * time.Millisecond)
		return s.write([]byte{byte(fingerprint.Ready)})
	}
	s.work(500 * time.Millisecond)
	return nil
}

// next returns the next packet for this module. Garbage, damaged commands and packets for other addresses
// are passed over, save that a damaged command is answered with 01.
func (s *server) next() (fingerprint.Packet, error) {
	for {
		p, n, err := fingerprint.ParsePacket(s.unread)
		if errors.Is(err, fingerprint.ErrChecksum) {
			s.lastSum = binary.BigEndian.Uint16(s.unread[n-2:])
		}
		s.unread = s.unread[n:]
		s.mu.Lock()
		mine := p.Address == s.flash.Address
		s.mu.Unlock()
		switch {
		case errors.Is(err, fingerprint.ErrShort):
			if err := s.fill(); err != nil {
				return p, err
			}
		case errors.Is(err, fingerprint.ErrChecksum) && mine && p.PID == fingerprint.Command:
			if err := s.reply(fingerprint.PacketError); err != nil {
				return p, err
			}
		case errors.Is(err, fingerprint.ErrChecksum) && mine && p.PID == fingerprint.LastData && s.sumAsData(p):
			return p, nil
		case err == nil && mine:
			return p, nil
		}
	}
}

// sumAsData tells whether the sum of a last data packet was taken as if it were not the last one. Adafruit's
// Python library sends it so, and modules take it; so does this one.
func (s *server) sumAsData(p fingerprint.Packet) bool {
	return s.lastSum == fingerprint.Sum(fingerprint.Data, p.Content)
}

// listen takes what arrives, also while the module talks: the two directions of the wire are apart.
func (s *server) listen() {
	defer close(s.arrived)
	for {
		b := make([]byte, 1024)
		n, err := s.link.Read(b)
		if n > 0 {
			select {
			case s.arrived <- b[:n]:
			case <-s.ctx.Done():
			}
		}
		if err != nil {
			s.end = err
			return
		}
	}
}

func (s *server) fill() error {
	select {
	case b, ok := <-s.arrived:
		if !ok {
			return s.end
		}
		s.unread = append(s.unread, s.sampled(b)...)
		s.work(s.wireTime(len(b)))
		return nil
	case <-s.ctx.Done():
		return s.ctx.Err()
	}
}

// write sends bytes; where the module has a pace at the baud rate, what goes over the wire within 5 ms at a time.
func (s *server) write(b []byte) error {
	for len(b) > 0 {
		n := len(b)
		if s.paced() {
			n = min(n, max(1, int(5*time.Millisecond/s.wireTime(1))))
		}
		s.work(s.wireTime(n))
		if _, err := s.link.Write(s.sampled(b[:n])); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// sampled is what bytes look like at the other end of the line, which may have another speed.
func (s *server) sampled(b []byte) []byte {
	line, known := s.link.(interface{ Baud() int })
	if !known {
		return b
	}
	s.mu.Lock()
	own := 9600 * s.flash.Baud
	s.mu.Unlock()
	if line.Baud() == own {
		return b
	}
	torn := make([]byte, (len(b)+1)/2)
	for i := range torn {
		torn[i] = b[2*i]>>1 | 0x80
	}
	return torn
}

// wireTime is how long n bytes take on the wire, 10 bits each.
func (s *server) wireTime(n int) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := time.Duration(n) * 10 * time.Second / time.Duration(9600*s.flash.Baud)
	if s.fault == Slow {
		t *= 10
	}
	return t
}

// paced tells whether the module is as slow as a real one; one with the fault Slow is, and slower.
func (s *server) paced() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.options.Pace || s.fault == Slow
}

// work passes the time that something takes, where the module has a pace.
func (s *server) work(d time.Duration) {
	if d <= 0 || !s.paced() {
		return
	}
	select {
	case <-s.ctx.Done():
	case <-time.After(d):
	}
}

// send writes one packet from this module, spoiled as the fault does.
func (s *server) send(pid fingerprint.PID, content []byte) error {
	s.mu.Lock()
	frame := fingerprint.Packet{Address: s.flash.Address, PID: pid, Content: content}.Append(nil)
	frame = s.fault.spoil(frame)
	s.mu.Unlock()
	return s.write(frame)
}

// reply sends a confirmation and what stands behind it.
func (s *server) reply(c fingerprint.Confirmation, answer ...byte) error {
	return s.send(fingerprint.Ack, append([]byte{byte(c)}, answer...))
}

// saved tells that the flash changed.
func (s *server) saved() {
	if s.options.Saved != nil {
		s.options.Saved(s.Flash())
	}
}
