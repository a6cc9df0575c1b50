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

// OutOfOrder returns how many slots of each cabinet are out of service, or have a door that is not as it should be.
func OutOfOrder(tx database.Tx) (map[string]int, error) {
	out := map[string]int{}
	_, err := database.All(tx, func(rows *sql.Rows) (struct{}, error) {
		var cabinet string
		var n int
		err := rows.Scan(&cabinet, &n)
		out[cabinet] = n
		return struct{}{}, err
	}, `SELECT cabinet, COUNT(*) FROM slots WHERE service <> '' OR door IN ('jammed', 'forced', 'indeterminate') GROUP BY cabinet`)
	return out, err
}
