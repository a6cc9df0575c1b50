package fingerprint

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// Bus is the serial line to a module. Reads and writes end with an error that wraps os.ErrDeadlineExceeded
// when the deadline has passed; every other error means that the line is gone. A read without a deadline
// blocks until there is a byte.
//
// Two methods more are used where a bus has them: Reopen() error, to come back after the module was
// unplugged, and SetBaud(bitsPerSecond int) error, to find the module's speed.
type Bus interface {
	io.ReadWriter
	SetDeadline(time.Time) error
}

// How long a line waits.
const (
	quiet      = 80 * time.Millisecond  // no byte for so long: the module has said all it had to say
	drainTime  = 4 * time.Second        // how much longer than on the wire an image that was left half read may take
	settleTime = 400 * time.Millisecond // how long a module may think about the question that brings it into step
	maxGarbage = 4096                   // bytes that are skipped in search of one packet

	// longestImage is the bytes of 256 × 288 pixels, two a byte, in the smallest packets, of 32 bytes.
	longestImage = 256 * 288 / 2 / 32 * (headerLen + 32 + sumLen)
)

var (
	// errLine marks the failure of the line itself, beside a module that stays silent on a good line.
	errLine = errors.New("the line to the module failed")
	// errNoise marks a line that never falls silent: asking again would take as long again.
	errNoise = errors.New("what comes never ends: another device is at this port, or its speed is wrong")
)

// line exchanges packets over a bus. It is used by one goroutine at a time.
type line struct {
	bus     Bus
	address uint32
	baud    int    // bits a second, 10 of which carry a byte
	unread  []byte // arrived, not yet parsed
	dirty   bool   // an exchange was left half done: what still arrives belongs to nobody
}

// send writes one packet.
func (l *line) send(ctx context.Context, pid PID, content []byte) error {
	if len(content) > MaxContent {
		return fmt.Errorf("cannot send %d bytes in one packet", len(content))
	}
	if err := l.deadline(ctx, time.Now().Add(2*time.Second)); err != nil {
		return err
	}
	_, err := l.bus.Write(Packet{Address: l.address, PID: pid, Content: content}.Append(nil))
	return l.failure(ctx, err)
}

// receive returns the next packet from the module's address. Garbage before it is skipped. The content is
// valid until the next call.
func (l *line) receive(ctx context.Context, within time.Duration) (Packet, error) {
	end := time.Now().Add(within)
	for skipped := 0; skipped <= maxGarbage; {
		p, n, err := ParsePacket(l.unread)
		l.unread = l.unread[n:]
		switch {
		case errors.Is(err, ErrShort):
			if err := l.fill(ctx, end); err != nil {
				return Packet{}, err
			}
		case errors.Is(err, ErrChecksum):
			l.dirty = true
			return Packet{}, fmt.Errorf("%w: %w", ErrGarbled, err)
		case err != nil || p.Address != l.address || p.PID == Command:
			skipped += n
		default:
			return p, nil
		}
	}
	l.dirty = true
	return Packet{}, fmt.Errorf("%w: %d bytes without a packet", ErrGarbled, maxGarbage)
}

// fill reads what there is, at least one byte.
func (l *line) fill(ctx context.Context, end time.Time) error {
	if err := l.deadline(ctx, end); err != nil {
		return err
	}
	var b [512]byte
	n, err := l.bus.Read(b[:])
	l.unread = append(l.unread, b[:n]...)
	if n > 0 {
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress // a bus that returns nothing at once would be asked for ever
	}
	return l.failure(ctx, err)
}

// deadline sets the bus's deadline, unless the context has ended.
func (l *line) deadline(ctx context.Context, end time.Time) error {
	if err := l.bus.SetDeadline(end); err != nil {
		return l.failure(ctx, err)
	}
	if ctx.Err() != nil { // whoever ended it moved the deadline before we did
		l.dirty = true
		return ctx.Err()
	}
	return nil
}

// failure says what an error of the bus means.
func (l *line) failure(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	l.dirty = true
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("%w: no reply in time", ErrGone)
	}
	return fmt.Errorf("%w: %w: %w", ErrGone, errLine, err)
}

// interrupt ends reads and writes when ctx ends, until the returned function is called. An interruption that
// began is over when that function returns, so that it cannot end what comes next.
func (l *line) interrupt(ctx context.Context) (stop func()) {
	over := make(chan struct{})
	end := context.AfterFunc(ctx, func() {
		l.bus.SetDeadline(time.Unix(1, 0))
		close(over)
	})
	return func() {
		if !end() {
			<-over
		}
	}
}

// drain throws away what belongs to an exchange that was left half done.
func (l *line) drain(ctx context.Context) error {
	l.unread = nil
	for end := time.Now().Add(drainTime + l.wireTime(longestImage)); time.Now().Before(end); {
		if err := l.deadline(ctx, time.Now().Add(quiet)); err != nil {
			return err
		}
		var b [512]byte
		_, err := l.bus.Read(b[:])
		if errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() == nil {
			return nil
		}
		if err != nil {
			return l.failure(ctx, err)
		}
	}
	return fmt.Errorf("%w: %w", ErrGarbled, errNoise)
}

