package parcels_test

import (
	"errors"
	"testing"
	"time"

	"lockerd/infosystem/cabinets"
	"lockerd/infosystem/database"
	"lockerd/infosystem/database/databasetest"
	"lockerd/infosystem/parcels"
)

func TestNext(t *testing.T) {
	const refused = parcels.Phase("refused")
	events := []string{"deposited", "collected", "nothing-inside", "recalled", "taken-back", "opened"}
	for phase, want := range map[parcels.Phase][]parcels.Phase{
		parcels.Expected:  {parcels.Stored, refused, refused, parcels.Returned, refused, parcels.Expected},
		parcels.Stored:    {refused, parcels.Collected, parcels.Missing, parcels.Recalled, parcels.Returned, parcels.Stored},
		parcels.Recalled:  {refused, refused, refused, parcels.Recalled, parcels.Returned, parcels.Recalled},
		parcels.Collected: {refused, refused, refused, refused, refused, parcels.Collected},
		parcels.Missing:   {refused, refused, refused, refused, refused, parcels.Missing},
		parcels.Returned:  {refused, refused, refused, parcels.Returned, refused, parcels.Returned},
	} {
		for i, event := range events {
			got, err := phase.Next(event)
			if err != nil {
				if !errors.Is(err, database.ErrConflict) || got != phase {
					t.Errorf("%s after %s: %s, %v", phase, event, got, err)
				}
				got = refused
			}
			if got != want[i] {
				t.Errorf("%s after %s is %s, want %s", phase, event, got, want[i])
			}
		}
	}
}

func TestAssign(t *testing.T) {
	db, now := databasetest.Open(t), time.UnixMilli(1_700_000_000_000)
	good := parcels.Parcel{ID: "P-1", Cabinet: "lobby", Recipient: "r-ada", Size: 2, Due: now.Add(time.Hour)}
	databasetest.Update(t, db, func(tx database.Tx) error {
		for _, id := range []string{"lobby", "yard"} {
			if err := cabinets.Add(tx, id, "somewhere"); err != nil {
				return err
			}
		}
		p, err := parcels.Assign(tx, good, now)
		if err != nil || p.Specific || p.Phase != parcels.Expected {
			t.Errorf("assigned %+v, %v", p, err)
		}
		for name, change := range map[string]func(*parcels.Parcel){
			"less than nothing": func(p *parcels.Parcel) { p.Size = -1 },
			"giant":             func(p *parcels.Parcel) { p.Size = 4 },
			"space in id":       func(p *parcels.Parcel) { p.ID = "P 1" },
			"slash in id":       func(p *parcels.Parcel) { p.ID = "../P" },
			"endless id":        func(p *parcels.Parcel) { p.ID = string(make([]byte, 65)) },
			"overdue":           func(p *parcels.Parcel) { p.Due = now.Add(-time.Hour) },
			"not ASCII id":      func(p *parcels.Parcel) { p.ID = "包" },
		} {
			bad := good
			change(&bad)
			if _, err := parcels.Assign(tx, bad, now); !errors.Is(err, database.ErrInvalid) {
				t.Errorf("%s: %v, want ErrInvalid", name, err)
			}
		}
		return nil
	})
	err := db.Update(t.Context(), func(tx database.Tx) error { _, err := parcels.Assign(tx, good, now); return err })
	if !errors.Is(err, database.ErrExists) {
		t.Errorf("a parcel twice: %v, want ErrExists", err)
	}
	databasetest.Update(t, db, func(tx database.Tx) error {
		if _, err := parcels.Happened(tx, "yard", "P-1", "deposited", 3, now, now); !errors.Is(err, database.ErrConflict) {
			t.Errorf("an event from another cabinet: %v, want ErrConflict", err)
		}
		if _, err := parcels.Happened(tx, "lobby", "P-9", "deposited", 3, now, now); !errors.Is(err, database.ErrNotFound) {
			t.Errorf("an event of an unknown parcel: %v, want ErrNotFound", err)
		}
		p, err := parcels.Happened(tx, "lobby", "P-1", "deposited", 3, now, now)
		if err != nil || p.Slot != 3 || !p.Stored.Equal(now) || p.Overdue(now) || !p.Overdue(now.Add(2*time.Hour)) {
			t.Errorf("deposited %+v, %v", p, err)
		}
		if p, err = parcels.AskBack(tx, "P-1"); err != nil || !p.RecallAsked || p.Phase != parcels.Stored {
			t.Errorf("asked back %+v, %v", p, err)
		}
		for _, what := range []string{"recalled", "taken-back"} {
			if p, err = parcels.Happened(tx, "lobby", "P-1", what, 3, now, now); err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
		if _, err := parcels.AskBack(tx, "P-1"); p.Phase != parcels.Returned || !errors.Is(err, database.ErrConflict) {
			t.Errorf("recalling one that is %s: %v, want ErrConflict", p.Phase, err)
		}
		if live, err := parcels.Live(tx, "lobby"); err != nil || len(live) != 0 {
			t.Errorf("live are %v, %v", live, err)
		}
		return nil
	})
}
