package parcels

import (
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"lockerd/infosystem/database"
	"lockerd/infosystem/vault"
	"lockerd/sync/wire"
)

// Parcel is a parcel and its recipient information.
type Parcel struct {
	ID        string    `json:"id"`
	Cabinet   string    `json:"cabinet"`
	Recipient string    `json:"recipient"` // a person's opaque id
	Size      int       `json:"size"`      // 1 small, 2 medium, 3 large, 0 when the courier says it
	Due       time.Time `json:"due,omitzero"`
	Phase     Phase     `json:"phase"`
	// RecallAsked says that the operator wants it back; the phase follows when the cabinet knows.
	RecallAsked bool `json:"recall_asked"`
	// Consent says whether the recipient agreed to the locker; see the constants.
	Consent string `json:"consent"`
	// Specific is the method's judgement: the recipient had a first identification stored when it was made,
	// at the assignment and again at the deposit.
	Specific bool      `json:"specific"`
	Slot     int       `json:"slot"` // 0 until it lies in one
	Assigned time.Time `json:"assigned"`
	Stored   time.Time `json:"stored,omitzero"`
	Ended    time.Time `json:"ended,omitzero"`
}

// Overdue tells whether the parcel lies in the cabinet for too long.
func (p Parcel) Overdue(now time.Time) bool {
	return !p.Due.IsZero() && p.Phase == Stored && now.After(p.Due)
}

// Assign stores a parcel that is expected at a cabinet and judges its recipient. An empty id is filled in.
// The cabinet and the recipient must be known to exist.
func Assign(tx database.Tx, p Parcel, now time.Time) (Parcel, error) {
	if p.ID == "" {
		p.ID = "p-" + strings.ToLower(rand.Text()[:12])
	}
	if err := wire.CheckID(p.ID); err != nil || len(p.ID) > 64 || strings.Contains(p.ID, "/") {
		return p, fmt.Errorf("%w: a parcel's number is 1–64 letters, digits and signs without / and space", database.ErrInvalid)
	}
	if p.Size < 0 || p.Size > 3 {
		return p, fmt.Errorf("%w: size %d is none: 1 is small, 2 medium, 3 large, 0 when the courier says it", database.ErrInvalid, p.Size)
	}
	if !p.Due.IsZero() && p.Due.Before(now) {
		return p, fmt.Errorf("%w: the parcel would be overdue already: give a later time", database.ErrInvalid)
	}
	specific, err := vault.Specific(tx, p.Recipient)
	if err != nil {
		return p, err
	}
	p.Phase, p.Specific, p.Assigned, p.Slot, p.RecallAsked = Expected, specific, now.Truncate(time.Millisecond), 0, false
	_, err = tx.Exec(`INSERT INTO parcels (id, cabinet, recipient, size, due, phase, recalled, specific, consent, slot, assigned, stored, ended)
		VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, 0, ?, 0, 0)`,
		p.ID, p.Cabinet, p.Recipient, p.Size, unix(p.Due), string(p.Phase), specific, p.Consent, p.Assigned.UnixMilli())
	if errors.Is(err, database.ErrExists) {
		return p, fmt.Errorf("%w: parcel %s was assigned before", database.ErrExists, p.ID)
	}
	return p, err
}

// AskBack marks a parcel as recalled. It ends when the cabinet says so.
func AskBack(tx database.Tx, id string) (Parcel, error) {
	p, err := Get(tx, id)
	if err != nil {
		return p, err
	}
	if p.Phase.Ended() {
		return p, fmt.Errorf("%w: parcel %s is %s", database.ErrConflict, id, p.Phase)
	}
	p.RecallAsked = true
	_, err = tx.Exec(`UPDATE parcels SET recalled = 1 WHERE id = ?`, id)
	return p, err
}

// NeverCame ends the parcels that were recalled before a courier brought them, once the cabinet has heard
// of it, and returns how many those were. A cabinet that never knew of one has nothing to say about it.
func NeverCame(tx database.Tx, cabinet string, now time.Time) (int64, error) {
	return tx.Exec(`UPDATE parcels SET phase = ?, ended = ? WHERE cabinet = ? AND phase = ? AND recalled = 1`,
		string(Returned), now.UnixMilli(), cabinet, string(Expected))
}

// Happened carries out what the event of a cabinet means for its parcel, and returns the parcel after it.
// The recipient is judged anew at the deposit.
func Happened(tx database.Tx, cabinet, id, what string, slot int, at, now time.Time) (Parcel, error) {
	p, err := Get(tx, id)
	if err != nil {
		return p, err
	}
	if p.Cabinet != cabinet {
		return p, fmt.Errorf("%w: parcel %s belongs to cabinet %s", database.ErrConflict, id, p.Cabinet)
	}
	if what == wire.EventDeposited && p.Phase == Returned && p.Slot == 0 {
		// It was dropped off before the cabinet heard of the recall: where it lies counts.
		p.Phase, p.Ended = Expected, time.Time{}
	}
	next, err := p.Phase.Next(what)
	if err != nil || next == p.Phase {
		return p, err
	}
	p.Phase = next
	switch {
	case next == Stored:
		p.Slot, p.Stored = slot, at
		if p.Specific, err = vault.Specific(tx, p.Recipient); err != nil {
			return p, err
		}
	case next.Ended():
		p.Ended = now
	}
	_, err = tx.Exec(`UPDATE parcels SET phase = ?, slot = ?, specific = ?, stored = ?, ended = ? WHERE id = ?`,
		string(p.Phase), p.Slot, p.Specific, unix(p.Stored), unix(p.Ended), id)
	return p, err
}

const columns = `SELECT id, cabinet, recipient, size, due, phase, recalled, specific, consent, slot, assigned, stored, ended FROM parcels `

// Get returns one parcel.
func Get(tx database.Tx, id string) (Parcel, error) {
	p, err := scan(tx.QueryRow(columns+`WHERE id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return p, fmt.Errorf("%w: there is no parcel %.64q", database.ErrNotFound, id)
	}
	return p, err
}

// Live returns the parcels of a cabinet whose life has not ended.
func Live(tx database.Tx, cabinet string) ([]Parcel, error) {
	return list(tx, `WHERE cabinet = ? AND phase NOT IN ('collected', 'missing', 'returned') ORDER BY assigned, id`, cabinet)
}

// LiveOf returns a person's parcels whose life has not ended.
func LiveOf(tx database.Tx, recipient string) ([]Parcel, error) {
	return list(tx, `WHERE recipient = ? AND phase NOT IN ('collected', 'missing', 'returned') ORDER BY assigned, id`, recipient)
}

func list(tx database.Tx, where string, args ...any) ([]Parcel, error) {
	return database.All(tx, func(rows *sql.Rows) (Parcel, error) { return scan(rows) }, columns+where, args...)
}

func scan(row interface{ Scan(...any) error }) (p Parcel, err error) {
	var due, assigned, stored, ended int64
	err = row.Scan(&p.ID, &p.Cabinet, &p.Recipient, &p.Size, &due, &p.Phase, &p.RecallAsked, &p.Specific, &p.Consent, &p.Slot, &assigned, &stored, &ended)
	p.Due, p.Assigned, p.Stored, p.Ended = moment(due), moment(assigned), moment(stored), moment(ended)
	return p, err
}

func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}
