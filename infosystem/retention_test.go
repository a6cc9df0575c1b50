package infosystem

import (
	"testing"
	"time"

	"lockerd/infosystem/cabinets"
	"lockerd/infosystem/database"
	"lockerd/infosystem/database/databasetest"
	"lockerd/infosystem/events"
	"lockerd/infosystem/people"
	"lockerd/infosystem/vault"
	"lockerd/matcher"
)

func TestSweep(t *testing.T) {
	s, err := New(Options{Dir: t.TempDir(), Database: databasetest.Opener(t), Tenant: "test", Outbox: true, Retention: Retention{Events: 30, Parcels: 30, Unused: 1000}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	now := time.Now()
	var ada people.Person
	err = s.db.Update(t.Context(), func(tx database.Tx) (err error) {
		if ada, err = people.Add(tx, people.Details{Name: "Ada", Phone: "+447700900123"}, now); err != nil {
			return err
		}
		if err := people.Agree(tx, ada.ID, matcher.Pattern, now); err != nil {
			return err
		}
		if err := events.Note(tx, events.Line{What: "opened"}, now); err != nil {
			return err
		}
		if err := cabinets.Add(tx, "lobby", "Lobby"); err != nil {
			return err
		}
		// Of a parcel that an earlier sweep destroyed.
		_, err = tx.Exec(`INSERT INTO announcements (cabinet, request, parcel, at) VALUES ('lobby', ?, 'SF1004', 1)`, []byte{1})
		if err != nil {
			return err
		}
		return vault.Put(tx, s.box, vault.Verification{ID: "v1", Reference: ada.ID, Kind: matcher.Pattern, Stored: now, Content: vault.Content{Data: []byte("dots")}})
	})
	if err != nil {
		t.Fatal(err)
	}
	left := func() (lines int, specific bool, holds bool) {
		t.Helper()
		err := s.db.View(t.Context(), func(tx database.Tx) (err error) {
			all, err := events.Newest(tx, "", 10)
			if err != nil {
				return err
			}
			if specific, err = vault.Specific(tx, ada.ID); err != nil {
				return err
			}
			consents, err := people.Consents(tx, ada.ID)
			lines, holds = len(all), consents[0].Holds()
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return lines, specific, holds
	}
	if err := s.sweep(t.Context(), now.AddDate(0, 0, 29)); err != nil {
		t.Fatal(err)
	}
	if lines, specific, holds := left(); lines != 1 || !specific || !holds {
		t.Errorf("after 29 days: %d lines, specific %v, consent %v; want all as it was", lines, specific, holds)
	}
	if err := s.sweep(t.Context(), now.AddDate(0, 0, 1001)); err != nil {
		t.Fatal(err)
	}
	err = s.db.View(t.Context(), func(tx database.Tx) error {
		var n int
		if err := tx.QueryRow(`SELECT COUNT(*) FROM announcements`).Scan(&n); err != nil || n != 0 {
			t.Errorf("%d announcements of parcels that are gone, %v", n, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// One line is left: that the verification information was destroyed.
	if lines, specific, holds := left(); lines != 1 || specific || holds {
		t.Errorf("after 1001 days: %d lines, specific %v, consent %v", lines, specific, holds)
	}
}
