package cabinets

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"lockerd/infosystem/database"
	"lockerd/sync/wire"
)

// MaxSlots bounds what a cabinet may claim to have.
const MaxSlots = 1000

// NewJoinCode makes a code by which one cabinet joins once within the given time, or joins again with new
// keys. Its hash is stored: the code is shown once. Codes given before for the cabinet end.
func NewJoinCode(tx database.Tx, id string, lasts time.Duration, now time.Time) (code string, expires time.Time, err error) {
	if _, err := Get(tx, id); err != nil {
		return "", expires, err
	}
	if _, err := tx.Exec(`DELETE FROM join_codes WHERE cabinet = ? AND used = 0`, id); err != nil {
		return "", expires, err
	}
	code, expires = rand.Text()[:16], now.Add(lasts).Truncate(time.Second)
	hash := joinHash(code)
	_, err = tx.Exec(`INSERT INTO join_codes (hash, cabinet, expires, used) VALUES (?, ?, ?, 0)`, hash[:], id, expires.UnixMilli())
	return code[:4] + "-" + code[4:8] + "-" + code[8:12] + "-" + code[12:], expires, err
}

// Join takes a cabinet in: it spends the code, keeps the keys, and returns the cabinet's id and a new
// broker password, of which hashes are stored: one for the embedded broker, one for brokers elsewhere. A cabinet that
// lost the answer may ask again with the same code and keys, until it was heard of. One that has joined and asks with the
// code of another is refused, and the code stays good.
func Join(tx database.Tx, request wire.JoinRequest, now time.Time) (id, password string, err error) {
	if err := checkJoin(request); err != nil {
		return "", "", err
	}
	hash := joinHash(request.Code)
	var expires, used, joined, met int64
	var sign, seal []byte
	err = tx.QueryRow(`SELECT cabinet, expires, used, sign_key, seal_key, joined, met FROM join_codes JOIN cabinets ON id = cabinet WHERE hash = ?`, hash[:]).
		Scan(&id, &expires, &used, &sign, &seal, &joined, &met)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", "", err
	}
	again := bytes.Equal(sign, request.SignKey) && bytes.Equal(seal, request.SealKey) && met < joined
	if err != nil || now.UnixMilli() >= expires || used != 0 && !again {
		return "", "", fmt.Errorf("%w: the join code is unknown, used or too old: ask for a new one", database.ErrConflict)
	}
	if request.Cabinet != "" && request.Cabinet != id {
		return "", "", fmt.Errorf("%w: the join code is for cabinet %s, this is %s: put it into that one, or make another one for this",
			database.ErrConflict, id, request.Cabinet)
	}
	if _, err := tx.Exec(`UPDATE join_codes SET used = ? WHERE hash = ?`, now.UnixMilli(), hash[:]); err != nil {
		return "", "", err
	}
	password = rand.Text()
	sum := sha256.Sum256([]byte(password))
	elsewhere, err := BrokerHash(password)
	if err != nil {
		return "", "", err
	}
	// What was sealed to an earlier key is of no use to the new one.
	if _, err := tx.Exec(`UPDATE desired SET digest = ? WHERE cabinet = ?`, []byte{}, id); err != nil {
		return "", "", err
	}
	_, err = tx.Exec(`UPDATE cabinets SET slots = ?, software = ?, sign_key = ?, seal_key = ?, password = ?, broker_hash = ?, joined = ?, reported = 0 WHERE id = ?`,
		request.Slots, request.Software, request.SignKey, request.SealKey, sum[:], elsewhere, now.UnixMilli(), id)
	return id, password, err
}

func checkJoin(r wire.JoinRequest) error {
	if len(r.SignKey) != ed25519.PublicKeySize || len(r.SealKey) != 32 {
		return fmt.Errorf("%w: a cabinet joins with an Ed25519 and an X25519 public key of 32 bytes each", database.ErrInvalid)
	}
	if _, err := wire.Seal(r.SealKey, "join", ""); err != nil {
		return fmt.Errorf("%w: the sealing key is none: %w", database.ErrInvalid, err)
	}
	if r.Slots < 1 || r.Slots > MaxSlots || len(r.Software) > 100 {
		return fmt.Errorf("%w: a cabinet has 1–%d slots", database.ErrInvalid, MaxSlots)
	}
	if (r.Tenant != "" || r.Cabinet != "") && (wire.Address{Tenant: r.Tenant, Cabinet: r.Cabinet}).Check() != nil {
		return fmt.Errorf("%w: a cabinet that has joined names its tenant and its id, another one neither", database.ErrInvalid)
	}
	return nil
}

// joinHash hashes a join code, 80 random bits, however it was typed.
func joinHash(code string) [32]byte {
	return sha256.Sum256([]byte("join\x00" + strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(code))))
}
