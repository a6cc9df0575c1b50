package cabinets

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"

	"lockerd/infosystem/database"
)

// PasswordFits tells whether the broker password is the cabinet's.
func PasswordFits(tx database.Tx, id, password string) (bool, error) {
	var want []byte
	err := tx.QueryRow(`SELECT password FROM cabinets WHERE id = ? AND password IS NOT NULL`, id).Scan(&want)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	got := sha256.Sum256([]byte(password))
	return err == nil && subtle.ConstantTimeCompare(got[:], want) == 1, err
}

// BrokerHash hashes a broker password as mosquitto's password files have it, which other brokers can read too:
// $7$iterations$salt$hash, PBKDF2 with SHA-512. The passwords are random and long, so that few iterations do.
func BrokerHash(password string) (string, error) {
	const iterations, length = 101, 64
	salt := make([]byte, 12)
	rand.Read(salt)
	hash, err := pbkdf2.Key(sha512.New, password, salt, iterations, length)
	if err != nil {
		return "", err
	}
	encode := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("$7$%d$%s$%s", iterations, encode(salt), encode(hash)), nil
}

// BrokerHashes returns the broker hash of every cabinet that joined since these are kept, by its id.
func BrokerHashes(tx database.Tx) (map[string]string, error) {
	rows, err := tx.Query(`SELECT id, broker_hash FROM cabinets WHERE broker_hash <> ''`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	hashes := map[string]string{}
	for rows.Next() {
		var id, hash string
		if err := rows.Scan(&id, &hash); err != nil {
			return nil, err
		}
		hashes[id] = hash
	}
	return hashes, rows.Err()
}
