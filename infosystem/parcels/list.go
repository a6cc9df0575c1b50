package parcels

import (
	"database/sql"
	"fmt"
	"strings"
	"time"

	"lockerd/infosystem/database"
)

// State is a group of parcels as an operator asks for them.
type State string

// The groups of parcels; the empty one is all of them.
const (
	Coming  State = "expected"
	Inside  State = "inside"  // lies in a slot
	Overdue State = "overdue" // lies in a slot for too long
	Over    State = "ended"
)

// over is 1 for parcels whose life has ended, as the index parcels_order has it: what asks for live ones passes over the
// ended, which are many more.
const over = `(CASE WHEN phase IN ('collected', 'missing', 'returned') THEN 1 ELSE 0 END)`

// where each state is, with the time now where overdue asks for it.
var where = map[State]string{
	"":      `1 = 1`,
	Coming:  over + ` = 0 AND phase = 'expected'`,
	Inside:  over + ` = 0 AND phase IN ('stored', 'recalled')`,
	Overdue: over + ` = 0 AND phase = 'stored' AND due > 0 AND due < ?`,
	Over:    `phase IN ('collected', 'missing', 'returned')`,
}

// Query says which parcels are asked for.
type Query struct {
	State         State
	Cabinet       string // empty for all
	Part          string // of the parcel's number, or of its recipient's name or phone number; empty for all
	Limit, Offset int
	ByID          bool   // sorts by number, so that what changes between two lists moves no other parcel
	After         string // by number, those behind one; empty is before all
}

// List returns parcels: live ones first, then the newest, unless they are to be sorted by number.
func List(tx database.Tx, q Query, now time.Time) ([]Parcel, error) {
	condition, found := where[q.State]
	if !found {
		return nil, fmt.Errorf("%w: no state of parcels is called %.20q", database.ErrInvalid, q.State)
	}
	var args []any
	if q.State == Overdue {
		args = append(args, now.UnixMilli())
	}
	if q.Cabinet != "" {
		condition, args = condition+` AND cabinet = ?`, append(args, q.Cabinet)
	}
	if strings.TrimSpace(q.Part) != "" {
		name, phone, err := database.Patterns(q.Part)
		if err != nil {
			return nil, err
		}
		condition += ` AND (LOWER(id) LIKE LOWER(?) ESCAPE '\' OR recipient IN (SELECT id FROM people WHERE LOWER(name) LIKE LOWER(?) ESCAPE '\' OR phone LIKE ? ESCAPE '\'))`
		args = append(args, name, name, phone)
	}
	if q.ByID {
		return list(tx, `WHERE `+condition+` AND id > ? ORDER BY id LIMIT ?`, append(args, q.After, q.Limit)...)
	}
	return list(tx, `WHERE `+condition+` ORDER BY `+over+`, assigned DESC, id LIMIT ? OFFSET ?`,
		append(args, q.Limit, q.Offset)...)
}

// LiveCounts returns how many parcels are under way for each of several people.
func LiveCounts(tx database.Tx, recipients []string) (map[string]int, error) {
	counts := map[string]int{}
	among, args := database.Among(recipients)
	_, err := database.All(tx, func(rows *sql.Rows) (struct{}, error) {
		var recipient string
		var n int
		err := rows.Scan(&recipient, &n)
		counts[recipient] = n
		return struct{}{}, err
	}, `SELECT recipient, COUNT(*) FROM parcels WHERE recipient IN `+among+` AND phase IN ('expected', 'stored', 'recalled') GROUP BY recipient`, args...)
	return counts, err
}

// Count is how many parcels of a cabinet are where.
type Count struct{ Expected, Inside, Overdue int }

// Counts returns what is under way at each cabinet.
func Counts(tx database.Tx, now time.Time) (map[string]Count, error) {
	counts := map[string]Count{}
	_, err := database.All(tx, func(rows *sql.Rows) (struct{}, error) {
		var cabinet string
		var c Count
		err := rows.Scan(&cabinet, &c.Expected, &c.Inside, &c.Overdue)
		counts[cabinet] = c
		return struct{}{}, err
	}, `SELECT cabinet, SUM(CASE WHEN phase = 'expected' THEN 1 ELSE 0 END), SUM(CASE WHEN phase = 'expected' THEN 0 ELSE 1 END),
		SUM(CASE WHEN phase = 'stored' AND due > 0 AND due < ? THEN 1 ELSE 0 END)
		FROM parcels WHERE `+over+` = 0 GROUP BY cabinet`, now.UnixMilli())
	return counts, err
}
