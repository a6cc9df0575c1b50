// Package events keeps everything that happened, line by line: what the cabinets' journals say and what
// operators did here. It holds no personal data.
package events

import (
	"database/sql"
	"strings"
	"time"

	"lockerd/infosystem/database"
	"lockerd/sync/wire"
)

// Line is one thing that happened.
type Line struct {
	Number   int64     `json:"number"` // order of arrival, over all cabinets
	Cabinet  string    `json:"cabinet"`
	Epoch    []byte    `json:"epoch,omitempty"` // of the cabinet's journal; none for the system's own lines
	Seq      uint64    `json:"seq"`             // in that journal
	At       time.Time `json:"at"`              // the cabinet's wall clock
	Received time.Time `json:"received"`
	What     string    `json:"what"`
	Slot     int       `json:"slot,omitempty"`
	Parcel   string    `json:"parcel,omitempty"`
	Who      string    `json:"who,omitempty"` // opaque reference, staff number or operator
	Kinds    []string  `json:"kinds,omitempty"`
	Detail   string    `json:"detail,omitempty"`
	Command  string    `json:"command,omitempty"`
	Prev     []byte    `json:"prev,omitempty"`    // hash of the journal line before, for an audit
	Problem  string    `json:"problem,omitempty"` // why its effect could not be carried out
}

// What the information system itself records.
const (
	Joined   = "joined"    // a cabinet joined, or joined again
	NewEpoch = "new-epoch" // a cabinet came with a new journal
	Gap      = "gap"       // lines of a cabinet's journal are missing for good
	Operator = "operator"  // an operator did something; Detail says what
	// Announced is a parcel that a courier announced at a cabinet, or why it was refused.
	Announced = "announced"
)

// FromWire is the line of a cabinet's event.
func FromWire(cabinet string, epoch [16]byte, e wire.Event, received time.Time) Line {
	return Line{
		Cabinet: cabinet, Epoch: epoch[:], Seq: e.Seq, At: time.UnixMilli(e.At), Received: received, What: e.What, Slot: e.Slot,
		Parcel: e.Parcel, Who: e.Who, Kinds: e.Kinds, Detail: e.Detail, Command: e.Command, Prev: e.Prev[:],
	}
}

// Append stores a line and returns its number.
func Append(tx database.Tx, l Line) (int64, error) {
	number, err := database.Next(tx, "events")
	if err != nil {
		return 0, err
	}
	if l.Epoch == nil {
		l.Epoch = []byte{}
	}
	if l.Prev == nil {
		l.Prev = []byte{}
	}
	_, err = tx.Exec(`INSERT INTO events (number, cabinet, epoch, seq, at, received, what, slot, parcel, who, kinds, detail, command, prev, problem)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		number, l.Cabinet, l.Epoch, int64(l.Seq), l.At.UnixMilli(), l.Received.UnixMilli(), l.What, l.Slot, l.Parcel, l.Who,
		strings.Join(l.Kinds, " "), l.Detail, l.Command, l.Prev, l.Problem)
	return number, err
}

// Note stores a line of the information system's own.
func Note(tx database.Tx, l Line, now time.Time) error {
	l.At, l.Received = now, now
	_, err := Append(tx, l)
	return err
}

const columns = `SELECT number, cabinet, epoch, seq, at, received, what, slot, parcel, who, kinds, detail, command, prev, problem FROM events `

// After returns up to limit lines after a number, oldest first.
func After(tx database.Tx, number int64, limit int) ([]Line, error) {
	return list(tx, columns+`WHERE number > ? ORDER BY number LIMIT ?`, number, limit)
}

// Query says which lines are asked for.
type Query struct {
	Parcel, Cabinet string // empty for all
	Before          int64  // lines of smaller numbers; 0 for the newest
}

// Newest returns up to limit lines, newest first.
func Newest(tx database.Tx, q Query, limit int) ([]Line, error) {
	condition, args := `1 = 1`, []any{}
	narrow := func(more string, arg any) { condition, args = condition+` AND `+more, append(args, arg) }
	if q.Parcel != "" {
		narrow(`parcel = ?`, q.Parcel)
	}
	if q.Cabinet != "" {
		narrow(`cabinet = ?`, q.Cabinet)
	}
	if q.Before > 0 {
		narrow(`number < ?`, q.Before)
	}
	return list(tx, columns+`WHERE `+condition+` ORDER BY number DESC LIMIT ?`, append(args, limit)...)
}

func list(tx database.Tx, statement string, args ...any) ([]Line, error) {
	return database.All(tx, func(rows *sql.Rows) (l Line, err error) {
		var at, received, seq int64
		var kinds string
		err = rows.Scan(&l.Number, &l.Cabinet, &l.Epoch, &seq, &at, &received, &l.What, &l.Slot, &l.Parcel, &l.Who, &kinds,
			&l.Detail, &l.Command, &l.Prev, &l.Problem)
		l.Seq, l.At, l.Received, l.Kinds = uint64(seq), time.UnixMilli(at), time.UnixMilli(received), strings.Fields(kinds)
		return l, err
	}, statement, args...)
}
