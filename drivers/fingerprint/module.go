package fingerprint

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// Options are the settings of a module.
type Options struct {
	Address  uint32 // 0 for BroadcastAddress
	Password uint32
	// Baud is the speed to try first, in bits a second, where the bus can change its speed; 0 for 57600. The
	// other speeds that the family is sold with follow.
	Baud int
	// Touch is the line that tells of a finger on the glass (WAKEUP of the R503), set up as an input; nil
	// where it is not wired. TouchLevel is its level while a finger lies there.
	Touch      gpio.PinIn
	TouchLevel gpio.Level
	// Poll is the pause between two looks for a finger; 0 for 100 ms.
	Poll   time.Duration
	Logger *slog.Logger // nil for none
}

// familyBauds are the speeds that modules are sold with, the usual one first.
var familyBauds = []int{57600, 115200, 9600, 19200, 38400}

// Info is what the handshake found out.
type Info struct {
	Model        string // "R503" and the like, or "ZFM-20" for a module that does not tell
	Width        int    // of an image, pixels in a row
	Height       int    // rows
	Capacity     int    // template pages
	TemplateSize int    // bytes that UpChar gives for a stored template
	PacketSize   int    // bytes of data a packet
	Baud         int    // bits a second
	Security     int    // 1–5
	Meeting      int    // counts the handshakes: after another one it may be another module
}

// Module is a fingerprint module at the end of a bus. Its methods may be called from several goroutines;
// one exchange runs at a time. Every method ends when its context does.
type Module struct {
	line     line
	options  Options
	turn     chan struct{} // holds a token while nobody talks to the module
	info     *Info         // nil until the handshake, and again after the module was gone
	meetings int           // how many handshakes there were
	baud     int           // at which it answered last; 0 before it did, and where the bus has one speed
	attempts int           // counts how often it was looked for since then
}

