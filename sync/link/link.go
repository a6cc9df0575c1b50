// Package link is the cabinet's end of the connection to the information system. It joins the cabinet with
// a one-time code, then keeps one connection: it sends the journal until it is acknowledged, takes desired
// state and commands, verifies and opens them, and hands them to the controller. Whatever it cannot verify
// or read is counted, journalled and dropped; it never opens a door by itself.
//
//	joined ──► dial ──► hello ──► welcome ──► events ⇄ ack, delta/chunk → report, command → Execute
//	            ▲                                 │
//	            └── back-off with full jitter ◄───┘ lost, silent, or refused
//
// The broker between the two ends is trusted with nothing but delivery: every message is signed for its
// topic and every body is sealed (package wire). Delivery is proven by the other end's acknowledgement
// after its commit, not by the broker's.
package link

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"lockerd/controller"
	"lockerd/sync/wire"
)

// Assigner takes what the information system wants. *controller.Controller satisfies it.
type Assigner interface {
	// Assign applies one validated step of desired state in one durable transaction.
	Assign(change controller.DesiredChange) error
	// Execute carries out a verified and fresh command at most once and journals its result.
	Execute(ctx context.Context, command controller.RemoteCommand) error
}

// Journal is the outbox: entries numbered from 1 without gaps. *store.Store satisfies it.
type Journal interface {
	// Since returns up to max entries whose Seq is greater than seq, in order.
	Since(seq uint64, max int) ([]controller.Entry, error)
	// Bounds returns the first and the last Seq at hand, acknowledged or not; first > last when there is none. What is
	// before the first is gone for good.
	Bounds() (first, last uint64, err error)
	// Unacknowledged tells how many entries wait for Acked.
	Unacknowledged() (uint64, error)
	// Acked says that all entries up to seq are committed at the information system.
	Acked(epoch [16]byte, seq uint64) error
	// Epoch is the random name of this database, made with it.
	Epoch() [16]byte
}

// Vault keeps the cabinet's identity, an opaque secret that the link writes. *store.Store satisfies it.
type Vault interface {
	// Identity returns what SetIdentity kept, nothing when there is none.
	Identity() ([]byte, error)
	SetIdentity([]byte) error
}

// Memory reads what was applied and journals what the link itself has to say. *store.Store satisfies it.
type Memory interface {
	Remembered() (controller.Remembered, error)
	Commit(controller.Change) error
}

// Options are what a link works with. All are required but those marked optional.
type Options struct {
	URL        string // of the information system, where the cabinet joins
	Code       string // optional: one-time code to join with; Join gives one later
	Software   string // version of this program
	Slots      int    // how many the cabinet has
	AllowPlain bool   // http and tcp beyond this machine: for closed networks only
	TLS        *tls.Config
	Transport  Transport // optional: MQTT through paho with TLS
	Assigner   Assigner
	Journal    Journal
	Memory     Memory
	Vault      Vault
	// MAC authenticates data under the device key; purpose keeps uses apart.
	MAC func(purpose string, data []byte) []byte
	// Boot returns the kernel's boot id and the time since that boot (CLOCK_BOOTTIME).
	Boot func() (id string, since time.Duration)
	// Synced tells whether the wall clock is disciplined. Optional: it is not.
	Synced func() bool
	Log    *slog.Logger
}

// How long things take at most.
const (
	backoffBase   = 2 * time.Second // of connecting and joining; doubles, with full jitter
	backoffMax    = 2 * time.Minute
	answerTime    = 10 * time.Second // until a hello or events are sent again
	patience      = 5                // times that something is sent again before the connection is given up
	sessionLife   = 6 * time.Hour    // then a new hello, so that the two clocks cannot drift far apart
	digestTime    = 15 * time.Minute // between reports
	commandsAhead = 8                // commands that wait while one is carried out
	announceTime  = 3 * time.Second  // until an announcement is sent again
)

// Link connects one cabinet. Make it with New, then Run it.
type Link struct {
	options   Options
	log       *slog.Logger
	poke      chan struct{}
	codes     chan string
	work      chan order
	announces chan wire.Announce
	orders    orders
	badness   limiter
	desired   desired // used by Run's goroutine only

	anewWithin time.Duration

	mu      sync.Mutex
	status  Status
	awaited map[[16]byte]chan wire.Announced // answers, by the announcement's id
}

