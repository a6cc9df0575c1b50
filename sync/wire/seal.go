package wire

import (
	"crypto/ecdh"
	"crypto/hpke"
	"fmt"
)

// Bodies are sealed with HPKE (RFC 9180) in base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and
// ChaCha20-Poly1305, single-shot: the encapsulated key (32 bytes) and then the ciphertext. Base mode says
// nothing about the sender; the signature of the envelope does.

func sealingKEM() hpke.KEM { return hpke.DHKEM(ecdh.X25519()) }

// NewSealingKey makes a key pair; both halves are 32 raw bytes as in RFC 9180.
func NewSealingKey() (private, public []byte, err error) {
	key, err := sealingKEM().GenerateKey()
	if err != nil {
		return nil, nil, fmt.Errorf("cannot make a sealing key: %w", err)
	}
	private, err = key.Bytes()
	if err != nil {
		return nil, nil, fmt.Errorf("cannot make a sealing key: %w", err)
	}
	return private, key.PublicKey().Bytes(), nil
}

// Seal encodes body and seals it so that only the holder of public's private half opens it, and only with
// the same info (RecordInfo or EventInfo). Sealing twice gives different bytes.
func Seal(public []byte, info string, body any) ([]byte, error) {
	key, err := sealingKEM().NewPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("cannot seal: sealing key: %w", err)
	}
	content, err := encoder.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("cannot encode %T: %w", body, err)
	}
	defer clear(content)
	sealed, err := hpke.Seal(key, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), []byte(info), content)
	if err != nil {
		return nil, fmt.Errorf("cannot seal: %w", err)
	}
	return sealed, nil
}

// Open undoes Seal into body, a pointer. The errors wrap ErrTooLarge or ErrMalformed and hold nothing of
// the content.
func Open(private []byte, info string, sealed []byte, body any) error {
	if len(sealed) > MaxPayload {
		return fmt.Errorf("sealed body of %d bytes: %w (%d)", len(sealed), ErrTooLarge, MaxPayload)
	}
	key, err := sealingKEM().NewPrivateKey(private)
	if err != nil {
		return fmt.Errorf("cannot open: sealing key: %w", err)
	}
	content, err := hpke.Open(key, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), []byte(info), sealed)
	if err != nil {
		return fmt.Errorf("%w: body was not sealed to this key for this record: %w", ErrMalformed, err)
	}
	defer clear(content)
	if err := decode(content, body); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return nil
}

// RecordInfo binds a sealed body to one record of one cabinet.
func RecordInfo(a Address, kind RecordKind, id string) string {
	return prefix + a.String() + "/record/" + string(kind) + "/" + id
}

// EventInfo binds what goes up sealed in an event to the cabinet, to what happened (Event.What) and to
// whom: the parcel of a CodeBody, the recipient of an EnrolmentBody, the staff number of a SecretBody,
// the id of an AnnounceBody.
func EventInfo(a Address, what string, about string) string {
	return prefix + a.String() + "/event/" + what + "/" + about
}
