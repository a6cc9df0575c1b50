// Package notices has people told: that a parcel arrived, their pickup code, an invitation to enrol. A
// notice is queued in the transaction of what caused it and delivered from there, again and again until it
// is; its text and phone number lie sealed in the database and go when a webhook has taken them.
package notices

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"lockerd/infosystem/database"
	"lockerd/infosystem/vault"
)

// Kind says what a notice is about.
type Kind string

// The kinds of notice.
const (
	Arrival    Kind = "arrival"    // for a specific recipient
	Code       Kind = "code"       // the pickup code, for others or everyone
	Invitation Kind = "invitation" // to enrol, with a code for it
	Consent    Kind = "consent"    // asks whether a parcel may be put into the locker
)

// Notice is one message to one person.
type Notice struct {
	Number    int64     `json:"number"`
	Kind      Kind      `json:"kind"`
	Recipient string    `json:"recipient"` // opaque id
	Parcel    string    `json:"parcel,omitempty"`
	Cabinet   string    `json:"cabinet"`
	At        time.Time `json:"at"`
	State     State     `json:"state"`
	Attempts  int       `json:"attempts"`
	Problem   string    `json:"problem,omitempty"` // of the last attempt
	Message
	damaged error // why the message cannot be opened
}

// Message is the part that is sealed; it is empty once it was forgotten.
type Message struct {
	Phone    string `json:"phone"`
	Language string `json:"language"`
	Text     string `json:"text"`
}

// State is how far a notice is.
type State string

// The states of a notice.
const (
	Held   State = "held" // its cabinet still tells of what came after; Release queues it
	Queued State = "queued"
	Sent   State = "sent"
	Failed State = "failed" // given up after MaxAttempts
	Void   State = "void"   // a newer code took its place, or its person is gone
)

// Notifier delivers a notice. An error means that it should be tried again.
type Notifier interface {
	Notify(context.Context, Notice) error
}

// Queue stores a notice for delivery, at once or, where its state is Held, after Release. A code makes earlier codes for the parcel void.
func Queue(tx database.Tx, box *vault.Box, n Notice) error {
	if n.Kind == Code {
		if _, err := tx.Exec(`UPDATE notices SET state = ?, sealed = NULL WHERE kind = ? AND parcel = ?`, string(Void), string(Code), n.Parcel); err != nil {
			return err
		}
	}
	number, err := database.Next(tx, "notices")
	if err != nil {
		return err
	}
	plain, err := json.Marshal(n.Message)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO notices (number, recipient, kind, parcel, cabinet, sealed, at, state, attempts, next, problem)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, '')`,
		number, n.Recipient, string(n.Kind), n.Parcel, n.Cabinet, box.Seal(purpose(number), plain), n.At.UnixMilli(), string(cmp.Or(n.State, Queued)), n.At.UnixMilli())
	if err != nil {
		return fmt.Errorf("cannot queue a notice: %w", err)
	}
	return nil
}

// Release queues the notices that were held about a cabinet.
func Release(tx database.Tx, cabinet string) error {
	_, err := tx.Exec(`UPDATE notices SET state = ? WHERE cabinet = ? AND state = ?`, string(Queued), cabinet, string(Held))
	return err
}

// ForgetPerson makes what was not delivered void and destroys all texts to a person.
func ForgetPerson(tx database.Tx, recipient string) error {
	_, err := tx.Exec(`UPDATE notices SET sealed = NULL, state = CASE WHEN state IN ('held', 'queued') THEN 'void' ELSE state END WHERE recipient = ?`, recipient)
	return err
}

// ForgetParcel destroys the texts about a parcel whose life has ended.
func ForgetParcel(tx database.Tx, parcel string) error {
	_, err := tx.Exec(`UPDATE notices SET sealed = NULL, state = CASE WHEN state IN ('held', 'queued') THEN 'void' ELSE state END WHERE parcel = ?`, parcel)
	return err
}

const columns = `SELECT number, recipient, kind, parcel, cabinet, sealed, at, state, attempts, problem FROM notices `

// Query says which notices are asked for.
type Query struct {
	State  State // empty for all
	Before int64 // notices of smaller numbers; 0 for the newest
}

// List returns up to limit notices, newest first. One that cannot be opened says so as its problem.
func List(tx database.Tx, box *vault.Box, q Query, limit int) ([]Notice, error) {
	condition, args := `1 = 1`, []any{}
	if !slices.Contains([]State{"", Held, Queued, Sent, Failed, Void}, q.State) {
		return nil, fmt.Errorf("%w: no state of notices is called %.20q", database.ErrInvalid, q.State)
	}
	if q.State != "" {
		condition, args = `state = ?`, append(args, string(q.State))
	}
	if q.Before > 0 {
		condition, args = condition+` AND number < ?`, append(args, q.Before)
	}
	return list(tx, box, columns+`WHERE `+condition+` ORDER BY number DESC LIMIT ?`, append(args, limit)...)
}

// due returns the numbers of the notices that should be tried now.
func due(tx database.Tx, now time.Time) ([]int64, error) {
	return database.All(tx, func(rows *sql.Rows) (n int64, err error) { return n, rows.Scan(&n) },
		`SELECT number FROM notices WHERE state = 'queued' AND next <= ? ORDER BY number LIMIT 20`, now.UnixMilli())
}

func get(tx database.Tx, box *vault.Box, number int64) (Notice, error) {
	found, err := list(tx, box, columns+`WHERE number = ?`, number)
	if err != nil || len(found) == 0 {
		return Notice{}, err
	}
	return found[0], nil
}

func list(tx database.Tx, box *vault.Box, statement string, args ...any) ([]Notice, error) {
	return database.All(tx, func(rows *sql.Rows) (n Notice, err error) {
		var at int64
		var sealed []byte
		if err := rows.Scan(&n.Number, &n.Recipient, &n.Kind, &n.Parcel, &n.Cabinet, &sealed, &at, &n.State, &n.Attempts, &n.Problem); err != nil {
			return n, err
		}
		n.At = time.UnixMilli(at)
		if len(sealed) == 0 {
			return n, nil
		}
		plain, err := box.Open(purpose(n.Number), sealed)
		if err == nil {
			err = json.Unmarshal(plain, &n.Message)
		}
		if err != nil {
			n.damaged = fmt.Errorf("cannot open its text: %w", err)
			n.Problem = n.damaged.Error()
		}
		return n, nil
	}, statement, args...)
}

func purpose(number int64) string { return fmt.Sprintf("notice\x00%d", number) }
