package cabinets

import (
	"database/sql"
	"slices"
	"time"

	"lockerd/infosystem/database"
	"lockerd/sync/wire"
)

// Slot is what was last heard of one slot.
type Slot struct {
	Slot    int       `json:"slot"`
	Door    string    `json:"door"`    // the last event about its door; empty when there was none
	Service string    `json:"service"` // what was last said about its service; empty when in service
	At      time.Time `json:"at,omitzero"`
}

// SlotHappened takes from an event what it says about a slot.
func SlotHappened(tx database.Tx, cabinet, what string, slot int, detail string, at time.Time) error {
	if slot < 1 {
		return nil
	}
	column, value := "door", what
	switch {
	case what == wire.EventSlotService && detail == "in service", what == wire.EventDeposited: // what is put into use is in service
		column, value = "service", ""
	case what == wire.EventSlotService:
		column, value = "service", detail
	case what == wire.EventNothingInside:
		column, value = "service", "out of service: reported empty"
	case !slices.Contains(wire.DoorEvents, what):
		return nil
	}
	_, err := tx.Exec(`INSERT INTO slots (cabinet, slot, door, service, at) VALUES (?, ?, '', '', ?) ON CONFLICT (cabinet, slot) DO NOTHING`,
		cabinet, slot, at.UnixMilli())
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE slots SET `+column+` = ?, at = ? WHERE cabinet = ? AND slot = ?`, value, at.UnixMilli(), cabinet, slot)
	return err
}

// Slots returns all slots of a cabinet, from 1, with what is known of each.
func Slots(tx database.Tx, c Cabinet) ([]Slot, error) {
	slots := make([]Slot, c.Slots)
	for i := range slots {
		slots[i].Slot = i + 1
	}
	_, err := database.All(tx, func(rows *sql.Rows) (struct{}, error) {
		var s Slot
		var at int64
		err := rows.Scan(&s.Slot, &s.Door, &s.Service, &at)
		if s.At = time.UnixMilli(at); s.Slot >= 1 && s.Slot <= len(slots) {
			slots[s.Slot-1] = s
		}
		return struct{}{}, err
	}, `SELECT slot, door, service, at FROM slots WHERE cabinet = ?`, c.ID)
	return slots, err
}

// Out is how many slots of a cabinet are out of order, and in how many of them no parcel lies.
type Out struct{ Slots, Empty int }

// OutOfOrder returns how many slots of each cabinet are out of service, or have a door that is not as it should be.
func OutOfOrder(tx database.Tx) (map[string]Out, error) {
	all := map[string]Out{}
	_, err := database.All(tx, func(rows *sql.Rows) (struct{}, error) {
		var cabinet string
		var out Out
		err := rows.Scan(&cabinet, &out.Slots, &out.Empty)
		all[cabinet] = out
		return struct{}{}, err
	}, `SELECT slots.cabinet, COUNT(DISTINCT slots.slot), COUNT(DISTINCT slots.slot) - COUNT(DISTINCT parcels.slot)
		FROM slots JOIN cabinets ON cabinets.id = slots.cabinet AND slots.slot <= cabinets.slots
		LEFT JOIN parcels ON parcels.cabinet = slots.cabinet AND parcels.slot = slots.slot AND parcels.phase IN ('stored', 'recalled')
		WHERE slots.service <> '' OR slots.door IN ('jammed', 'forced', 'indeterminate') GROUP BY slots.cabinet`)
	return all, err
}
