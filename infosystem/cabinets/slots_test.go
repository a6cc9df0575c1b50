package cabinets_test

import (
	"testing"
	"time"

	"lockerd/infosystem/cabinets"
	"lockerd/infosystem/database"
	"lockerd/infosystem/database/databasetest"
	"lockerd/sync/wire"
)

// TestOutOfOrder: what is out of order counts, whether a parcel lies in it or not, but for slots that there are no more.
func TestOutOfOrder(t *testing.T) {
	now := time.UnixMilli(1_700_000_000_000)
	databasetest.Update(t, databasetest.Open(t), func(tx database.Tx) error {
		if err := cabinets.Add(tx, "lobby", "Lobby"); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE cabinets SET slots = 6`); err != nil {
			return err
		}
		for i, e := range []struct {
			what   string
			slot   int
			detail string
		}{
			{"jammed", 1, ""}, {"jammed", 2, ""}, {wire.EventSlotService, 2, "out of service: wet"}, {wire.EventSlotService, 3, "out of service: wet"},
			{wire.EventSlotService, 3, "in service"}, {wire.EventNothingInside, 4, ""}, {"forced", 7, ""},
		} {
			if err := cabinets.SlotHappened(tx, "lobby", e.what, e.slot, e.detail, now.Add(time.Duration(i)*time.Second)); err != nil {
				return err
			}
		}
		for id, phase := range map[string]string{"P-1": "stored", "P-2": "collected"} {
			_, err := tx.Exec(`INSERT INTO parcels (id, cabinet, recipient, size, due, phase, recalled, specific, slot, assigned, stored, ended)
				VALUES (?, 'lobby', 'r-ada', 1, 0, ?, 0, 0, 1, 1, 1, 0)`, id, phase)
			if err != nil {
				return err
			}
		}
		out, err := cabinets.OutOfOrder(tx)
		if want := (cabinets.Out{Slots: 3, Empty: 2}); err != nil || len(out) != 1 || out["lobby"] != want {
			t.Errorf("out of order are %+v, %v, want %+v", out, err, want)
		}
		return nil
	})
}
