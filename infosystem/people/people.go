// Package people keeps identification information: the personal information that says who somebody is.
// What they verify with lies in package vault; the person's id is the opaque reference that joins the two.
package people

import (
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"

	"lockerd/infosystem/database"
	"lockerd/infosystem/parcels"
	"lockerd/matcher"
	"lockerd/sync/wire"
)

// Details is the identification information of a person.
type Details struct {
	Name     string `json:"name"`
	Phone    string `json:"phone"`    // E.164 once it was checked
	Language string `json:"language"` // BCP 47; empty for the cabinet's
	LowSlot  bool   `json:"low_slot"` // wants a slot that can be reached from a wheelchair
	Policy   string `json:"policy"`   // beside the cabinet's own; empty adds nothing
	// Agreed says once for all whether parcels may be put into a locker: parcels.ConsentGiven,
	// parcels.ConsentRefused, or nothing said.
	Agreed string `json:"agreed"`
}

// Person is somebody who receives parcels.
type Person struct {
	ID      string    `json:"id"` // opaque; says nothing about the person
	Created time.Time `json:"created"`
	Details
}

// PhoneTail is the last four digits of the phone number.
func (p Person) PhoneTail() string { return p.Phone[max(0, len(p.Phone)-4):] }

var language = regexp.MustCompile(`^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$`)

// Check returns the details in their stored form, or an error that says what to change. Region (ISO 3166,
// two letters) is where a phone number without a country code belongs.
func Check(d Details, region string) (Details, error) {
	d.Name = strings.Join(strings.Fields(d.Name), " ")
	if n := len([]rune(d.Name)); n < 1 || n > 80 || !wire.PlainText(d.Name, wire.MaxName) {
		return d, fmt.Errorf("%w: a name has 1–80 characters", database.ErrInvalid)
	}
	var err error
	if d.Phone, err = CheckPhone(d.Phone, region); err != nil {
		return d, err
	}
	if d.Agreed != "" && d.Agreed != parcels.ConsentGiven && d.Agreed != parcels.ConsentRefused {
		return d, fmt.Errorf("%w: agreed is given, refused or empty, not %.20q", database.ErrInvalid, d.Agreed)
	}
	if err := CheckLanguage(d.Language); err != nil {
		return d, err
	}
	if d.Policy, err = CheckPolicy(d.Policy); err != nil {
		return d, err
	}
	return d, nil
}

// CheckLanguage tells what is wrong with a language. An empty one is right.
func CheckLanguage(tag string) error {
	if tag != "" && !language.MatchString(tag) || len(tag) > wire.MaxLanguage {
		return fmt.Errorf("%w: language %.20q is not like en or zh-CN", database.ErrInvalid, tag)
	}
	return nil
}

// CheckPhone returns a phone number in E.164, or an error that says what to change.
func CheckPhone(phone, region string) (string, error) {
	number, err := phonenumbers.ParseAndKeepRawInput(phone, region)
	// Possible, not valid: numbering plans change faster than the list of them that is built in. What reaches somebody only
	// within one town is refused, and so is a carrier's code before the number: 1 typed twice would otherwise make one of
	// 12139 in China, and somebody else's number of what is left.
	if err != nil || phonenumbers.IsPossibleNumberWithReason(number) != phonenumbers.IS_POSSIBLE || number.GetPreferredDomesticCarrierCode() != "" {
		return "", fmt.Errorf("%w: the phone number is none: give all its digits, with + and the country code unless it is in %s", database.ErrInvalid, region)
	}
	return phonenumbers.Format(number, phonenumbers.E164), nil
}

// CheckPolicy reads a policy, alternatives of sets of kinds such as "fingerprint | voice+passcode | code",
// and returns it in its usual spelling. An empty policy is one.
func CheckPolicy(text string) (string, error) {
	if strings.TrimSpace(text) == "" {
		return "", nil
	}
	sets, err := matcher.ParseSets(text)
	if err != nil {
		return "", fmt.Errorf("%w: %w", database.ErrInvalid, err)
	}
	return matcher.FormatSets(sets), nil
}

// Add stores a new person and returns it with its opaque id. The details must have been checked.
func Add(tx database.Tx, d Details, now time.Time) (Person, error) {
	p := Person{ID: "r-" + strings.ToLower(rand.Text()[:16]), Created: now.Truncate(time.Millisecond), Details: d}
	_, err := tx.Exec(`INSERT INTO people (id, name, phone, language, low_slot, policy, agreed, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		p.ID, d.Name, d.Phone, d.Language, flag(d.LowSlot), d.Policy, d.Agreed, p.Created.UnixMilli())
	return p, err
}

// Change replaces the details of a person. They must have been checked.
func Change(tx database.Tx, id string, d Details) error {
	n, err := tx.Exec(`UPDATE people SET name = ?, phone = ?, language = ?, low_slot = ?, policy = ?, agreed = ? WHERE id = ?`,
		d.Name, d.Phone, d.Language, flag(d.LowSlot), d.Policy, d.Agreed, id)
	if err == nil && n == 0 {
		return unknown(id)
	}
	return err
}

// Remove forgets who the person is, and the consents.
func Remove(tx database.Tx, id string) error {
	n, err := tx.Exec(`DELETE FROM people WHERE id = ?`, id)
	if err == nil && n == 0 {
		return unknown(id)
	}
	if err != nil {
		return err
	}
	return database.NoteErased(tx)
}

const columns = `SELECT id, name, phone, language, low_slot, policy, agreed, created FROM people `

// Get returns one person.
func Get(tx database.Tx, id string) (Person, error) {
	p, err := scan(tx.QueryRow(columns+`WHERE id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return p, unknown(id)
	}
	return p, err
}

