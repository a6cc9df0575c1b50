// Package operators keeps who may use the information system: their passwords as argon2id templates and
// their sessions as hashes.
package operators

import (
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"lockerd/infosystem/database"
	"lockerd/matcher/secret"
)

// ErrSignIn is returned for a wrong name or password; which one is not said.
var ErrSignIn = errors.New("name or password is wrong")

// ErrWait is returned when too many passwords were tried.
var ErrWait = errors.New("too many tries: wait a minute")

// Session is one operator at one browser.
type Session struct {
	Operator string
	CSRF     string // must come with every form
}

// First makes the operator "operator" when there is none, and returns a generated password, which cannot
// be had again; otherwise it returns nothing.
func First(tx database.Tx, now time.Time) (password string, err error) {
	var n int
	if err := tx.QueryRow(`SELECT COUNT(*) FROM operators`).Scan(&n); err != nil || n > 0 {
		return "", err
	}
	password = strings.ToLower(rand.Text()[:16])
	_, err = tx.Exec(`INSERT INTO operators (name, password, created) VALUES ('operator', ?, ?)`, secret.Hash([]byte(password)), now.UnixMilli())
	return password, err
}

// SetPassword changes an operator's password and ends the sessions.
func SetPassword(tx database.Tx, name, password string) error {
	if len(password) < 12 || len(password) > 200 {
		return fmt.Errorf("%w: a password has 12–200 characters", database.ErrInvalid)
	}
	n, err := tx.Exec(`UPDATE operators SET password = ? WHERE name = ?`, secret.Hash([]byte(password)), name)
	if err == nil && n == 0 {
		return fmt.Errorf("%w: there is no operator %.40q", database.ErrNotFound, name)
	}
	if err == nil {
		_, err = tx.Exec(`DELETE FROM sessions WHERE operator = ?`, name)
	}
	return err
}

// Begin makes a session, which ends after the given time without a request, and returns the token for its cookie. Ended sessions are swept out.
func Begin(tx database.Tx, operator string, lasts time.Duration, now time.Time) (token string, err error) {
	if _, err := tx.Exec(`DELETE FROM sessions WHERE expires <= ?`, now.UnixMilli()); err != nil {
		return "", err
	}
	token = rand.Text()
	hash := sha256.Sum256([]byte(token))
	_, err = tx.Exec(`INSERT INTO sessions (hash, operator, csrf, expires) VALUES (?, ?, ?, ?)`, hash[:], operator, rand.Text(), now.Add(lasts).UnixMilli())
	return token, err
}

// Find returns the session of a token, or false. It lasts on for the given time; 0 does not prolong it.
func Find(tx database.Tx, token string, lasts time.Duration, now time.Time) (s Session, found bool, err error) {
	hash := sha256.Sum256([]byte(token))
	err = tx.QueryRow(`UPDATE sessions SET expires = CASE WHEN ? = 1 THEN ? ELSE expires END WHERE hash = ? AND expires > ? RETURNING operator, csrf`,
		lasts > 0, now.Add(lasts).UnixMilli(), hash[:], now.UnixMilli()).Scan(&s.Operator, &s.CSRF)
	if errors.Is(err, sql.ErrNoRows) {
		return s, false, nil
	}
	return s, err == nil, err
}

// End ends the session of a token.
func End(tx database.Tx, token string) error {
	hash := sha256.Sum256([]byte(token))
	_, err := tx.Exec(`DELETE FROM sessions WHERE hash = ?`, hash[:])
	return err
}
