package link

import (
	"crypto/sha256"
	"fmt"
	"strings"
)

// Key is a public key by its fingerprint.
type Key struct {
	Use         string
	Fingerprint string // SHA-256 of the key, hexadecimal in groups of four digits
}

// Keys returns the public keys of the cabinet that the vault holds, and those that it trusts; none before it
// made any.
func Keys(vault Vault) ([]Key, error) {
	who, err := loadIdentity(vault)
	if err != nil || who == nil {
		return nil, err
	}
	keys := []Key{
		{"the cabinet signs with", fingerprint(who.verifyingKey())},
		{"is sealed for the cabinet", fingerprint(who.SealKey)},
	}
	if who.joined() {
		keys = append(keys, Key{"the information system signs with", fingerprint(who.Answer.SystemKey)},
			Key{"commands are signed with", fingerprint(who.Answer.CommandKey)},
			Key{"is sealed for the information system", fingerprint(who.Answer.SealKey)})
	}
	return keys, nil
}

func fingerprint(key []byte) string {
	sum := sha256.Sum256(key)
	var groups []string
	for i := 0; i < len(sum); i += 2 {
		groups = append(groups, fmt.Sprintf("%x", sum[i:i+2]))
	}
	return strings.Join(groups, " ")
}
