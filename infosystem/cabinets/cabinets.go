// Package cabinets keeps the cabinets: how they join, their keys, what the operator set for them, and what
// was last heard of them and of their slots.
package cabinets

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"lockerd/infosystem/database"
	"lockerd/infosystem/people"
	"lockerd/matcher"
	"lockerd/sync/wire"
)

// Cabinet is one cabinet of the tenant.
type Cabinet struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Slots    int       `json:"slots"` // 0 until it joined
	Software string    `json:"software"`
	Joined   time.Time `json:"joined,omitzero"`
	Seen     time.Time `json:"seen,omitzero"`
	Settings Settings  `json:"settings"`
	Version  uint64    `json:"version"`  // of its desired state here
	Reported uint64    `json:"reported"` // version that it said it has
	Root     [32]byte  `json:"-"`        // of its desired state here
	SignKey  []byte    `json:"-"`        // Ed25519, verifies what it says
	SealKey  []byte    `json:"-"`        // HPKE, seals what it is told
}

// HasJoined tells whether the cabinet gave its keys.
func (c Cabinet) HasJoined() bool { return !c.Joined.IsZero() }

// Settings is what the operator decides for a cabinet. Empty ones leave the cabinet's own configuration.
type Settings struct {
	Policy string         `json:"policy"`
	Codes  string         `json:"codes"`   // "", "unenrolled" or "everyone"
	Off    []matcher.Kind `json:"off"`     // kinds that are switched off
	WalkUp bool           `json:"walk_up"` // couriers may announce parcels that nobody assigned
	// Consent says whose word is needed before a parcel is dropped off: "", "courier" or "recipient".
	Consent string `json:"consent"`
}

// Check returns the settings in their stored form, or what is wrong with them.
func (s Settings) Check() (Settings, error) {
	var err error
	if s.Policy, err = people.CheckPolicy(s.Policy); err != nil {
		return s, err
	}
	if s.Codes != "" && s.Codes != "unenrolled" && s.Codes != "everyone" {
		return s, fmt.Errorf("%w: codes go to unenrolled or everyone, not to %.20q", database.ErrInvalid, s.Codes)
	}
	if s.Consent != "" && s.Consent != "courier" && s.Consent != "recipient" {
		return s, fmt.Errorf("%w: consent is the word of courier or recipient, not of %.20q", database.ErrInvalid, s.Consent)
	}
	for _, kind := range s.Off {
		if _, err := matcher.ParseKind(string(kind)); err != nil {
			return s, fmt.Errorf("%w: %w", database.ErrInvalid, err)
		}
	}
	return s, nil
}

// CodeOpens tells whether a pickup code alone can open a door under checked settings, as far as they say it: an empty
// policy is the cabinet's own. Where it cannot, people who have stored nothing cannot pick up.
func (s Settings) CodeOpens() bool {
	if slices.Contains(s.Off, matcher.Code) {
		return false
	}
	sets, err := matcher.ParseSets(s.Policy)
	return s.Policy == "" || err == nil && slices.ContainsFunc(sets, func(set matcher.Set) bool { return set.Within([]matcher.Kind{matcher.Code}) })
}

// Add stores a cabinet that has not joined yet. The id is part of topics.
func Add(tx database.Tx, id, name string) error {
	if err := (wire.Address{Tenant: "t", Cabinet: id}).Check(); err != nil {
		return fmt.Errorf("%w: a cabinet's id has 1–32 of a–z, 0–9 and -", database.ErrInvalid)
	}
	name = strings.Join(strings.Fields(name), " ")
	if name == "" || len(name) > 120 {
		return fmt.Errorf("%w: a cabinet's name or place has 1–120 characters", database.ErrInvalid)
	}
	_, err := tx.Exec(`INSERT INTO cabinets (id, name, slots, software, joined, seen, boot, nonce, uptime, met, policy, codes, kinds_off, version, root, reported)
		VALUES (?, ?, 0, '', 0, 0, '', ?, 0, 0, '', '', '', 0, ?, 0)`, id, name, make([]byte, 16), make([]byte, 32))
	if errors.Is(err, database.ErrExists) {
		return fmt.Errorf("%w: there is a cabinet %s", database.ErrExists, id)
	}
	return err
}

