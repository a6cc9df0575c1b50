// Package invitations keeps invitations to enrol: one recipient, one cabinet, one code, for once.
package invitations

import (
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"lockerd/infosystem/database"
	"lockerd/infosystem/vault"
)

// Lasts is how long an invitation can be used.
const Lasts = 14 * 24 * time.Hour

// Invitation lets one recipient enrol at one cabinet once.
type Invitation struct {
	ID        string    `json:"id"`
	Recipient string    `json:"recipient"`
	Cabinet   string    `json:"cabinet"`
	Code      string    `json:"code,omitempty"` // 8 digits; empty when it is damaged
	Expires   time.Time `json:"expires"`
}

// Add makes an invitation. Another open one of the same person at the same cabinet ends.
func Add(tx database.Tx, box *vault.Box, recipient, cabinet string, now time.Time) (Invitation, error) {
	if err := Close(tx, recipient, cabinet, now); err != nil {
		return Invitation{}, err
	}
	n, err := rand.Int(rand.Reader, big.NewInt(100_000_000))
	if err != nil {
		return Invitation{}, err
	}
	i := Invitation{
		ID: "i-" + strings.ToLower(rand.Text()[:12]), Recipient: recipient, Cabinet: cabinet,
		Code: fmt.Sprintf("%08d", n), Expires: now.Add(Lasts).Truncate(time.Second),
	}
	_, err = tx.Exec(`INSERT INTO invitations (id, recipient, cabinet, sealed, expires, used) VALUES (?, ?, ?, ?, ?, 0)`,
		i.ID, i.Recipient, i.Cabinet, box.Seal("invitation\x00"+i.ID, []byte(i.Code)), i.Expires.UnixMilli())
	return i, err
}

// Open returns the invitations of a cabinet that can still be used.
func Open(tx database.Tx, box *vault.Box, cabinet string, now time.Time) ([]Invitation, error) {
	return list(tx, box, `WHERE cabinet = ? AND used = 0 AND expires > ? ORDER BY id`, cabinet, now.UnixMilli())
}

// OpenOf returns a person's invitations that can still be used.
func OpenOf(tx database.Tx, box *vault.Box, recipient string, now time.Time) ([]Invitation, error) {
	return list(tx, box, `WHERE recipient = ? AND used = 0 AND expires > ? ORDER BY id`, recipient, now.UnixMilli())
}

// Lapsed returns the cabinets that have invitations which were not used in time, and closes those.
func Lapsed(tx database.Tx, now time.Time) ([]string, error) {
	cabinets, err := database.Strings(tx, `SELECT DISTINCT cabinet FROM invitations WHERE used = 0 AND expires <= ?`, now.UnixMilli())
	if err != nil || len(cabinets) == 0 {
		return nil, err
	}
	_, err = tx.Exec(`UPDATE invitations SET used = ?, sealed = ? WHERE used = 0 AND expires <= ?`, now.UnixMilli(), []byte{}, now.UnixMilli())
	return cabinets, err
}

// Use ends an invitation because its recipient enrolled. An invitation that was used or closed, or is
// somebody else's, is refused.
func Use(tx database.Tx, id, recipient, cabinet string, now time.Time) error {
	var owner, place string
	err := tx.QueryRow(`SELECT recipient, cabinet FROM invitations WHERE id = ?`, id).Scan(&owner, &place)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("%w: there is no invitation %.40q", database.ErrNotFound, id)
	case err != nil:
		return err
	case owner != recipient || place != cabinet:
		return fmt.Errorf("%w: invitation %s is for another recipient or cabinet", database.ErrConflict, id)
	}
	// An invitation that lapsed or was replaced in the meantime still covers an enrolment that the cabinet,
	// perhaps without network, made by it; it does so once.
	n, err := tx.Exec(`UPDATE invitations SET used = ?, sealed = ? WHERE id = ? AND used >= 0`, -now.UnixMilli(), []byte{}, id)
	if err == nil && n == 0 {
		return fmt.Errorf("%w: invitation %s was used before", database.ErrConflict, id)
	}
	return err
}

// Spend ends the invitations of a person at a cabinet because one of them was used there for something else
// than to enrol. Somebody whom nobody invited to that cabinet is refused.
func Spend(tx database.Tx, recipient, cabinet string, now time.Time) error {
	n, err := tx.Exec(`UPDATE invitations SET used = ?, sealed = ? WHERE recipient = ? AND cabinet = ? AND used >= 0`,
		-now.UnixMilli(), []byte{}, recipient, cabinet)
	if err == nil && n == 0 {
		return fmt.Errorf("%w: nobody invited %s to cabinet %s", database.ErrConflict, recipient, cabinet)
	}
	return err
}

// Close ends the open invitations of a person at a cabinet, or everywhere when cabinet is empty.
func Close(tx database.Tx, recipient, cabinet string, now time.Time) error {
	_, err := tx.Exec(`UPDATE invitations SET used = ?, sealed = ? WHERE recipient = ? AND used = 0 AND (? = '' OR cabinet = ?)`,
		now.UnixMilli(), []byte{}, recipient, cabinet, cabinet)
	return err
}

// Revoke ends all invitations of a person for good: an enrolment by one of them that comes later is refused.
func Revoke(tx database.Tx, recipient string, now time.Time) error {
	_, err := tx.Exec(`UPDATE invitations SET used = ?, sealed = ? WHERE recipient = ? AND used >= 0`, -now.UnixMilli(), []byte{}, recipient)
	return err
}

func list(tx database.Tx, box *vault.Box, where string, args ...any) ([]Invitation, error) {
	return database.All(tx, func(rows *sql.Rows) (i Invitation, err error) {
		var sealed []byte
		var expires int64
		if err := rows.Scan(&i.ID, &i.Recipient, &i.Cabinet, &sealed, &expires); err != nil {
			return i, err
		}
		code, _ := box.Open("invitation\x00"+i.ID, sealed) // what is damaged holds up nothing else
		i.Code, i.Expires = string(code), time.UnixMilli(expires)
		return i, nil
	}, `SELECT id, recipient, cabinet, sealed, expires FROM invitations `+where, args...)
}
