package people

import (
	"database/sql"
	"fmt"
	"time"

	"lockerd/infosystem/database"
	"lockerd/matcher"
)

// ConsentText is the version of the text that the cabinet shows before it captures anything.
const ConsentText = "2026-2"

// Consent says that a person agreed to one kind of verification information being kept.
type Consent struct {
	Kind      matcher.Kind `json:"kind"`
	Given     time.Time    `json:"given"`
	Text      string       `json:"text"`      // version of what was agreed to
	Withdrawn time.Time    `json:"withdrawn"` // zero while it holds
}

// Holds tells whether the consent was not withdrawn.
func (c Consent) Holds() bool { return c.Withdrawn.IsZero() }

// Agree records a consent that was given at the cabinet.
func Agree(tx database.Tx, person string, kind matcher.Kind, given time.Time) error {
	if _, err := Get(tx, person); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO consents (person, kind, given, text, withdrawn) VALUES (?, ?, ?, ?, 0)
		ON CONFLICT (person, kind, given) DO NOTHING`, person, string(kind), given.UnixMilli(), ConsentText)
	return err
}

// Withdraw ends the consents of one kind, or of every kind when kind is empty.
func Withdraw(tx database.Tx, person string, kind matcher.Kind, now time.Time) error {
	_, err := tx.Exec(`UPDATE consents SET withdrawn = ? WHERE person = ? AND withdrawn = 0 AND (? = '' OR kind = ?)`,
		now.UnixMilli(), person, string(kind), string(kind))
	return err
}

// Consents returns every consent of a person, also withdrawn ones, oldest first.
func Consents(tx database.Tx, person string) ([]Consent, error) {
	all, err := database.All(tx, func(rows *sql.Rows) (c Consent, err error) {
		var given, withdrawn int64
		err = rows.Scan(&c.Kind, &given, &c.Text, &withdrawn)
		c.Given = time.UnixMilli(given)
		if withdrawn != 0 {
			c.Withdrawn = time.UnixMilli(withdrawn)
		}
		return c, err
	}, `SELECT kind, given, text, withdrawn FROM consents WHERE person = ? ORDER BY given, kind`, person)
	if err != nil {
		return nil, fmt.Errorf("cannot read consents: %w", err)
	}
	return all, nil
}
