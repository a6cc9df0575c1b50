// Package exchange is the information system's end of the protocol with the cabinets (package wire): it
// answers hello, takes events and acknowledges them after the commit, sends desired state by version, and
// sends commands until they have a result or ran out.
//
// Messages are handled one at a time, in the order in which they came. When they come faster than they are
// handled some are dropped: the protocol sends them again.
package exchange

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"lockerd/infosystem/arrivals"
	"lockerd/infosystem/cabinets"
	"lockerd/infosystem/commands"
	"lockerd/infosystem/database"
	"lockerd/infosystem/desired"
	"lockerd/infosystem/ingest"
	"lockerd/infosystem/invitations"
	"lockerd/sync/wire"
)

// Publisher hands a message to the broker.
type Publisher interface {
	Publish(topic string, payload []byte) error
}

// Signer signs commands; it has a key that this process does not.
type Signer interface {
	SignCommand(ctx context.Context, address wire.Address, command wire.Command) ([]byte, error)
}

// Options are what an exchange needs; all of them.
type Options struct {
	Tenant   string
	DB       database.Database
	Desired  *desired.Keeper
	Key      ed25519.PrivateKey // signs what goes down
	Ingest   *ingest.Ingest
	Arrivals arrivals.Arrivals
	Signer   Signer
	Log      *slog.Logger
	// Changed is called after every change that somebody may want to see. It must not block.
	Changed func()
	// Alive is called at every beat of the exchange, for a watchdog.
	Alive func()
}

// How long things wait.
const (
	queueSize = 256              // messages
	beat      = 2 * time.Second  // between looks at what is under way
	patience  = 10 * time.Second // until desired state is sent again
)

// Exchange talks to all cabinets of the tenant.
type Exchange struct {
	Options
	queue chan message
	poke  chan string // cabinets whose desired state changed

	mu       sync.Mutex
	out      Publisher
	sessions map[string]*session
	pending  map[string]pendingCommand // by id

	looked time.Time // when parcels that never came were looked for; used by Run's goroutine only
}

type message struct {
	topic   string
	payload []byte
}

// session is what is known of a connected cabinet since its hello.
type session struct {
	cabinets.Meeting
	sent    uint64 // version that is on its way, 0 for none
	sentAt  time.Time
	unheard bool // nothing was since this program started: its presence says whether it stayed connected
	left    bool // its presence said so: it is back with its next hello, which gives the nonce that commands quote
}

// offline tells whether a cabinet cannot be reached; one that was never met has no session.
func (s *session) offline() bool { return s == nil || s.unheard || s.left }

// New returns an exchange; Attach gives it a broker, Run runs it.
func New(o Options) *Exchange {
	return &Exchange{
		Options: o, queue: make(chan message, queueSize), poke: make(chan string, queueSize),
		sessions: map[string]*session{}, pending: map[string]pendingCommand{},
	}
}

// Attach gives the exchange its broker, before Run.
func (x *Exchange) Attach(out Publisher) { x.out = out }

// Receive takes a message from the broker; it never blocks.
func (x *Exchange) Receive(topic string, payload []byte) {
	select {
	case x.queue <- message{topic, payload}:
	default:
		x.Log.Warn("a message was dropped: too many at once")
	}
}

// Refreshed says that the desired state of a cabinet changed; it never blocks.
func (x *Exchange) Refreshed(cabinet string) {
	select {
	case x.poke <- cabinet:
	default: // the next beat finds it
	}
}

// Online tells whether a cabinet said hello and did not leave since.
func (x *Exchange) Online(cabinet string) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return !x.sessions[cabinet].offline()
}

// Run handles messages until ctx ends.
func (x *Exchange) Run(ctx context.Context) error {
	if err := x.remember(ctx); err != nil {
		return err
	}
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case m := <-x.queue:
			if err := x.receive(ctx, m); err != nil && ctx.Err() == nil {
				x.Log.Warn("message was not taken", "topic", m.topic, "bytes", len(m.payload), "err", err)
			}
		case cabinet := <-x.poke:
			x.follow(ctx, cabinet)
		case <-tick.C:
			x.Alive()
			x.lookAround(ctx)
		}
	}
}

