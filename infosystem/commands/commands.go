// Package commands keeps what operators told cabinets to do at once: open a door, issue a new code, reboot.
// A command is no state: it is sent to a connected cabinet only, ends within its time to live, and is done
// at most once.
package commands

import (
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"lockerd/infosystem/database"
	"lockerd/sync/wire"
)

// Lives is how long a command may be carried out.
const Lives = 30 * time.Second

// State is how far a command is.
type State string

// The states of a command.
const (
	Sent     State = "sent"      // no answer yet
	Done     State = "done"      // the cabinet did it
	Refused  State = "refused"   // the cabinet did not, and said why
	NoAnswer State = "no answer" // time ran out; the events tell what the door did
)

// Order is what an operator wants.
type Order struct {
	Cabinet  string      `json:"cabinet"`
	Action   wire.Action `json:"action"`
	Slot     int         `json:"slot,omitempty"`
	Parcel   string      `json:"parcel,omitempty"`
	Operator string      `json:"operator"`
	Reason   string      `json:"reason"`
}

// Command is an order that was given.
type Command struct {
	ID string `json:"id"`
	Order
	At      time.Time `json:"at"`
	Expires time.Time `json:"expires"`
	State   State     `json:"state"`
	Detail  string    `json:"detail"`
}

// Begin stores an order. While an earlier one for the same door or parcel has no answer it is refused.
func Begin(tx database.Tx, o Order, now time.Time) (Command, error) {
	c := Command{ID: "c-" + strings.ToLower(rand.Text()[:16]), Order: o, At: now, Expires: now.Add(Lives), State: Sent}
	var busy int
	err := tx.QueryRow(`SELECT COUNT(*) FROM commands WHERE cabinet = ? AND action = ? AND slot = ? AND parcel = ? AND state = ? AND expires > ?`,
		o.Cabinet, string(o.Action), o.Slot, o.Parcel, string(Sent), now.UnixMilli()).Scan(&busy)
	if err != nil {
		return c, err
	}
	if busy > 0 {
		return c, fmt.Errorf("%w: the same was ordered a moment ago and has no answer yet: wait for it", database.ErrConflict)
	}
	_, err = tx.Exec(`INSERT INTO commands (id, cabinet, action, slot, parcel, operator, reason, at, expires, state, detail)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')`,
		c.ID, o.Cabinet, string(o.Action), o.Slot, o.Parcel, o.Operator, o.Reason, now.UnixMilli(), c.Expires.UnixMilli(), string(Sent))
	return c, err
}

// End records the result of a command. The first result stays.
func End(tx database.Tx, cabinet, id string, state State, detail string) error {
	n, err := tx.Exec(`UPDATE commands SET state = ?, detail = ? WHERE id = ? AND cabinet = ? AND state IN (?, ?)`,
		string(state), detail, id, cabinet, string(Sent), string(NoAnswer))
	if err != nil || n == 1 {
		return err
	}
	if _, err := Get(tx, id); err != nil {
		return err
	}
	return nil
}

// Expire ends the commands whose time ran out.
func Expire(tx database.Tx, now time.Time) error {
	_, err := tx.Exec(`UPDATE commands SET state = ? WHERE state = ? AND expires <= ?`, string(NoAnswer), string(Sent), now.UnixMilli())
	return err
}

const columns = `SELECT id, cabinet, action, slot, parcel, operator, reason, at, expires, state, detail FROM commands `

// Get returns one command.
func Get(tx database.Tx, id string) (Command, error) {
	c, err := scan(tx.QueryRow(columns+`WHERE id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return c, fmt.Errorf("%w: there is no command %.40q", database.ErrNotFound, id)
	}
	return c, err
}

// List returns the newest commands of a cabinet.
func List(tx database.Tx, cabinet string, limit int) ([]Command, error) {
	return database.All(tx, func(rows *sql.Rows) (Command, error) { return scan(rows) },
		columns+`WHERE cabinet = ? ORDER BY at DESC, id LIMIT ?`, cabinet, limit)
}

func scan(row interface{ Scan(...any) error }) (c Command, err error) {
	var at, expires int64
	err = row.Scan(&c.ID, &c.Cabinet, &c.Action, &c.Slot, &c.Parcel, &c.Operator, &c.Reason, &at, &expires, &c.State, &c.Detail)
	c.At, c.Expires = time.UnixMilli(at), time.UnixMilli(expires)
	return c, err
}
