package cabinets_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"lockerd/infosystem/cabinets"
	"lockerd/infosystem/database"
	"lockerd/infosystem/database/databasetest"
	"lockerd/sync/wire"
)

// TestJoinIsRepeated: a cabinet that lost the answer asks again with the same keys, until it was heard of.
func TestJoinIsRepeated(t *testing.T) {
	now := time.UnixMilli(1_700_000_000_000)
	databasetest.Update(t, databasetest.Open(t), func(tx database.Tx) error {
		if err := cabinets.Add(tx, "lobby", "Lobby"); err != nil {
			return err
		}
		code, _, err := cabinets.NewJoinCode(tx, "lobby", time.Hour, now)
		if err != nil {
			return err
		}
		_, seal, err := wire.NewSealingKey()
		if err != nil {
			return err
		}
		_, otherSeal, err := wire.NewSealingKey()
		if err != nil {
			return err
		}
		request := wire.JoinRequest{Code: code, SignKey: make([]byte, 32), SealKey: seal, Slots: 12}
		_, first, err := cabinets.Join(tx, request, now)
		if err != nil {
			return err
		}
		_, second, err := cabinets.Join(tx, request, now.Add(time.Minute))
		if err != nil || second == first {
			t.Errorf("the same cabinet once more: %q after %q, %v", second, first, err)
		}
		if fits, err := cabinets.PasswordFits(tx, "lobby", second); err != nil || !fits {
			t.Errorf("the second password fits: %v, %v", fits, err)
		}
		refused := func(what string, request wire.JoinRequest, at time.Time) {
			t.Helper()
			if _, _, err := cabinets.Join(tx, request, at); !errors.Is(err, database.ErrConflict) {
				t.Errorf("%s: %v, want a refusal", what, err)
			}
		}
		other := request
		other.SignKey = bytes.Repeat([]byte{1}, 32)
		refused("another signing key", other, now)
		other = request
		other.SealKey = otherSeal
		refused("another sealing key", other, now)
		refused("too late", request, now.Add(time.Hour))
		if err := cabinets.Saw(tx, "lobby", wire.Hello{Slots: 12}, now.Add(2*time.Minute)); err != nil {
			return err
		}
		refused("a cabinet that had its answer", request, now.Add(3*time.Minute))
		return nil
	})
}

// TestJoinCodeOfAnotherCabinet: a cabinet that says who it is gets in with its own code, and spends nobody else's.
func TestJoinCodeOfAnotherCabinet(t *testing.T) {
	now := time.UnixMilli(1_700_000_000_000)
	databasetest.Update(t, databasetest.Open(t), func(tx database.Tx) error {
		if err := cabinets.Add(tx, "yard", "Yard"); err != nil {
			return err
		}
		code, _, err := cabinets.NewJoinCode(tx, "yard", time.Hour, now)
		if err != nil {
			return err
		}
		_, seal, err := wire.NewSealingKey()
		if err != nil {
			return err
		}
		request := wire.JoinRequest{Code: code, SignKey: make([]byte, 32), SealKey: seal, Slots: 12, Tenant: "test", Cabinet: "lobby"}
		if _, _, err := cabinets.Join(tx, request, now); !errors.Is(err, database.ErrConflict) || !strings.Contains(err.Error(), "yard") {
			t.Errorf("the lobby with a code of the yard: %v", err)
		}
		request.Cabinet = "yard"
		if id, _, err := cabinets.Join(tx, request, now); err != nil || id != "yard" {
			t.Errorf("the yard with its code: %q, %v", id, err)
		}
		return nil
	})
}
