package board

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// Port is the serial line. Reads and writes end with an error that wraps os.ErrDeadlineExceeded when the
// deadline has passed; every other error means that the line is gone. A port that has Reopen() error is
// opened again when the next board is asked.
type Port interface {
	io.ReadWriter
	SetDeadline(time.Time) error
}

// Options are how a line is driven.
type Options struct {
	// Timeout is how long an answer may take; 0 for 300 ms.
	Timeout time.Duration
	// Gap is the silence between an answer and the next request, so that the board's transmitter lets go of
	// the line; 0 for 5 ms.
	Gap time.Duration
	// Rest is how long a board that gave no answer is not asked for its doors again, so that one that is
	// dead does not hold up the others on its line; 0 for 1 s. An unlock is always sent.
	Rest time.Duration
	// Echo says that the adapter hears what it sends.
	Echo bool
}

// Bounds of what a line may throw at its reader.
const (
	maxFrame = 256                    // the longest answer of any board, a Modbus one
	maxNoise = 4 * maxFrame           // bytes that are skipped in search of one answer
	noisy    = 500 * time.Millisecond // a line that does not fall silent for so long is broken
)

// filled returns the options with what is used where nothing is said.
func (o Options) filled() Options {
	if o.Timeout <= 0 {
		o.Timeout = 300 * time.Millisecond
	}
	if o.Gap <= 0 {
		o.Gap = 5 * time.Millisecond
	}
	if o.Rest <= 0 {
		o.Rest = time.Second
	}
	return o
}

// A Bus is one half-duplex line with boards on it. It carries one request at a time, whoever asks.
type Bus struct {
	port    Port
	options Options
	turn    chan struct{} // holds a token while nobody uses the line

	lost map[byte]time.Time // when boards gave no answer; belongs to who has the turn

	mu      sync.Mutex
	waiting map[string]*reading // for the turn, by their requests
}

// reading is a state that is asked for once, on behalf of all who want to know it before the request goes out: a line
// carries some 50 answers a second, and every door is waited for and looked at by several.
type reading struct {
	done   chan struct{} // closed when there is an answer or an error
	answer []byte
	err    error
}

// NewBus returns the bus on a port.
func NewBus(port Port, o Options) *Bus {
	b := &Bus{port: port, options: o.filled(), turn: make(chan struct{}, 1), lost: map[byte]time.Time{}, waiting: map[string]*reading{}}
	b.turn <- struct{}{}
	return b
}

// A parser finds an answer at the beginning of what arrived: it returns the answer and its length, or
// errMore when it may be there once more has come, or another error when what begins here is none.
type parser func(b []byte) (answer []byte, n int, err error)

// errMore asks for more bytes.
var errMore = errors.New("answer is incomplete")

// A question is a request and what becomes of it.
type question struct {
	board   byte // whom it is for
	request []byte
	parse   parser        // nil for a request that has no answer
	extra   time.Duration // that the answer may take, beside the line's timeout
	pulse   *pulse        // that is driven when the request is heard; nil for a request that drives no coil
	reads   bool          // only a state is asked for, which can wait and be shared
}

// ask sends a request, once, and returns its answer. Where the request drives a coil, an error that wraps
// lock.ErrDoubt says that it may have been heard, one that wraps lock.ErrNotPulsed that it was not sent.
func (b *Bus) ask(ctx context.Context, q question) (answer []byte, err error) {
	if q.pulse != nil {
		defer func() { err = q.pulse.judge(err) }()
	}
	if q.reads {
		return b.share(ctx, q)
	}
	return b.take(ctx, q)
}

// share makes a reading, or waits for one that waits for its turn: as long as whoever began that, who began sooner.
func (b *Bus) share(ctx context.Context, q question) ([]byte, error) {
	b.mu.Lock()
	r, joined := b.waiting[string(q.request)]
	if !joined {
		r = &reading{done: make(chan struct{})}
		b.waiting[string(q.request)] = r
	}
	b.mu.Unlock()
	if joined {
		<-r.done
		return r.answer, r.err
	}
	defer close(r.done)
	r.answer, r.err = b.take(ctx, q)
	return r.answer, r.err
}

// begin ends joining: who asks from now on wants to know what is later than this answer.
func (b *Bus) begin(q question) {
	if q.reads {
		b.mu.Lock()
		delete(b.waiting, string(q.request))
		b.mu.Unlock()
	}
}

func busy(ctx context.Context) error {
	return fmt.Errorf("%w: the line is busy: %w", ErrSilent, ctx.Err())
}

