// Package staff keeps couriers and technicians. A cabinet compares what they type with the passcode
// matcher's template; the secret itself is shown once and kept nowhere.
package staff

import (
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"time"

	"lockerd/infosystem/database"
	"lockerd/matcher"
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
	Secret  []byte    `json:"-"`               // the passcode matcher's template
	Badge   string    `json:"badge,omitempty"` // what the badge says, 8–64 signs; stands for the number
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
	case m.Badge != "" && !badge.MatchString(m.Badge):
		return "", fmt.Errorf("%w: a badge says 8–64 letters, digits and signs without space", database.ErrInvalid)
	case len(m.Name) > 80:
		return "", fmt.Errorf("%w: a name has at most 80 characters", database.ErrInvalid)
	}
	if secret == "" {
		secret = digits(map[Role]int{Courier: 6, Technician: 10}[m.Role])
	}
	if len(secret) < 6 || len(secret) > 64 {
		return "", fmt.Errorf("%w: a secret has 6–64 characters", database.ErrInvalid)
	}
	if err := free(tx, m); err != nil {
		return "", err
	}
	_, err := tx.Exec(`INSERT INTO staff (number, name, role, secret, one_time, created, badge) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		m.Number, m.Name, string(m.Role), passcode.Hash([]byte(secret)), m.OneTime, now.UnixMilli(), m.Badge)
	if errors.Is(err, database.ErrExists) {
		return "", fmt.Errorf("%w: staff number %s is taken", database.ErrExists, m.Number)
	}
	return secret, err
}

var badge = regexp.MustCompile(`^[!-~]{8,64}$`)

// free refuses a badge that somebody else has or that says somebody's number, and a number that somebody's badge
// says: what a cabinet reads must mean one member of staff.
func free(tx database.Tx, m Member) error {
	var badges, numbers int
	err := tx.QueryRow(`SELECT COUNT(CASE WHEN badge = ? THEN 1 END), COUNT(CASE WHEN number = ? OR badge = ? THEN 1 END) FROM staff`,
		m.Number, m.Badge, m.Badge).Scan(&badges, &numbers)
	switch {
	case err != nil:
		return err
	case badges > 0:
		return fmt.Errorf("%w: number %s is what somebody's badge says: give another", database.ErrExists, m.Number)
	case m.Badge != "" && numbers > 0:
		return fmt.Errorf("%w: that badge is somebody's already", database.ErrExists)
	}
	return nil
}

// ChangeSecret replaces a secret by a template that its owner chose. The old secret proves that it is the owner.
func ChangeSecret(tx database.Tx, number string, old, template []byte) error {
	var present []byte
	err := tx.QueryRow(`SELECT secret FROM staff WHERE number = ?`, number).Scan(&present)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%w: there is no staff number %.12q", database.ErrNotFound, number)
	}
	if err != nil {
		return err
	}
	verdict, err := passcode.Matcher{}.Compare(matcher.Identification{Data: present}, matcher.Identification{Data: old})
	if err != nil {
		return err
	}
	if !verdict.Match {
		return fmt.Errorf("%w: the secret of %.12q was changed elsewhere before", database.ErrConflict, number)
	}
	if _, err := (passcode.Matcher{}).Compare(matcher.Identification{Data: template}, matcher.Identification{Data: old}); err != nil {
		return fmt.Errorf("%w: the new secret is no template", database.ErrInvalid)
	}
	_, err = tx.Exec(`UPDATE staff SET secret = ?, one_time = 0 WHERE number = ?`, template, number)
	return err
}

// Known tells whether somebody has that number.
func Known(tx database.Tx, number string) (bool, error) {
	var n int
	err := tx.QueryRow(`SELECT COUNT(*) FROM staff WHERE number = ?`, number).Scan(&n)
	return n > 0, err
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
		err = rows.Scan(&m.Number, &m.Name, &m.Role, &m.Secret, &m.OneTime, &created, &m.Badge)
		m.Created = time.UnixMilli(created)
		return m, err
	}, `SELECT number, name, role, secret, one_time, created, badge FROM staff ORDER BY number`)
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
