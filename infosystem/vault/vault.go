package vault

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"lockerd/infosystem/database"
	"lockerd/matcher"
	"lockerd/sync/wire"
)

// MaxRecord is the most bytes that one piece of verification information may have, so that it fits a
// message to the cabinet.
const MaxRecord = 40 << 10

// Verification is one piece of verification information: a first identification.
type Verification struct {
	ID        string // names the record, at the cabinet too
	Reference string // opaque, of whom
	Kind      matcher.Kind
	Stored    time.Time
	Content
	Damaged bool // it cannot be opened, and Content is empty
}

// Content is the part that is sealed.
type Content struct {
	Label     string
	Data      []byte
	Character []byte // of a fingerprint module; may be empty
}

// Put stores v, in place of what has the same id. A record of that id of somebody else is refused.
func Put(tx database.Tx, box *Box, v Verification) error {
	if err := check(v); err != nil {
		return err
	}
	plain, err := json.Marshal(v.Content)
	if err != nil {
		return err
	}
	defer clear(plain)
	n, err := tx.Exec(`INSERT INTO verification (id, reference, kind, sealed, stored, used) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, sealed = excluded.sealed, stored = excluded.stored, used = excluded.used
		WHERE verification.reference = excluded.reference`,
		v.ID, v.Reference, string(v.Kind), box.Seal(purpose(v), plain), v.Stored.UnixMilli(), v.Stored.UnixMilli())
	if err == nil && n == 0 {
		return fmt.Errorf("%w: verification information %s belongs to another recipient", database.ErrConflict, v.ID)
	}
	return err
}

func check(v Verification) error {
	if err := wire.CheckID(v.ID); err != nil {
		return fmt.Errorf("%w: verification information: %w", database.ErrInvalid, err)
	}
	kind, err := matcher.ParseKind(string(v.Kind))
	if err != nil {
		return fmt.Errorf("%w: %w", database.ErrInvalid, err)
	}
	if kind == matcher.Code {
		return fmt.Errorf("%w: a code is issued for a parcel and not stored beforehand", database.ErrInvalid)
	}
	if !wire.PlainText(v.Label, wire.MaxLabel) {
		return fmt.Errorf("%w: the label of verification information is longer than %d bytes or not plain text", database.ErrInvalid, wire.MaxLabel)
	}
	if size := len(v.Data) + len(v.Character); len(v.Data) == 0 || size > MaxRecord {
		return fmt.Errorf("%w: verification information has %d bytes, not 1–%d", database.ErrInvalid, size, MaxRecord)
	}
	return nil
}

// Of returns all that is stored for a reference, opened, by id. What cannot be opened is told as damaged, so that it holds
// up nothing else.
func Of(tx database.Tx, box *Box, reference string) ([]Verification, error) {
	type sealed struct {
		Verification
		bytes []byte
	}
	rows, err := database.All(tx, func(rows *sql.Rows) (s sealed, err error) {
		var stored int64
		err = rows.Scan(&s.ID, &s.Reference, &s.Kind, &s.bytes, &stored)
		s.Stored = time.UnixMilli(stored)
		return s, err
	}, `SELECT id, reference, kind, sealed, stored FROM verification WHERE reference = ? ORDER BY id`, reference)
	if err != nil {
		return nil, fmt.Errorf("cannot read verification information: %w", err)
	}
	opened := make([]Verification, 0, len(rows))
	for _, row := range rows {
		plain, err := box.Open(purpose(row.Verification), row.bytes)
		if err == nil {
			err = json.Unmarshal(plain, &row.Content)
			clear(plain)
		}
		if err != nil {
			row.Content, row.Damaged = Content{}, true
		}
		opened = append(opened, row.Verification)
	}
	return opened, nil
}

// Kinds counts by kind what is stored for a reference, without opening it.
func Kinds(tx database.Tx, reference string) (map[matcher.Kind]int, error) {
	all, err := KindsOf(tx, []string{reference})
	return all[reference], err
}

// KindsOf does so for several references.
func KindsOf(tx database.Tx, references []string) (map[string]map[matcher.Kind]int, error) {
	all := map[string]map[matcher.Kind]int{}
	for _, reference := range references {
		all[reference] = map[matcher.Kind]int{}
	}
	among, args := database.Among(references)
	_, err := database.All(tx, func(rows *sql.Rows) (struct{}, error) {
		var reference, kind string
		var n int
		err := rows.Scan(&reference, &kind, &n)
		if err == nil {
			all[reference][matcher.Kind(kind)] = n
		}
		return struct{}{}, err
	}, `SELECT reference, kind, COUNT(*) FROM verification WHERE reference IN `+among+` GROUP BY reference, kind`, args...)
	return all, err
}

// Specific makes the method's judgement: a recipient is specific when a first identification is stored.
func Specific(tx database.Tx, reference string) (bool, error) {
	var n int
	err := tx.QueryRow(`SELECT COUNT(*) FROM verification WHERE reference = ?`, reference).Scan(&n)
	return n > 0, err
}

// Used notes that a recipient was recognised by a kind.
func Used(tx database.Tx, reference string, kind matcher.Kind, at time.Time) error {
	_, err := tx.Exec(`UPDATE verification SET used = ? WHERE reference = ? AND kind = ? AND used < ?`, at.UnixMilli(), reference, string(kind), at.UnixMilli())
	return err
}

// Unused returns the references that have verification information which was not used since a time.
func Unused(tx database.Tx, since time.Time) ([]string, error) {
	return database.Strings(tx, `SELECT reference FROM verification GROUP BY reference HAVING MAX(used) < ? ORDER BY reference`, since.UnixMilli())
}

// Destroy destroys verification information of one kind, or of every kind when kind is empty, and returns
// how many records that were.
func Destroy(tx database.Tx, reference string, kind matcher.Kind) (int64, error) {
	n, err := tx.Exec(`DELETE FROM verification WHERE reference = ? AND (? = '' OR kind = ?)`, reference, string(kind), string(kind))
	if err == nil && n > 0 {
		err = database.NoteErased(tx)
	}
	return n, err
}

func purpose(v Verification) string {
	return "verification\x00" + v.ID + "\x00" + v.Reference + "\x00" + string(v.Kind)
}