// Some returns those people among several ids who are known, by id.
func Some(tx database.Tx, ids []string) (map[string]Person, error) {
	among, args := database.Among(ids)
	found, err := some(tx, `WHERE id IN `+among, args...)
	byID := map[string]Person{}
	for _, p := range found {
		byID[p.ID] = p
	}
	return byID, err
}

// ByPhone returns the person who has that number, in E.164. Where several have it, or nobody, it returns somebody without
// a name, of whom the number alone is known; if need be that person is added, to be written to in the language.
func ByPhone(tx database.Tx, phone, language string, now time.Time) (Person, error) {
	all, err := some(tx, `WHERE phone = ? ORDER BY created, id`, phone)
	if err != nil {
		return Person{}, err
	}
	for _, p := range all {
		if p.Name == "" || len(all) == 1 {
			return p, nil
		}
	}
	return Add(tx, Details{Phone: phone, Language: language}, now)
}

// ForgetStrangers erases the people of whom the phone number alone is known and who have nothing here any more, no
// parcel and no invitation.
func ForgetStrangers(tx database.Tx) (int64, error) {
	return tx.Exec(`DELETE FROM people WHERE name = '' AND id NOT IN (SELECT recipient FROM parcels)
		AND id NOT IN (SELECT reference FROM verification) AND id NOT IN (SELECT recipient FROM invitations WHERE used = 0)`)
}

// List returns up to limit people by name whose name or phone number contains part, but for the first ones.
func List(tx database.Tx, part string, limit, offset int) ([]Person, error) {
	if part == "" {
		return some(tx, `ORDER BY name, id LIMIT ? OFFSET ?`, limit, offset)
	}
	name, phone, err := database.Patterns(part)
	if err != nil {
		return nil, err
	}
	return some(tx, `WHERE LOWER(name) LIKE LOWER(?) ESCAPE '\' OR phone LIKE ? ESCAPE '\' ORDER BY name, id LIMIT ? OFFSET ?`, name, phone, limit, offset)
}

// After returns up to limit people by id, those behind one; empty is before all. Whoever is there from the first to the
// last of such lists is on exactly one of them, whatever else changes meanwhile.
func After(tx database.Tx, id string, limit int) ([]Person, error) {
	return some(tx, `WHERE id > ? ORDER BY id LIMIT ?`, id, limit)
}

// Named returns the one person whom an operator means by an id, by a whole name, by a name with the last four digits, as
// in "Ada · 0123", or by part of a name or number. Who has the whole name goes before those of whose name it is a part.
func Named(tx database.Tx, text string) (Person, error) {
	text = strings.Join(strings.Fields(text), " ")
	if strings.HasPrefix(text, "r-") {
		return Get(tx, text)
	}
	if text == "" {
		return Person{}, fmt.Errorf("%w: say for whom: a name or a phone number", database.ErrInvalid)
	}
	name, tail := text, ""
	if i := strings.LastIndex(text, " · "); i >= 0 {
		name, tail = text[:i], text[i+len(" · "):]
	}
	found, err := some(tx, `WHERE LOWER(name) = LOWER(?) AND phone LIKE ? ESCAPE '\' LIMIT 2`, name, database.Ending(tail))
	if err == nil && len(found) == 0 && tail == "" {
		found, err = List(tx, name, 2, 0)
	}
	if err != nil {
		return Person{}, err
	}
	switch len(found) {
	case 0:
		return Person{}, fmt.Errorf("%w: nobody has that name or phone number: add the person first", database.ErrNotFound)
	case 1:
		return found[0], nil
	}
	return Person{}, fmt.Errorf("%w: more than one person has that name or phone number: write the whole number, or go to the person's page", database.ErrConflict)
}

// Count returns how many people there are.
func Count(tx database.Tx) (n int, err error) {
	return n, tx.QueryRow(`SELECT COUNT(*) FROM people`).Scan(&n)
}

// some returns the people whom the rest of a statement asks for.
func some(tx database.Tx, rest string, args ...any) ([]Person, error) {
	return database.All(tx, func(rows *sql.Rows) (Person, error) { return scan(rows) }, columns+rest, args...)
}

func scan(row interface{ Scan(...any) error }) (p Person, err error) {
	var created int64
	err = row.Scan(&p.ID, &p.Name, &p.Phone, &p.Language, &p.LowSlot, &p.Policy, &p.Agreed, &created)
	p.Created = time.UnixMilli(created)
	return p, err
}

func unknown(id string) error {
	return fmt.Errorf("%w: there is no person %.40q", database.ErrNotFound, id)
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
