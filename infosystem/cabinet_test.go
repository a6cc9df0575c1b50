package infosystem_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"lockerd/infosystem"
	"lockerd/infosystem/database/databasetest"
	"lockerd/sync/wire"
)

// start runs an information system until the test ends.
func start(t testing.TB, change ...func(*infosystem.Options)) *infosystem.System {
	t.Helper()
	options := infosystem.Options{Dir: t.TempDir(), Database: databasetest.Opener(t), Tenant: "test", Outbox: true, SignerSocket: socket(t)}
	for _, c := range change {
		c(&options)
	}
	s, err := infosystem.New(options)
	if err != nil {
		t.Fatal(err)
	}
	run(t, s)
	return s
}

// cabinet is a cabinet's end of the protocol, bare: it keeps desired state and acknowledges nothing by itself.
type cabinet struct {
	t         *testing.T
	client    mqtt.Client
	key       ed25519.PrivateKey
	open      []byte
	answer    wire.JoinAnswer
	address   wire.Address
	epoch     [16]byte
	nonce     [16]byte
	seq       uint64
	have      uint64
	hashes    map[string][32]byte
	welcome   chan wire.Welcome
	acks      chan wire.Ack
	commands  chan wire.Command
	chunks    chan wire.Chunk
	deltas    chan wire.Delta
	announced chan wire.Announced
}

// joinCabinet adds a cabinet, has it join, and connects it.
func joinCabinet(t *testing.T, s *infosystem.System, id string) *cabinet {
	t.Helper()
	a := apiOf(t, s)
	a.do("POST", "/api/v1/cabinets", object{"id": id, "name": "Lobby of " + id}, nil)
	code := a.text("POST", "/api/v1/cabinets/"+id+"/join-codes", nil, "code")
	c := newCabinet(t)
	c.join(a, code)
	c.connect()
	return c
}

func newCabinet(t *testing.T) *cabinet {
	t.Helper()
	c := &cabinet{
		t: t, hashes: map[string][32]byte{}, welcome: make(chan wire.Welcome, 10), acks: make(chan wire.Ack, 100),
		commands: make(chan wire.Command, 100), chunks: make(chan wire.Chunk, 100), deltas: make(chan wire.Delta, 100),
		announced: make(chan wire.Announced, 100),
	}
	var err error
	if _, c.key, err = ed25519.GenerateKey(rand.Reader); err != nil {
		t.Fatal(err)
	}
	rand.Read(c.epoch[:])
	return c
}

func (c *cabinet) join(a api, code string) {
	c.t.Helper()
	open, seal, err := wire.NewSealingKey()
	if err != nil {
		c.t.Fatal(err)
	}
	c.open = open
	a.token = "" // a cabinet has none
	a.do("POST", "/api/v1/join", wire.JoinRequest{Code: code, SignKey: c.key.Public().(ed25519.PublicKey), SealKey: seal, Slots: 12, Software: "test"}, &c.answer)
	c.address = wire.Address{Tenant: c.answer.Tenant, Cabinet: c.answer.Cabinet}
}

func (c *cabinet) connect() {
	c.t.Helper()
	options := mqtt.NewClientOptions().AddBroker(c.answer.Broker).SetClientID(c.answer.User).SetUsername(c.answer.User).
		SetPassword(c.answer.Password).SetProtocolVersion(4).SetAutoReconnect(false)
	c.client = mqtt.NewClient(options)
	if token := c.client.Connect(); !token.WaitTimeout(5*time.Second) || token.Error() != nil {
		c.t.Fatalf("connecting: %v", token.Error())
	}
	token := c.client.Subscribe(c.address.AllDown(), 1, func(_ mqtt.Client, m mqtt.Message) { c.take(m) })
	if !token.WaitTimeout(5*time.Second) || token.Error() != nil {
		c.t.Fatalf("subscribing: %v", token.Error())
	}
	c.t.Cleanup(func() { c.client.Disconnect(0) })
}

// take verifies a message and sorts it into its channel.
func (c *cabinet) take(m mqtt.Message) {
	_, _, kind, err := wire.ParseTopic(m.Topic())
	if err != nil {
		c.t.Error(err)
		return
	}
	key := ed25519.PublicKey(c.answer.SystemKey)
	switch kind {
	case wire.TypeWelcome:
		sort(c, key, m, c.welcome)
	case wire.TypeAck:
		sort(c, key, m, c.acks)
	case wire.TypeDelta:
		sort(c, key, m, c.deltas)
	case wire.TypeChunk:
		sort(c, key, m, c.chunks)
	case wire.TypeAnnounced:
		sort(c, key, m, c.announced)
	case wire.TypeCommand:
		sort(c, c.answer.CommandKey, m, c.commands)
	}
}