// take waits for the line and asks.
func (b *Bus) take(ctx context.Context, q question) ([]byte, error) {
	select {
	case <-b.turn:
		b.begin(q)
	case <-ctx.Done():
		b.begin(q)
		return nil, busy(ctx)
	}
	defer func() { b.turn <- struct{}{} }()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if q.reads && time.Since(b.lost[q.board]) < b.options.Rest {
		return nil, fmt.Errorf("%w: it gave no answer a moment ago", ErrSilent)
	}
	if err := b.ready(); err != nil {
		return nil, err
	}
	answer, err := b.exchange(q)
	delete(b.lost, q.board)
	if errors.Is(err, ErrSilent) || errors.Is(err, ErrGarbled) {
		b.lost[q.board] = time.Now()
	}
	return answer, err
}

func (b *Bus) exchange(q question) ([]byte, error) {
	if err := b.send(q); err != nil || q.parse == nil {
		return nil, err
	}
	return b.receive(time.Now().Add(b.options.Timeout+q.extra), q.parse)
}

// ready brings the line to where a request can begin. A port that is gone is opened again: nothing was sent.
func (b *Bus) ready() error {
	err := b.fallSilent()
	port, ok := b.port.(interface{ Reopen() error })
	if !ok || !errors.Is(err, ErrLine) {
		return err
	}
	if err := port.Reopen(); err != nil {
		return fmt.Errorf("%w: %w", ErrLine, err)
	}
	return b.fallSilent()
}

// fallSilent waits until the line was silent for the gap. What arrives belongs to nobody: the late answer to
// a question that was given up, or what a board says unasked.
func (b *Bus) fallSilent() error {
	for start := time.Now(); time.Since(start) < noisy; {
		if err := b.port.SetDeadline(time.Now().Add(b.options.Gap)); err != nil {
			return fmt.Errorf("%w: %w", ErrLine, err)
		}
		var waste [maxFrame]byte
		n, err := b.port.Read(waste[:])
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return nil
		case err != nil:
			return fmt.Errorf("%w: %w", ErrLine, err)
		case n == 0:
			return fmt.Errorf("%w: %w", ErrLine, io.ErrNoProgress)
		}
	}
	return fmt.Errorf("%w: the line does not fall silent", ErrGarbled)
}

// send writes a request and, where the adapter hears itself, reads it back.
func (b *Bus) send(q question) error {
	if err := b.port.SetDeadline(time.Now().Add(b.options.Timeout)); err != nil {
		return fmt.Errorf("%w: %w", ErrLine, err)
	}
	_, err := b.port.Write(q.request)
	if q.pulse != nil {
		q.pulse.sent = time.Now()
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrLine, err)
	}
	if !b.options.Echo {
		return nil
	}
	echo := make([]byte, len(q.request))
	switch _, err := io.ReadFull(b.port, echo); {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("%w: the adapter does not hear itself: is echo set by mistake?", ErrGarbled)
	case err != nil:
		return fmt.Errorf("%w: %w", ErrLine, err)
	case string(echo) != string(q.request):
		return fmt.Errorf("%w: another transmitter talked at the same time", ErrGarbled)
	}
	return nil
}

// receive returns the first answer that the parser finds until end. What it does not take is skipped, byte
// by byte, so that noise before an answer does no harm.
func (b *Bus) receive(end time.Time, parse parser) ([]byte, error) {
	if err := b.port.SetDeadline(end); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLine, err)
	}
	var unread []byte
	skipped, last := 0, error(nil)
	for {
		for len(unread) > 0 {
			answer, n, err := parse(unread)
			if err == nil {
				return answer, nil
			}
			if errors.Is(err, ErrRefused) {
				return nil, err
			}
			if errors.Is(err, errMore) && len(unread) < maxFrame {
				break
			}
			last, unread, skipped = err, unread[max(n, 1):], skipped+max(n, 1)
		}
		if skipped > maxNoise {
			return nil, fmt.Errorf("%w: %d bytes without an answer", ErrGarbled, skipped)
		}
		var chunk [maxFrame]byte
		n, err := b.port.Read(chunk[:])
		unread = append(unread, chunk[:n]...)
		switch {
		case n > 0:
		case errors.Is(err, os.ErrDeadlineExceeded) && skipped+len(unread) == 0:
			return nil, ErrSilent
		case errors.Is(err, os.ErrDeadlineExceeded):
			return nil, fmt.Errorf("%w: %d bytes came: %w", ErrGarbled, skipped+len(unread), cause(last))
		default:
			return nil, fmt.Errorf("%w: %w", ErrLine, errors.Join(err, io.ErrNoProgress))
		}
	}
}

// cause is why the last bytes were no answer.
func cause(err error) error {
	if err == nil {
		return errMore
	}
	return err
}
