package link

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"lockerd/controller"
)

// Keys returns the public keys of the cabinet that the vault holds, and those that it trusts; none before it
// made any.
func Keys(vault Vault) ([]controller.PublicKey, error) {
	who, err := loadIdentity(vault)
	if err != nil || who == nil {
		return nil, err
	}
	keys := []controller.PublicKey{
		publicKey("the cabinet signs with", who.verifyingKey()), publicKey("is sealed for the cabinet", who.SealKey),
	}
	if who.joined() {
		keys = append(keys, publicKey("the information system signs with", who.Answer.SystemKey),
			publicKey("commands are signed with", who.Answer.CommandKey),
			publicKey("is sealed for the information system", who.Answer.SealKey))
	}
	return keys, nil
}

func publicKey(use string, key []byte) controller.PublicKey {
	sum := sha256.Sum256(key)
	var groups []string
	for i := 0; i < len(sum); i += 2 {
		groups = append(groups, fmt.Sprintf("%x", sum[i:i+2]))
	}
	return controller.PublicKey{Use: use, Fingerprint: strings.Join(groups, " ")}
}
