package link

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/sync/wire"
)

// cloud is a scripted information system behind a transport in memory whose faults are seeded.
type cloud struct {
	t       testing.TB
	system  ed25519.PrivateKey
	signer  ed25519.PrivateKey
	sealKey []byte
	openKey []byte

	cabinet *identity
	address wire.Address

	mu         sync.Mutex
	random     *rand.Rand // nil for a network without faults
	silent     bool       // answers nothing
	away       bool       // cannot be reached
	conn       *pipe
	dialled    int
	events     []wire.Event // committed, in order
	hello      wire.Hello
	helloAt    time.Time
	reports    []wire.Report
	fetched    []wire.Fetch
	latest     uint64
	onReport   func(wire.Report) // called without lock
	onFetch    func(wire.Fetch)
	onAnnounce func(Message) // called without lock
	online     []bool        // presence as published
}

// pipe is one connection in memory.
type pipe struct {
	cloud    *cloud
	received chan Message
	lost     chan struct{}
	once     sync.Once
}

func exampleKey(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

// newCloud makes an information system that the cabinet with this shelf has joined.
func newCloud(t testing.TB, s *shelf) *cloud {
	t.Helper()
	c := &cloud{t: t, system: exampleKey("system"), signer: exampleKey("signer")}
	var err error
	if c.openKey, c.sealKey, err = wire.NewSealingKey(); err != nil {
		t.Fatal(err)
	}
	if c.cabinet, err = newIdentity(); err != nil {
		t.Fatal(err)
	}
	answer := c.answer("tcp://127.0.0.1:1883")
	c.cabinet.Answer = &answer
	c.cabinet.spends("first")
	c.address = c.cabinet.address()
	if err := c.cabinet.store(s); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *cloud) answer(broker string) wire.JoinAnswer {
	return wire.JoinAnswer{
		Tenant: "acme", Cabinet: "lobby-1", Broker: broker, User: "lobby-1", Password: "example",
		SystemKey:  c.system.Public().(ed25519.PublicKey),
		CommandKey: c.signer.Public().(ed25519.PublicKey), SealKey: c.sealKey,
	}
}

// options are those of a link between the shelf and the cloud.
func (c *cloud) options(s *shelf) Options {
	started := time.Now()
	return Options{
		URL: "http://127.0.0.1:8082", Software: "test", Slots: 12, Transport: c,
		Assigner: s, Journal: s, Memory: s, Vault: s,
		MAC:  func(purpose string, data []byte) []byte { return append([]byte(purpose+":"), data...) },
		Boot: func() (string, time.Duration) { return "boot-1", time.Hour + time.Since(started) },
		Log:  slog.New(slog.DiscardHandler),
	}
}

// after lets the bubble's time pass and everything in it come to rest.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// start runs a link until the test's end.
func start(t testing.TB, options Options) *Link {
	t.Helper()
	l, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return l
}

// joined tells, in a bubble of its own, of a cabinet that has joined and is not connected yet.
func joined(t *testing.T, tell func(*testing.T, *shelf, *cloud)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newShelf()
		tell(t, s, newCloud(t, s))
	})
}

// connected tells of a link that has been connected for a second.
func connected(t *testing.T, tell func(*testing.T, *shelf, *cloud, *Link)) {
	t.Helper()
	joined(t, func(t *testing.T, s *shelf, c *cloud) {
		l := start(t, c.options(s))
		after(time.Second)
		tell(t, s, c, l)
	})
}

func (c *cloud) Dial(_ context.Context, _ Broker, _ Message) (Connection, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dialled++
	if c.away || c.chance(0.2) {
		return nil, errors.New("no route")
	}
	c.conn = &pipe{cloud: c, received: make(chan Message, queued), lost: make(chan struct{})}
	return c.conn, nil
}

// chance is false on a network without faults. The caller holds mu.
func (c *cloud) chance(of float64) bool { return c.random != nil && c.random.Float64() < of }

func (p *pipe) Subscribe(context.Context, string) error { return nil }
func (p *pipe) Received() <-chan Message                { return p.received }
func (p *pipe) Lost() <-chan struct{}                   { return p.lost }
func (p *pipe) Close()                                  { p.once.Do(func() { close(p.lost) }) }

// Publish delivers to the cloud: never, once or twice, and may be the connection's last act.
func (p *pipe) Publish(_ context.Context, m Message) error {
	c := p.cloud
	c.mu.Lock()
	times := 1
	if c.chance(0.1) {
		times = 0
	} else if c.chance(0.1) {
		times = 2
	}
	cut := c.chance(0.1)
	c.mu.Unlock()
	for range times {
		c.receive(m)
	}
	if cut {
		p.Close()
		return errLost
	}
	return nil
}

