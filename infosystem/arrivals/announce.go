package arrivals

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"lockerd/infosystem/cabinets"
	"lockerd/infosystem/database"
	"lockerd/infosystem/events"
	"lockerd/infosystem/parcels"
	"lockerd/infosystem/people"
	"lockerd/infosystem/staff"
	"lockerd/sync/wire"
)

// How long a parcel that was announced is free to lie, and how long it may take until it lies there.
const (
	FreePeriod = 72 * time.Hour
	NeverCame  = 24 * time.Hour
)

// spoken is the language in which somebody of a region is written to, of whom the phone number alone is known;
// English elsewhere.
var spoken = map[string]string{"CN": "zh", "HK": "zh", "MO": "zh", "TW": "zh"}

// own says that a parcel is the one of an announcement. Its number alone does not: carriers use theirs again.
const own = `announcements.parcel = parcels.id AND announcements.cabinet = parcels.cabinet AND announcements.at = parcels.assigned`

// refusal is why an announcement makes no parcel.
type refusal wire.Refusal

func (r refusal) Error() string { return "announcement refused: " + string(r) }

// Announce makes a parcel of a courier's announcement, and its recipient where nobody has that phone number. One
// request makes one parcel, however often it comes. What a courier can be told is the answer's refusal; an error is
// a fault of this machine.
func (a Arrivals) Announce(tx database.Tx, cabinet cabinets.Cabinet, request [16]byte, body wire.AnnounceBody, now time.Time) (wire.Announced, error) {
	answer := wire.Announced{ID: request}
	err := tx.QueryRow(`SELECT parcel FROM announcements WHERE cabinet = ? AND request = ?`, cabinet.ID, request[:]).Scan(&answer.Parcel)
	if err == nil || !errors.Is(err, sql.ErrNoRows) {
		return answer, err
	}
	var p parcels.Parcel
	err = tx.Attempt(func() (err error) {
		p, err = a.announced(tx, cabinet, request, body, now)
		return err
	})
	var refused refusal
	line := events.Line{Cabinet: cabinet.ID, What: events.Announced, Parcel: p.ID, Who: body.Courier}
	switch {
	case errors.As(err, &refused):
		answer.Refusal, line.Parcel, line.Detail = wire.Refusal(refused), "", "refused: "+string(refused)
	case database.IsRefusal(err): // the label is no number of a parcel
		answer.Refusal, line.Parcel, line.Detail = wire.RefusedLabel, "", "refused: "+string(wire.RefusedLabel)
	case err != nil:
		return answer, err
	default:
		answer.Parcel = p.ID
	}
	return answer, events.Note(tx, line, now)
}

func (a Arrivals) announced(tx database.Tx, cabinet cabinets.Cabinet, request [16]byte, body wire.AnnounceBody, now time.Time) (parcels.Parcel, error) {
	if !cabinet.Settings.WalkUp {
		return parcels.Parcel{}, refusal(wire.RefusedHere)
	}
	if known, err := staff.Known(tx, body.Courier); err != nil || !known {
		return parcels.Parcel{}, errors.Join(err, refusal(wire.RefusedHere))
	}
	phone, err := people.CheckPhone(body.Phone, a.Region)
	if err != nil {
		return parcels.Parcel{}, refusal(wire.RefusedPhone)
	}
	var waiting int
	if err := tx.QueryRow(`SELECT COUNT(*) FROM parcels WHERE cabinet = ? AND phase = 'expected' AND recalled = 0
		AND EXISTS (SELECT 1 FROM announcements WHERE `+own+`)`, cabinet.ID).Scan(&waiting); err != nil {
		return parcels.Parcel{}, err
	}
	if waiting >= cabinet.Slots {
		return parcels.Parcel{}, refusal(wire.RefusedFull)
	}
	person, err := people.ByPhone(tx, phone, spoken[a.Region], now)
	if err != nil {
		return parcels.Parcel{}, err
	}
	if person.Agreed == parcels.ConsentRefused {
		return parcels.Parcel{}, refusal(wire.RefusedUnwanted)
	}
	p, err := a.Expect(tx, parcels.Parcel{ID: body.Label, Cabinet: cabinet.ID, Recipient: person.ID, Due: now.Add(FreePeriod)}, now)
	if err != nil {
		return p, err
	}
	_, err = tx.Exec(`INSERT INTO announcements (cabinet, request, parcel, at) VALUES (?, ?, ?, ?)`, cabinet.ID, request[:], p.ID, now.UnixMilli())
	if err != nil {
		return p, fmt.Errorf("cannot keep an announcement: %w", err)
	}
	return p, nil
}

// Lapsed recalls the parcels that were announced and never dropped off, and returns their cabinets.
func Lapsed(tx database.Tx, now time.Time) ([]string, error) {
	const late = `phase = 'expected' AND recalled = 0
		AND EXISTS (SELECT 1 FROM announcements WHERE ` + own + ` AND announcements.at <= ?)`
	before := now.Add(-NeverCame).UnixMilli()
	concerned, err := database.Strings(tx, `SELECT DISTINCT cabinet FROM parcels WHERE `+late, before)
	if err != nil || len(concerned) == 0 {
		return nil, err
	}
	_, err = tx.Exec(`UPDATE parcels SET recalled = 1 WHERE `+late, before)
	return concerned, err
}

// Forget drops the announcements whose parcel is no longer kept.
func Forget(tx database.Tx) error {
	_, err := tx.Exec(`DELETE FROM announcements WHERE NOT EXISTS (SELECT 1 FROM parcels WHERE ` + own + `)`)
	return err
}