// remember takes up the sessions of before a restart: a broker elsewhere kept the cabinets connected, and
// its retained presence will say which.
func (x *Exchange) remember(ctx context.Context) error {
	return x.DB.View(ctx, func(tx database.Tx) error {
		all, err := cabinets.Meetings(tx)
		x.mu.Lock()
		defer x.mu.Unlock()
		for _, m := range all {
			x.sessions[m.Cabinet] = &session{Meeting: m, unheard: true}
		}
		return err
	})
}

// receive verifies a message and hands it on. Nothing of an unverified message is believed or logged but
// its topic and size.
func (x *Exchange) receive(ctx context.Context, m message) error {
	address, _, kind, err := wire.ParseTopic(m.topic)
	if err != nil {
		return err
	}
	if address.Tenant != x.Tenant {
		return fmt.Errorf("%w: there is no tenant %.32q here", database.ErrNotFound, address.Tenant)
	}
	var c cabinets.Cabinet
	err = x.DB.View(ctx, func(tx database.Tx) (err error) {
		c, err = cabinets.Joined(tx, address.Cabinet)
		return err
	})
	if err != nil {
		return err
	}
	switch kind {
	case wire.TypeHello:
		return take(ctx, c, m, x.hello)
	case wire.TypeEvents:
		return take(ctx, c, m, x.events)
	case wire.TypeReport:
		return take(ctx, c, m, x.report)
	case wire.TypeFetch:
		return take(ctx, c, m, x.fetch)
	case wire.TypeAnnounce:
		return take(ctx, c, m, x.announce)
	case wire.TypePresence:
		return take(ctx, c, m, x.presence)
	}
	return fmt.Errorf("%w: a cabinet does not say %q", database.ErrInvalid, kind)
}

func take[M any](ctx context.Context, c cabinets.Cabinet, m message, on func(context.Context, cabinets.Cabinet, M) error) error {
	var content M
	if err := wire.Verify(c.SignKey, m.topic, m.payload, &content); err != nil {
		return err
	}
	return on(ctx, c, content)
}

// send signs and publishes a message to a cabinet.
func (x *Exchange) send(cabinet string, kind wire.Type, content any) error {
	topic := wire.Address{Tenant: x.Tenant, Cabinet: cabinet}.Down(kind)
	payload, err := wire.Sign(x.Key, topic, content)
	if err != nil {
		return fmt.Errorf("cannot send %s: %w", kind, err)
	}
	return x.out.Publish(topic, payload)
}

// lookAround does what time brings: invitations lapse, commands run out or are sent again, desired state
// that nobody confirmed is sent again.
func (x *Exchange) lookAround(ctx context.Context) {
	var lapsed []string
	now := time.Now()
	err := x.DB.Update(ctx, func(tx database.Tx) (err error) {
		if err := commands.Expire(tx, now); err != nil {
			return err
		}
		if lapsed, err = invitations.Lapsed(tx, now); err != nil {
			return err
		}
		if now.Sub(x.looked) >= time.Minute {
			never, err := arrivals.Lapsed(tx, now)
			if err != nil {
				return err
			}
			lapsed, x.looked = append(lapsed, never...), now
		}
		for _, cabinet := range lapsed {
			x.refresh(tx, cabinet, now)
		}
		return nil
	})
	if err != nil && ctx.Err() == nil {
		x.Log.Error("cannot look after commands and invitations", "err", err)
	}
	x.repeatCommands(now)
	x.mu.Lock()
	var connected []string
	for cabinet, s := range x.sessions {
		if !s.offline() {
			connected = append(connected, cabinet)
		}
	}
	x.mu.Unlock()
	for _, cabinet := range connected {
		x.follow(ctx, cabinet)
	}
}
