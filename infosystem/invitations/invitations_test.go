package invitations_test

import (
	"errors"
	"testing"
	"time"

	"lockerd/infosystem/cabinets"
	"lockerd/infosystem/database"
	"lockerd/infosystem/database/databasetest"
	"lockerd/infosystem/invitations"
	"lockerd/infosystem/people"
	"lockerd/infosystem/vault"
)

// TestSpend: what a person has erased at a cabinet takes an invitation to that cabinet, and takes it once.
func TestSpend(t *testing.T) {
	db, now := databasetest.Open(t), time.UnixMilli(1_700_000_000_000)
	box, err := vault.NewBox(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	databasetest.Update(t, db, func(tx database.Tx) error {
		for _, id := range []string{"lobby", "yard"} {
			if err := cabinets.Add(tx, id, "somewhere"); err != nil {
				return err
			}
		}
		ada, err := people.Add(tx, people.Details{Name: "Ada", Phone: "+8613800004711"}, now)
		if err != nil {
			return err
		}
		invited, err := invitations.Add(tx, box, ada.ID, "lobby", now)
		if err != nil {
			return err
		}
		for _, c := range []struct {
			recipient, cabinet string
			want               error
		}{
			{"r-bo", "lobby", database.ErrConflict},
			{ada.ID, "yard", database.ErrConflict},
			{ada.ID, "lobby", nil},
			{ada.ID, "lobby", database.ErrConflict},
		} {
			if err := invitations.Spend(tx, c.recipient, c.cabinet, now); !errors.Is(err, c.want) {
				t.Errorf("%s at %s: %v, want %v", c.recipient, c.cabinet, err, c.want)
			}
		}
		if err := invitations.Use(tx, invited.ID, ada.ID, "lobby", now); !errors.Is(err, database.ErrConflict) {
			t.Errorf("a spent invitation enrols: %v", err)
		}
		return nil
	})
}