// push delivers bytes to the cabinet as a broker would, with the network's faults.
func (c *cloud) push(m Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn == nil || c.chance(0.1) {
		return
	}
	for range 1 + map[bool]int{true: 1}[c.chance(0.1)] {
		select {
		case c.conn.received <- m:
		default:
		}
	}
}

func (c *cloud) signed(key ed25519.PrivateKey, kind wire.Type, message any) Message {
	payload, err := wire.Sign(key, c.address.Down(kind), message)
	if err != nil {
		c.t.Error(err)
	}
	return Message{Topic: c.address.Down(kind), Payload: payload}
}

func (c *cloud) send(kind wire.Type, message any) { c.push(c.signed(c.system, kind, message)) }

// receive takes what the cabinet published, as the information system does.
func (c *cloud) receive(m Message) {
	_, _, kind, err := wire.ParseTopic(m.Topic)
	if err != nil {
		c.t.Error(err)
	}
	switch kind {
	case wire.TypeHello:
		on(c, m, c.onHello)
	case wire.TypeEvents:
		on(c, m, c.onEvents)
	case wire.TypeReport:
		on(c, m, func(r wire.Report) {
			c.mu.Lock()
			c.reports = append(c.reports, r)
			then := c.onReport
			c.mu.Unlock()
			if then != nil {
				then(r)
			}
		})
	case wire.TypeFetch:
		on(c, m, func(f wire.Fetch) {
			c.mu.Lock()
			c.fetched = append(c.fetched, f)
			then := c.onFetch
			c.mu.Unlock()
			if then != nil {
				then(f)
			}
		})
	case wire.TypeAnnounce:
		c.onAnnounce(m)
	case wire.TypePresence:
		on(c, m, func(p wire.Presence) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.online = append(c.online, p.Online)
			if !m.Retain {
				c.t.Error("presence is not retained")
			}
		})
	}
}

func on[M any](c *cloud, m Message, then func(M)) {
	c.mu.Lock()
	silent := c.silent
	c.mu.Unlock()
	if silent {
		return
	}
	var message M
	if err := wire.Verify(c.cabinet.verifyingKey(), m.Topic, m.Payload, &message); err != nil {
		c.t.Errorf("%s: %v", m.Topic, err)
		return
	}
	then(message)
}

func (c *cloud) onHello(h wire.Hello) {
	c.mu.Lock()
	c.hello, c.helloAt = h, time.Now()
	welcome := wire.Welcome{Nonce: h.Nonce, Acked: uint64(len(c.events)), Latest: c.latest, Wall: time.Now().Unix()}
	c.mu.Unlock()
	c.send(wire.TypeWelcome, welcome)
}

// onEvents commits what is new and follows without a gap, and acknowledges all that is committed.
func (c *cloud) onEvents(m wire.Events) {
	c.mu.Lock()
	for _, event := range m.Events {
		if event.Seq == uint64(len(c.events))+1 {
			c.events = append(c.events, event)
		}
	}
	ack := wire.Ack{Epoch: m.Epoch, Seq: uint64(len(c.events))}
	c.mu.Unlock()
	c.send(wire.TypeAck, ack)
}

// nonce is that of the last hello.
func (c *cloud) nonce() [16]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hello.Nonce
}

// command is a command to open slot 3 as the signer would sign it now.
func (c *cloud) command(id string) wire.Command {
	c.mu.Lock()
	defer c.mu.Unlock()
	return wire.Command{
		ID: id, Action: wire.ActionOpen, Slot: 3, Nonce: c.hello.Nonce,
		Uptime: c.hello.Uptime + time.Since(c.helloAt).Milliseconds(), TTL: 30_000, By: "operator-1", Reason: "stuck",
	}
}

// order sends a command as the signer signs it.
func (c *cloud) order(command wire.Command) { c.push(c.signed(c.signer, wire.TypeCommand, command)) }

// record seals a body for the cabinet.
func (c *cloud) record(kind wire.RecordKind, id string, body any) wire.Record {
	sealed, err := wire.Seal(c.cabinet.SealKey, wire.RecordInfo(c.address, kind, id), body)
	if err != nil {
		c.t.Error(err)
	}
	return wire.Record{Kind: kind, ID: id, Sealed: sealed}
}

func rootOf(records ...wire.Record) [32]byte {
	hashes := map[string][32]byte{}
	for _, record := range records {
		hashes[record.Key()] = record.Hash()
	}
	return wire.Root(hashes)
}
