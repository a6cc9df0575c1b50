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
}

func (l *line) Publish(topic string, _ []byte) error {
	if l.lost {
		l.meanwhile()
		return errors.New("the connection is lost")
	}
	l.sent = append(l.sent, topic)
	return nil
}

func (l *line) SignCommand(context.Context, wire.Address, wire.Command) ([]byte, error) {
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