// New makes a link that is not connected yet.
func New(options Options) (*Link, error) {
	switch {
	case options.Assigner == nil, options.Journal == nil, options.Memory == nil, options.Vault == nil:
		return nil, errors.New("cannot make a link: assigner, journal, memory or vault is missing")
	case options.MAC == nil, options.Boot == nil, options.Log == nil:
		return nil, errors.New("cannot make a link: MAC, boot clock or log is missing")
	}
	if err := checkURL(options.URL, options.AllowPlain, "https", "http"); err != nil {
		return nil, err
	}
	if options.Transport == nil {
		options.Transport = Paho{TLS: options.TLS}
	}
	if options.Synced == nil {
		options.Synced = func() bool { return false }
	}
	return &Link{
		options:    options,
		log:        options.Log,
		poke:       make(chan struct{}, 1),
		codes:      make(chan string, 1),
		work:       make(chan order, commandsAhead),
		announces:  make(chan wire.Announce),
		awaited:    make(map[[16]byte]chan wire.Announced),
		badness:    limiter{every: time.Minute, most: 1},
		anewWithin: anewWithin,
		orders:     orders{refusals: limiter{every: time.Minute, most: 10}},
	}, nil
}

// Poke says that the journal has new entries. It never blocks.
func (l *Link) Poke() {
	select {
	case l.poke <- struct{}{}:
	default:
	}
}

// Run joins if need be and then keeps the cabinet connected until ctx ends, which is no error. It returns
// an error only for what no retry mends: an identity that cannot be read or stored.
func (l *Link) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var worker sync.WaitGroup
	worker.Go(func() { l.carryOut(ctx) })
	defer worker.Wait()
	defer cancel()

	who, err := l.joined(ctx)
	for attempt := 0; err == nil; attempt++ {
		welcomed, lost := l.connect(ctx, who)
		if ctx.Err() != nil {
			return nil
		}
		l.disconnected(lost)
		if welcomed {
			attempt = 0
		}
		if !pause(ctx, fullJitter(attempt)) {
			return nil
		}
		if !welcomed && who.Next != nil { // the information system may know its next keys already
			who, err = l.tryAnew(ctx, who, strings.TrimSpace(l.options.Code))
		}
	}
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// connect lives through one connection and returns why it ended and whether it came as far as a welcome.
func (l *Link) connect(ctx context.Context, who *identity) (welcomed bool, err error) {
	s := newSession(l, who)
	will, err := s.presence(false)
	if err != nil {
		return false, err
	}
	s.conn, err = l.options.Transport.Dial(ctx, who.broker(), will)
	if err != nil {
		return false, err
	}
	defer s.conn.Close()
	err = s.run(ctx)
	return s.greeting.welcomed, err
}

// fullJitter returns how long to wait before the attempt-th repetition: evenly between nothing and a bound
// that doubles, so that cabinets do not come back all at once.
func fullJitter(attempt int) time.Duration {
	return rand.N(min(backoffMax, backoffBase<<min(attempt, 16)))
}

// pause waits; it returns false when ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// bad counts a message that is dropped and journals it, at most once a minute, so that a flood of garbage
// fills no disk. The detail holds types, ids and reasons, no content.
func (l *Link) bad(what wire.Type, reason error) {
	l.mu.Lock()
	l.status.Bad++
	l.mu.Unlock()
	l.log.Warn("message dropped", "type", string(what), "reason", reason)
	silent, ok := l.badness.allow(time.Now())
	if !ok {
		return
	}
	l.note(controller.Entry{What: controller.BadMessage, Detail: badDetail(what, reason, silent)})
}

// note journals a line of the link's own.
func (l *Link) note(entry controller.Entry) {
	entry.At = time.Now()
	if err := l.options.Memory.Commit(controller.Change{Entries: []controller.Entry{entry}}); err != nil {
		l.log.Error("cannot journal", "what", string(entry.What), "err", err)
		return
	}
	l.Poke()
}
