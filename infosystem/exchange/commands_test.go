package exchange

import (
	"context"
	"crypto/ed25519"
	"errors"
	"log/slog"
	"testing"
	"time"

	"lockerd/infosystem/cabinets"
	"lockerd/infosystem/commands"
	"lockerd/infosystem/database"
	"lockerd/infosystem/database/databasetest"
	"lockerd/sync/wire"
)

// line is a broker whose connection can be lost, and a signer. At a refused message it runs meanwhile.
type line struct {
	lost      bool
	meanwhile func()
	sent      []string // topics
	signed    []wire.Command
}

func (l *line) Publish(topic string, _ []byte) error {
	if l.lost {
		l.meanwhile()
		return errors.New("the connection is lost")
	}
	l.sent = append(l.sent, topic)
	return nil
}

func (l *line) SignCommand(_ context.Context, _ wire.Address, c wire.Command) ([]byte, error) {
	l.signed = append(l.signed, c)
	return []byte("signed"), nil
}

// connected is an exchange with one cabinet, lobby, that is connected.
func connected(t *testing.T, l *line) *Exchange {
	t.Helper()
	x := New(Options{Tenant: "test", DB: databasetest.Open(t), Signer: l, Log: slog.New(slog.DiscardHandler), Changed: func() {}})
	x.Attach(l)
	databasetest.Update(t, x.DB, func(tx database.Tx) error {
		if err := cabinets.Add(tx, "lobby", "Lobby"); err != nil {
			return err
		}
		code, _, err := cabinets.NewJoinCode(tx, "lobby", time.Hour, time.Now())
		if err != nil {
			return err
		}
		_, seal, err := wire.NewSealingKey()
		if err != nil {
			return err
		}
		_, _, err = cabinets.Join(tx, wire.JoinRequest{Code: code, SignKey: make([]byte, ed25519.PublicKeySize), SealKey: seal, Slots: 12}, time.Now())
		return err
	})
	x.sessions["lobby"] = &session{Meeting: cabinets.Meeting{Cabinet: "lobby", At: time.Now()}}
	return x
}

// TestUnsentCommandOpensNothingLater: who was told that the command failed is not surprised by a door.
func TestUnsentCommandOpensNothingLater(t *testing.T) {
	l := &line{lost: true}
	x := connected(t, l)
	l.meanwhile = func() { // the line is back for a moment, just when the beat looks at what is under way
		l.lost = false
		x.repeatCommands(time.Now())
		l.lost = true
	}
	order := commands.Order{Cabinet: "lobby", Action: wire.ActionOpen, Slot: 3, Operator: "ada", Reason: "test"}
	c, err := x.Command(t.Context(), order)
	if !errors.Is(err, ErrNotSent) {
		t.Errorf("a command that cannot be sent: %v", err)
	}
	l.lost = false
	x.repeatCommands(time.Now())
	if len(l.sent) != 0 {
		t.Errorf("sent all the same: %q", l.sent)
	}
	err = x.DB.View(t.Context(), func(tx database.Tx) (err error) {
		c, err = commands.Get(tx, c.ID)
		return err
	})
	if err != nil || c.State != commands.Refused || c.Detail == "" {
		t.Errorf("the command is %+v, %v", c, err)
	}
	if _, err := x.Command(t.Context(), order); err != nil || len(l.sent) != 1 {
		t.Errorf("a second try, with the line back: %v, sent %q", err, l.sent)
	}
	x.repeatCommands(time.Now())
	if len(l.sent) != 2 {
		t.Errorf("a command without a result was not sent again: %q", l.sent)
	}
}

// TestCommandWaitsForTheHello: a cabinet that left and is back gets commands for its new session only, and until that
// begins none is signed. One that was met before this program started, and stayed connected, needs no hello.
func TestCommandWaitsForTheHello(t *testing.T) {
	l := &line{}
	x := connected(t, l)
	before, since := x.sessions["lobby"], [16]byte{2}
	before.Boot, before.Nonce = "boot-1", [16]byte{1}
	presence := func(online bool) {
		t.Helper()
		err := x.presence(t.Context(), cabinets.Cabinet{ID: "lobby"}, wire.Presence{Boot: "boot-1", Online: online})
		if err != nil {
			t.Fatal(err)
		}
	}
	slot := 0
	command := func() error {
		slot++
		_, err := x.Command(t.Context(), commands.Order{Cabinet: "lobby", Action: wire.ActionOpen, Slot: slot, Operator: "ada", Reason: "test"})
		return err
	}
	presence(false)
	presence(true)
	if err := command(); !errors.Is(err, ErrOffline) || len(l.signed) != 0 || x.Online("lobby") {
		t.Errorf("before the hello: %v, signed %d", err, len(l.signed))
	}
	x.sessions["lobby"] = &session{Meeting: cabinets.Meeting{Cabinet: "lobby", Boot: "boot-1", Nonce: since, At: time.Now()}}
	presence(true) // the retained one again, when the broker was gone for a moment
	if err := command(); err != nil || len(l.signed) != 1 || l.signed[0].Nonce != since {
		t.Errorf("after it: %v, signed %+v", err, l.signed)
	}
	x.sessions["lobby"] = &session{Meeting: before.Meeting, unheard: true}
	if err := command(); !errors.Is(err, ErrOffline) {
		t.Errorf("before anything is heard: %v", err)
	}
	presence(true)
	if err := command(); err != nil || len(l.signed) != 2 || l.signed[1].Nonce != before.Nonce {
		t.Errorf("one that stayed connected: %v, signed %+v", err, l.signed)
	}
}
