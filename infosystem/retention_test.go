package infosystem

import (
	"errors"
	"testing"
	"time"

	"lockerd/infosystem/cabinets"
	"lockerd/infosystem/database"
	"lockerd/infosystem/database/databasetest"
	"lockerd/infosystem/events"
	"lockerd/infosystem/parcels"
	"lockerd/infosystem/people"
	"lockerd/infosystem/vault"
	"lockerd/matcher"
	"lockerd/sync/wire"
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
			all, err := events.Newest(tx, events.Query{}, 10)
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
	sweep(t, s, now.AddDate(0, 0, 29))
	if lines, specific, holds := left(); lines != 1 || !specific || !holds {
		t.Errorf("after 29 days: %d lines, specific %v, consent %v; want all as it was", lines, specific, holds)
	}
	sweep(t, s, now.AddDate(0, 0, 1001))
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

// sweep sweeps. Tests beside this one may read on the same server.
func sweep(t *testing.T, s *System, now time.Time) {
	t.Helper()
	if err := s.sweep(t.Context(), now); err != nil && !errors.Is(err, database.ErrRead) {
		t.Fatal(err)
	}
}

// TestSweepWhileSomebodyReads: what cannot be cleared away now is destroyed all the same.
func TestSweepWhileSomebodyReads(t *testing.T) {
	s, err := New(Options{Dir: t.TempDir(), Database: databasetest.Opener(t), Tenant: "test", Outbox: true, Retention: Retention{Unused: 1000}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	now := time.Now()
	var ada people.Person
	databasetest.Update(t, s.db, func(tx database.Tx) (err error) {
		if ada, err = people.Add(tx, people.Details{Name: "Ada", Phone: "+447700900123"}, now); err != nil {
			return err
		}
		return vault.Put(tx, s.box, vault.Verification{ID: "v1", Reference: ada.ID, Kind: matcher.Pattern, Stored: now, Content: vault.Content{Data: []byte("dots")}})
	})
	specific := func(tx database.Tx) bool {
		t.Helper()
		is, err := vault.Specific(tx, ada.ID)
		if err != nil {
			t.Fatal(err)
		}
		return is
	}
	err = s.db.View(t.Context(), func(tx database.Tx) error {
		if !specific(tx) {
			t.Error("there is nothing to destroy")
		}
		if err := s.sweep(t.Context(), now.AddDate(0, 0, 1001)); !errors.Is(err, database.ErrRead) {
			t.Errorf("sweeping while somebody reads: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.db.View(t.Context(), func(tx database.Tx) error {
		if specific(tx) {
			t.Error("while somebody read, what nobody used was kept")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestParcelsAreKeptByOurClock: a cabinet's clock may be anywhere.
func TestParcelsAreKeptByOurClock(t *testing.T) {
	s, err := New(Options{Dir: t.TempDir(), Database: databasetest.Opener(t), Tenant: "test", Outbox: true, Retention: Retention{Parcels: 30}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	now := time.Now()
	clocks := map[string]time.Time{"P-1970": time.Unix(300, 0), "P-1960": time.Unix(-300_000_000, 0), "P-2100": now.AddDate(75, 0, 0)}
	err = s.db.Update(t.Context(), func(tx database.Tx) error {
		if err := cabinets.Add(tx, "lobby", "Lobby"); err != nil {
			return err
		}
		bo, err := people.Add(tx, people.Details{Name: "Bo", Phone: "+447700900124"}, now)
		if err != nil {
			return err
		}
		for id, at := range clocks {
			if _, err := parcels.Assign(tx, parcels.Parcel{ID: id, Cabinet: "lobby", Recipient: bo.ID}, now); err != nil {
				return err
			}
			for _, what := range []string{wire.EventDeposited, wire.EventCollected} {
				if _, err := parcels.Happened(tx, "lobby", id, what, 1, at, now); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ days, want int }{{0, len(clocks)}, {29, len(clocks)}, {31, 0}} {
		sweep(t, s, now.AddDate(0, 0, test.days))
		err := s.db.View(t.Context(), func(tx database.Tx) error {
			kept, err := parcels.List(tx, parcels.Query{Limit: 10}, time.Now())
			if len(kept) != test.want {
				t.Errorf("after %d days there are %d parcels, want %d", test.days, len(kept), test.want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