func sort[M any](c *cabinet, key ed25519.PublicKey, m mqtt.Message, to chan M) {
	var content M
	if err := wire.Verify(key, m.Topic(), m.Payload(), &content); err != nil {
		c.t.Errorf("%s: %v", m.Topic(), err)
		return
	}
	to <- content
}

func next[M any](t *testing.T, from chan M) M {
	t.Helper()
	select {
	case m := <-from:
		return m
	case <-time.After(20 * time.Second):
		var m M
		t.Fatalf("no %T came", m)
		return m
	}
}

func (c *cabinet) say(kind wire.Type, content any) {
	c.t.Helper()
	topic := c.address.Up(kind)
	payload, err := wire.Sign(c.key, topic, content)
	if err != nil {
		c.t.Fatal(err)
	}
	c.publish(topic, payload)
}

func (c *cabinet) publish(topic string, payload []byte) {
	c.t.Helper()
	if token := c.client.Publish(topic, 1, false, payload); !token.WaitTimeout(5*time.Second) || token.Error() != nil {
		c.t.Fatalf("publishing: %v", token.Error())
	}
}

// hello says hello and waits for the welcome.
func (c *cabinet) hello() wire.Welcome {
	c.t.Helper()
	rand.Read(c.nonce[:])
	c.say(wire.TypeHello, wire.Hello{
		Epoch: c.epoch, Boot: "boot", Software: "test", Have: c.have, Root: wire.Root(c.hashes), First: 1, Last: c.seq,
		Uptime: 1_000_000, Wall: time.Now().Unix(), Nonce: c.nonce, Slots: 12,
	})
	w := next(c.t, c.welcome)
	if w.Nonce != c.nonce {
		c.t.Fatal("the welcome is for another hello")
	}
	return w
}

// apply takes the next delta, checks its root, and reports it. It returns the records by key.
func (c *cabinet) apply() map[string]wire.Record {
	c.t.Helper()
	for {
		d := next(c.t, c.deltas)
		if d.From != c.have {
			continue // a repetition
		}
		records := map[string]wire.Record{}
		for _, r := range d.Records {
			if err := r.Check(); err != nil {
				c.t.Fatal(err)
			}
			records[r.Key()] = r
			c.hashes[r.Key()] = r.Hash()
			if r.Gone {
				delete(c.hashes, r.Key())
			}
		}
		if wire.Root(c.hashes) != d.Root {
			c.t.Fatalf("the root of version %d does not fit its records", d.To)
		}
		c.have = d.To
		c.say(wire.TypeReport, wire.Report{Version: c.have, Root: d.Root})
		return records
	}
}

// body opens a record.
func body[B any](c *cabinet, r wire.Record) B {
	c.t.Helper()
	var b B
	if err := wire.Open(c.open, wire.RecordInfo(c.address, r.Kind, r.ID), r.Sealed, &b); err != nil {
		c.t.Fatalf("opening %s: %v", r.Key(), err)
	}
	return b
}

// happen sends events and waits until they are acknowledged.
func (c *cabinet) happen(all ...wire.Event) {
	c.t.Helper()
	for i := range all {
		c.seq++
		all[i].Seq, all[i].At = c.seq, time.Now().UnixMilli()
	}
	c.say(wire.TypeEvents, wire.Events{Epoch: c.epoch, Events: all})
	for {
		if ack := next(c.t, c.acks); ack.Seq == c.seq && ack.Epoch == c.epoch {
			return
		}
	}
}

// seal seals what goes up in an event.
func (c *cabinet) seal(what, about string, body any) []byte {
	c.t.Helper()
	sealed, err := wire.Seal(c.answer.SealKey, wire.EventInfo(c.address, what, about), body)
	if err != nil {
		c.t.Fatal(err)
	}
	return sealed
}

// eventually waits until check holds.
func eventually(t *testing.T, what string, check func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if check() {
			return
		}
	}
	t.Fatal("never came true: " + what)
}

func key(kind wire.RecordKind, id string) string { return fmt.Sprintf("%s/%s", kind, id) }

// ready is a cabinet with an expected parcel P-1 for Bo.
func ready(t *testing.T, s *infosystem.System) (a api, c *cabinet, bo string) {
	t.Helper()
	a, c = apiOf(t, s), joinCabinet(t, s, "lobby")
	c.hello()
	c.apply()
	bo = a.text("POST", "/api/v1/people", object{"name": "Bo", "phone": "13800138000"}, "id")
	a.do("POST", "/api/v1/parcels", object{"id": "P-1", "cabinet": "lobby", "recipient": bo, "size": 1}, nil)
	c.apply()
	return a, c, bo
}