// New returns the module at the other end of bus. Nothing is sent before the first method is called.
func New(bus Bus, o Options) *Module {
	if o.Address == 0 {
		o.Address = BroadcastAddress
	}
	if o.Poll == 0 {
		o.Poll = 100 * time.Millisecond
	}
	if o.Baud == 0 {
		o.Baud = familyBauds[0]
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	m := &Module{line: line{bus: bus, address: o.Address, baud: o.Baud, dirty: true}, options: o, turn: make(chan struct{}, 1)}
	m.turn <- struct{}{}
	return m
}

// Handshake finds the module, gives the password and reads the parameters and the image's size. The other
// methods do it by themselves when it is due: at first, and after the module was gone.
func (m *Module) Handshake(ctx context.Context) (Info, error) {
	var info Info
	err := m.talk(ctx, func(ctx context.Context) error {
		info = *m.info
		return nil
	})
	return info, err
}

// talk runs f alone with the module, which has shaken hands. The bus is interrupted when ctx ends.
func (m *Module) talk(ctx context.Context, f func(context.Context) error) error {
	select {
	case <-m.turn:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { m.turn <- struct{}{} }()
	stop := m.line.interrupt(ctx)
	defer stop()
	if m.info == nil {
		if err := m.meet(ctx); err != nil {
			return err
		}
	}
	err := f(ctx)
	// A module that was unplugged, or lost its power, has forgotten the password; one whose image has another size was
	// mistaken for another.
	if errors.Is(err, ErrGone) || isCode(err, PasswordNeeded) || errors.Is(err, errSize) {
		m.info = nil
	}
	return err
}

// meet opens the bus again where it was gone, and shakes hands.
func (m *Module) meet(ctx context.Context) error {
	info, err := m.greet(ctx)
	if again, ok := m.line.bus.(interface{ Reopen() error }); ok && errors.Is(err, errLine) && ctx.Err() == nil {
		if rerr := again.Reopen(); rerr != nil {
			return fmt.Errorf("%w: %w", ErrGone, rerr)
		}
		m.line.unread, m.line.dirty = nil, true
		info, err = m.greet(ctx)
	}
	if err != nil {
		return err
	}
	m.meetings++
	info.Meeting = m.meetings
	m.info = &info
	m.options.Logger.Info("fingerprint module answers", "model", info.Model, "width", info.Width,
		"height", info.Height, "capacity", info.Capacity, "baud", info.Baud)
	return nil
}

// greet gives the password at the speed that the module answers at, and reads what it is.
func (m *Module) greet(ctx context.Context) (Info, error) {
	if err := m.findSpeed(ctx); err != nil {
		return Info{}, err
	}
	answer, err := m.ask(ctx, ReadSysPara)
	if err != nil {
		return Info{}, err
	}
	p, err := ParseParameters(answer)
	if err != nil {
		return Info{}, fmt.Errorf("%w: %w", ErrGarbled, err)
	}
	info := Info{
		Model: "ZFM-20", Width: 256, Height: 288, TemplateSize: 512,
		Capacity: p.Capacity, PacketSize: p.PacketSize, Baud: p.Baud, Security: p.Security,
	}
	return m.identify(ctx, info)
}

// identify fills in what only the R503 family tells. A ZFM-20 refuses the question, or ignores it; but a question that
// was damaged on its way is answered with PacketError, too, and one that was lost with nothing. So only a module that
// does either again and again, and goes on answering other questions, is an older one.
func (m *Module) identify(ctx context.Context, info Info) (Info, error) {
	answer, err := m.ask(ctx, ReadProdInfo)
	if silent(err) {
		answer, err = m.ask(ctx, ReadProdInfo)
	}
	var refused *ConfirmError
	switch {
	case silent(err):
		return info, m.line.ready(ctx)
	case errors.As(err, &refused) && refused.Code != PasswordNeeded:
		return info, nil
	case err != nil:
		return info, err
	}
	product, err := ParseProduct(answer)
	if err != nil {
		return info, fmt.Errorf("%w: %w", ErrGarbled, err)
	}
	info.Model, info.Width, info.Height = product.Module, product.Width, product.Height
	if product.TemplateSize > 0 {
		info.TemplateSize = product.TemplateSize
	}
	return info, nil
}

// silent tells whether err is a module that said nothing on a line that works.
func silent(err error) bool { return errors.Is(err, ErrGone) && !errors.Is(err, errLine) }

// findSpeed gives the password at each speed until the module answers.
func (m *Module) findSpeed(ctx context.Context) error {
	bus, adjustable := m.line.bus.(interface{ SetBaud(int) error })
	if !adjustable {
		return m.givePassword(ctx)
	}
	var err error
	bauds := m.speeds()
	for _, baud := range bauds {
		if err = bus.SetBaud(baud); err != nil {
			return fmt.Errorf("%w: %w: %w", ErrGone, errLine, err)
		}
		m.line.baud, m.line.dirty = baud, true
		if err = m.givePassword(ctx); err == nil {
			m.baud = baud
			return nil
		}
		// At a wrong speed there is silence or garbage.
		elsewhere := errors.Is(err, ErrGone) || errors.Is(err, ErrGarbled)
		if !elsewhere || errors.Is(err, errLine) || errors.Is(err, errNoise) || ctx.Err() != nil {
			return err
		}
	}
	slices.Sort(bauds)
	return fmt.Errorf("%w at %v baud", err, slices.Compact(bauds))
}

// speeds are the speeds to try: all of them at first, with the likely one after each two others, for a module that gets
// its power a moment after the host. For a module that was there before it is the one at which it answered, and at every
// third attempt between two tries one other in turn, so that it is back soon after it was plugged in.
func (m *Module) speeds() []int {
	first := cmp.Or(m.baud, m.options.Baud)
	others := slices.DeleteFunc(slices.Clone(familyBauds), func(baud int) bool { return baud == first })
	if m.baud == 0 {
		return slices.Insert(slices.Insert(others, 2, first), 0, first)
	}
	m.attempts++
	if m.attempts%3 != 0 {
		return []int{first}
	}
	return []int{first, others[m.attempts/3%len(others)], first}
}

func (m *Module) givePassword(ctx context.Context) error {
	_, err := m.ask(ctx, VfyPwd, binary.BigEndian.AppendUint32(nil, m.options.Password)...)
	return err
}

// ask exchanges one instruction. A damaged reply is asked for twice more, and a module that had answered
// before is given a second chance when it misses a command, which noise can do: every instruction that goes
// through here may be carried out twice.
func (m *Module) ask(ctx context.Context, in Instruction, args ...byte) ([]byte, error) {
	answer, err := m.line.ask(ctx, in, args...)
	for try := 1; try < 3 && ctx.Err() == nil; try++ {
		missed := try == 1 && m.info != nil && silent(err)
		if errors.Is(err, errNoise) || !errors.Is(err, ErrGarbled) && !missed {
			break
		}
		answer, err = m.line.ask(ctx, in, args...)
	}
	return answer, err
}
