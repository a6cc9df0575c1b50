// Package staff keeps couriers and technicians. A cabinet compares what they type with the passcode
// matcher's template; the secret itself is shown once and kept nowhere.
package staff

import (
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"lockerd/infosystem/database"
	"lockerd/matcher/passcode"
)

// Role says what a member of staff may do.
type Role string

// The roles.
const (
	Courier    Role = "courier"
	Technician Role = "technician"
)

// Member is one member of staff.
type Member struct {
	Number  string    `json:"number"` // what is typed to sign in, 3–12 digits
	Name    string    `json:"name"`   // for the operator's list; no cabinet learns it
	Role    Role      `json:"role"`
	OneTime bool      `json:"one_time"` // the secret must be changed at the first sign-in
	Created time.Time `json:"created"`
	Secret  []byte    `json:"-"` // the passcode matcher's template
}

// Add stores a member. When secret is empty, digits are made up (couriers 6, technicians 10); they are
// returned and cannot be had again.
func Add(tx database.Tx, m Member, secret string, now time.Time) (string, error) {
	m.Name = strings.Join(strings.Fields(m.Name), " ")
	switch {
	case len(m.Number) < 3 || len(m.Number) > 12 || strings.Trim(m.Number, "0123456789") != "":
		return "", fmt.Errorf("%w: a staff number has 3–12 digits", database.ErrInvalid)
	case m.Role != Courier && m.Role != Technician:
		return "", fmt.Errorf("%w: role %.20q is none: use courier or technician", database.ErrInvalid, m.Role)
	case len(m.Name) > 80:
		return "", fmt.Errorf("%w: a name has at most 80 characters", database.ErrInvalid)
	}
	if secret == "" {
		secret = digits(map[Role]int{Courier: 6, Technician: 10}[m.Role])
	}
	if len(secret) < 6 || len(secret) > 64 {
		return "", fmt.Errorf("%w: a secret has 6–64 characters", database.ErrInvalid)
	}
	_, err := tx.Exec(`INSERT INTO staff (number, name, role, secret, one_time, created) VALUES (?, ?, ?, ?, ?, ?)`,
		m.Number, m.Name, string(m.Role), passcode.Hash([]byte(secret)), m.OneTime, now.UnixMilli())
	if errors.Is(err, database.ErrExists) {
		return "", fmt.Errorf("%w: staff number %s is taken", database.ErrExists, m.Number)
	}
	return secret, err
}

// Remove strikes a member off.
func Remove(tx database.Tx, number string) error {
	n, err := tx.Exec(`DELETE FROM staff WHERE number = ?`, number)
	if err == nil && n == 0 {
		return fmt.Errorf("%w: there is no staff number %.12q", database.ErrNotFound, number)
	}
	return err
}

// List returns all members by number.
func List(tx database.Tx) ([]Member, error) {
	return database.All(tx, func(rows *sql.Rows) (m Member, err error) {
		var created int64
		err = rows.Scan(&m.Number, &m.Name, &m.Role, &m.Secret, &m.OneTime, &created)
		m.Created = time.UnixMilli(created)
		return m, err
	}, `SELECT number, name, role, secret, one_time, created FROM staff ORDER BY number`)
}

func digits(n int) string {
	text := make([]byte, n)
	for i := range text {
		d, err := rand.Int(rand.Reader, big.NewInt(10))
		if err != nil {
			panic(err) // crypto/rand's reader never fails
		}
		text[i] = '0' + byte(d.Int64())
	}
	return string(text)
}