// Set replaces the settings, which must have been checked.
func Set(tx database.Tx, id string, s Settings) error {
	off := make([]string, len(s.Off))
	for i, kind := range s.Off {
		off[i] = string(kind)
	}
	n, err := tx.Exec(`UPDATE cabinets SET policy = ?, codes = ?, kinds_off = ?, walk_up = ?, consent = ? WHERE id = ?`,
		s.Policy, s.Codes, strings.Join(off, " "), s.WalkUp, s.Consent, id)
	return known(id, n, err)
}

// Saw records a hello.
func Saw(tx database.Tx, id string, h wire.Hello, now time.Time) error {
	n, err := tx.Exec(`UPDATE cabinets SET software = ?, slots = ?, seen = ?, boot = ?, nonce = ?, uptime = ?, met = ? WHERE id = ?`,
		h.Software, min(max(h.Slots, 1), MaxSlots), now.UnixMilli(), h.Boot, h.Nonce[:], h.Uptime, now.UnixMilli(), id)
	return known(id, n, err)
}

// Meeting is what a cabinet's last hello promised: commands quote its nonce and count from its uptime.
type Meeting struct {
	Cabinet string
	Boot    string
	Nonce   [16]byte
	Uptime  int64     // of the cabinet, milliseconds
	At      time.Time // here
	Have    uint64    // version of desired state that it has
}

// Meetings returns the last meeting with every cabinet that ever said hello.
func Meetings(tx database.Tx) ([]Meeting, error) {
	return database.All(tx, func(rows *sql.Rows) (m Meeting, err error) {
		var nonce []byte
		var at, have int64
		err = rows.Scan(&m.Cabinet, &m.Boot, &nonce, &m.Uptime, &at, &have)
		copy(m.Nonce[:], nonce)
		m.At, m.Have = time.UnixMilli(at), uint64(have)
		return m, err
	}, `SELECT id, boot, nonce, uptime, met, reported FROM cabinets WHERE met > 0`)
}

// Has records which version of desired state the cabinet says it has.
func Has(tx database.Tx, id string, version uint64, now time.Time) error {
	n, err := tx.Exec(`UPDATE cabinets SET reported = ?, seen = ? WHERE id = ?`, int64(version), now.UnixMilli(), id)
	return known(id, n, err)
}

// SetVersion records a new version of the cabinet's desired state.
func SetVersion(tx database.Tx, id string, version uint64, root [32]byte) error {
	n, err := tx.Exec(`UPDATE cabinets SET version = ?, root = ? WHERE id = ?`, int64(version), root[:], id)
	return known(id, n, err)
}

const columns = `SELECT id, name, slots, software, joined, seen, policy, codes, kinds_off, walk_up, consent, version, reported, root, sign_key, seal_key FROM cabinets `

// Get returns one cabinet.
func Get(tx database.Tx, id string) (Cabinet, error) {
	c, err := scan(tx.QueryRow(columns+`WHERE id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return c, known(id, 0, nil)
	}
	return c, err
}

// Joined returns a cabinet that has joined; one that has not is refused.
func Joined(tx database.Tx, id string) (Cabinet, error) {
	c, err := Get(tx, id)
	if err == nil && !c.HasJoined() {
		err = fmt.Errorf("%w: cabinet %s has not joined yet: give it a join code", database.ErrConflict, id)
	}
	return c, err
}

// List returns all cabinets by name.
func List(tx database.Tx) ([]Cabinet, error) {
	return database.All(tx, func(rows *sql.Rows) (Cabinet, error) { return scan(rows) }, columns+`ORDER BY name, id`)
}

func scan(row interface{ Scan(...any) error }) (c Cabinet, err error) {
	var joined, seen, version, reported int64
	var off string
	var root []byte
	err = row.Scan(&c.ID, &c.Name, &c.Slots, &c.Software, &joined, &seen, &c.Settings.Policy, &c.Settings.Codes, &off, &c.Settings.WalkUp, &c.Settings.Consent,
		&version, &reported, &root, &c.SignKey, &c.SealKey)
	if err != nil {
		return c, err
	}
	if joined != 0 {
		c.Joined = time.UnixMilli(joined)
	}
	if seen != 0 {
		c.Seen = time.UnixMilli(seen)
	}
	for _, kind := range strings.Fields(off) {
		c.Settings.Off = append(c.Settings.Off, matcher.Kind(kind))
	}
	c.Version, c.Reported = uint64(version), uint64(reported)
	copy(c.Root[:], root)
	return c, nil
}

func known(id string, n int64, err error) error {
	if err == nil && n == 0 {
		return fmt.Errorf("%w: there is no cabinet %.32q", database.ErrNotFound, id)
	}
	return err
}
