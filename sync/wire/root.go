package wire

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxID is how long a record's id may be, in bytes.
const MaxID = 128

// Key names the record among all records of a cabinet: "kind/id".
func (r Record) Key() string { return string(r.Kind) + "/" + r.ID }

// Hash is the SHA-256 of the deterministic CBOR array [kind, id, sealed]. Since sealing twice gives
// different bytes, the information system keeps what it sealed.
func (r Record) Hash() [32]byte {
	content, err := encoder.Marshal([]any{string(r.Kind), r.ID, r.Sealed})
	if err != nil {
		panic("wire: strings and bytes always encode: " + err.Error())
	}
	return sha256.Sum256(content)
}

// Check returns an error that says what is wrong with the record's outside. A kind that nobody knows yet
// is not wrong.
func (r Record) Check() error {
	if err := checkPart("kind", string(r.Kind)); err != nil {
		return err
	}
	if err := CheckID(r.ID); err != nil {
		return fmt.Errorf("%s: %w", r.Kind, err)
	}
	if r.Gone != (len(r.Sealed) == 0) {
		return fmt.Errorf("%s must have either a sealed body or be gone", r.Key())
	}
	return nil
}

// CheckID returns an error unless id is 1–MaxID printable ASCII characters without space.
func CheckID(id string) error {
	if id == "" {
		return errors.New("id is empty")
	}
	odd := func(b byte) bool { return b <= ' ' || b > '~' }
	if len(id) > MaxID || slices.ContainsFunc([]byte(id), odd) {
		return fmt.Errorf("id %.40q is longer than %d bytes or has characters beyond printable ASCII", id, MaxID)
	}
	return nil
}

// PlainText tells whether text has at most so many bytes, all of them whole characters and none a control character.
func PlainText(text string, most int) bool {
	return len(text) <= most && utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

// Root sums up all of a cabinet's desired state: the SHA-256 over key, a zero byte and hash of every
// record, sorted by key. No records give all zeroes. Both ends compare it to find silent drift.
func Root(hashes map[string][32]byte) [32]byte {
	if len(hashes) == 0 {
		return [32]byte{}
	}
	sum := sha256.New()
	for _, key := range slices.Sorted(maps.Keys(hashes)) {
		hash := hashes[key]
		sum.Write([]byte(key))
		sum.Write([]byte{0})
		sum.Write(hash[:])
	}
	return [32]byte(sum.Sum(nil))
}