// settle comes back into step with the module after an exchange that was left half done. A module answers in
// the order in which it was asked, and what it answers late must not be taken for the answer to the next
// question: a late page of Search would open another person's door. So ReadSysPara is asked, whose answer is
// longer than that of any question that opens a door, everything before that answer is thrown away, and what
// follows it, too, until the module has nothing more to say. A module that asks for its password has none of
// that answer; it refuses every question at once.
func (l *line) settle(ctx context.Context) error {
	if err := l.drain(ctx); err != nil {
		return err
	}
	if err := l.pad(ctx); err != nil {
		return err
	}
	if err := l.send(ctx, Command, []byte{byte(ReadSysPara)}); err != nil {
		return err
	}
	if err := l.awaitParameters(ctx); err != nil {
		return err
	}
	if err := l.drain(ctx); err != nil {
		return err
	}
	l.dirty = false
	return nil
}

// padding is how many bytes pad sends.
const padding = headerLen + MaxContent + sumLen

// pad sends as many zeros as a packet can have bytes: a module that got half of one, because bytes were lost or
// the host was killed, waits for the rest and would take what is asked next for that. It finds the sum wrong.
func (l *line) pad(ctx context.Context) error {
	if err := l.deadline(ctx, time.Now().Add(2*time.Second)); err != nil {
		return err
	}
	_, err := l.bus.Write(make([]byte, padding))
	return l.failure(ctx, err)
}

// wireTime is how long n bytes are on their way. A write returns when they lie in the kernel's buffer.
func (l *line) wireTime(n int) time.Duration {
	return time.Duration(n) * 10 * time.Second / time.Duration(l.baud)
}

// awaitParameters skips everything before the answer to ReadSysPara, which was sent behind the padding.
func (l *line) awaitParameters(ctx context.Context) error {
	late := fmt.Errorf("%w: no reply in time", ErrGone)
	bytes := padding + 2*(headerLen+1+sumLen) + instructions[ReadSysPara].answer // the question and its answer, too
	for end := time.Now().Add(settleTime + l.wireTime(bytes)); time.Now().Before(end); {
		p, err := l.receive(ctx, time.Until(end))
		switch {
		case errors.Is(err, ErrGarbled):
			late = err
			continue
		case errors.Is(err, ErrGone) && !errors.Is(err, errLine):
			return late
		case err != nil:
			return err
		}
		if p.PID != Ack || len(p.Content) == 0 {
			continue
		}
		code, answer := Confirmation(p.Content[0]), p.Content[1:]
		if code == PasswordNeeded || code == OK && len(answer) == instructions[ReadSysPara].answer {
			return nil
		}
	}
	return late
}

// ready sees to it that what arrives next answers what is asked next.
func (l *line) ready(ctx context.Context) error {
	if !l.dirty {
		return nil
	}
	return l.settle(ctx)
}

// ask sends one instruction and returns the answer behind the confirmation. A confirmation other than OK
// is a *ConfirmError.
func (l *line) ask(ctx context.Context, in Instruction, args ...byte) ([]byte, error) {
	if err := l.ready(ctx); err != nil {
		return nil, err
	}
	l.unread = nil
	if err := l.send(ctx, Command, append([]byte{byte(in)}, args...)); err != nil {
		return nil, err
	}
	p, err := l.receive(ctx, patience(in))
	if err != nil {
		return nil, err
	}
	if p.PID != Ack || len(p.Content) == 0 {
		l.dirty = true
		return nil, fmt.Errorf("%w: packet of kind %#02x in place of a reply", ErrGarbled, byte(p.PID))
	}
	if code := Confirmation(p.Content[0]); code != OK {
		return nil, &ConfirmError{Instruction: in, Code: code}
	}
	answer := p.Content[1:]
	if want := instructions[in].answer; len(answer) != want {
		l.dirty = true
		return nil, fmt.Errorf("%w: answer to %v of %d bytes instead of %d", ErrGarbled, in, len(answer), want)
	}
	return answer, nil
}

// patience is how long the reply to an instruction may take.
func patience(in Instruction) time.Duration {
	switch in {
	case GenImg, Img2Tz, RegModel, Store, DeletChar:
		return 2 * time.Second
	case Search, HighSpeed, Empty:
		return 4 * time.Second
	}
	return time.Second
}

// receiveData hands the contents of data packets on until the last one.
func (l *line) receiveData(ctx context.Context, take func(content []byte) error) error {
	for {
		p, err := l.receive(ctx, 2*time.Second)
		if err != nil {
			return err
		}
		if p.PID != Data && p.PID != LastData {
			l.dirty = true
			return fmt.Errorf("%w: packet of kind %#02x among the data", ErrGarbled, byte(p.PID))
		}
		if err := take(p.Content); err != nil {
			l.dirty = true
			return err
		}
		if p.PID == LastData {
			return nil
		}
	}
}

// sendData sends data in packets of at most size bytes, the last one marked.
func (l *line) sendData(ctx context.Context, data []byte, size int) error {
	for len(data) > size {
		if err := l.send(ctx, Data, data[:size]); err != nil {
			return err
		}
		data = data[size:]
	}
	return l.send(ctx, LastData, data)
}
