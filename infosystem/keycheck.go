package infosystem

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"lockerd/infosystem/database"
	"lockerd/infosystem/keyfile"
)

// The keys that a database must find again, by what is lost without them.
const (
	vaultKey   = "vault"
	systemKeys = "system"
	commandKey = "signer"
)

var without = map[string]string{
	vaultKey:   "what is sealed in the database then stays closed for good, people enrol anew",
	systemKeys: "every cabinet then has to join again",
	commandKey: "every cabinet then has to join again",
}

// isFresh tells whether nothing was written into the database yet, so that keys may be made for it.
func isFresh(tx database.Tx) (bool, error) {
	var operators int
	err := tx.QueryRow(`SELECT COUNT(*) FROM operators`).Scan(&operators)
	return operators == 0, err
}

// checkKey refuses a key other than the one that the database was written under, by a digest that tells nothing of it.
// Where none is noted yet it notes this one, and where replace says so.
func checkKey(tx database.Tx, name string, digest []byte, replace bool) error {
	var noted []byte
	err := tx.QueryRow(`SELECT digest FROM key_checks WHERE name = ?`, name).Scan(&noted)
	switch {
	case err == nil && bytes.Equal(noted, digest):
		return nil
	case err == nil && !replace:
		return fmt.Errorf("the %s key is another one than the database was written under: %s", name, putBack(name))
	case err != nil && !errors.Is(err, sql.ErrNoRows):
		return err
	}
	_, err = tx.Exec(`INSERT INTO key_checks (name, digest) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET digest = excluded.digest`, name, digest)
	return err
}

// putBack is what to do about a key that is missing or another.
func putBack(name string) string {
	return "put it back from a copy, and see that its folder is mounted; if it is lost, start once with --new-keys (" + without[name] + ")"
}

// missing adds to the word of a missing key what to do about it.
func missing(name string, err error) error {
	if errors.Is(err, keyfile.ErrMissing) {
		return fmt.Errorf("%w: %s", err, putBack(name))
	}
	return err
}

// digest is what the system keys are known by: their public halves.
func (k keys) digest() []byte {
	sum := sha256.Sum256(slices.Concat(k.sign.Public().(ed25519.PublicKey), k.seal))
	return sum[:]
}
