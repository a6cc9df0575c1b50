// Package vault keeps verification information (what somebody verifies with) sealed and apart from
// identification information (who somebody is); only an opaque reference joins them. Its Box also seals
// the few other things that should not lie open in the database: codes and the texts of notices.
package vault

import (
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"

	"lockerd/infosystem/keyfile"
)

// KeySize is the size of a Box's key in bytes.
const KeySize = 32

// ErrSealed is returned for sealed bytes that this key did not seal for this purpose.
var ErrSealed = errors.New("sealed data is damaged or of another key")

// Box seals bytes with XChaCha20-Poly1305 under one key.
type Box struct {
	aead cipher.AEAD
	mac  [32]byte
}

// NewBox returns a box for a key of KeySize bytes.
func NewBox(key []byte) (*Box, error) {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, fmt.Errorf("cannot use the vault's key: %w", err)
	}
	return &Box{aead, sha256.Sum256(append([]byte("lockerd vault digest\x00"), key...))}, nil
}

// OpenBox reads the key file. When there is none and fresh says that nothing was sealed yet, it makes one, readable by its
// owner alone.
func OpenBox(path string, fresh bool) (*Box, error) {
	key, err := keyfile.Open(path, fresh, func() ([]byte, error) {
		key := make([]byte, KeySize)
		rand.Read(key)
		return key, nil
	})
	if err != nil {
		return nil, fmt.Errorf("cannot open the vault's key file: %w", err)
	}
	defer clear(key)
	return NewBox(key)
}

// Seal returns nonce and ciphertext. What is sealed for one purpose opens for that purpose only.
func (b *Box) Seal(purpose string, plain []byte) []byte {
	nonce := make([]byte, chacha20poly1305.NonceSizeX, chacha20poly1305.NonceSizeX+len(plain)+chacha20poly1305.Overhead)
	rand.Read(nonce)
	return b.aead.Seal(nonce, nonce, plain, []byte(purpose))
}

// Open undoes Seal; it returns ErrSealed when it cannot.
func (b *Box) Open(purpose string, sealed []byte) ([]byte, error) {
	if len(sealed) < chacha20poly1305.NonceSizeX {
		return nil, ErrSealed
	}
	plain, err := b.aead.Open(nil, sealed[:chacha20poly1305.NonceSizeX], sealed[chacha20poly1305.NonceSizeX:], []byte(purpose))
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

// Digest is a keyed hash by which equal contents are recognised without being stored.
func (b *Box) Digest(content []byte) []byte {
	mac := hmac.New(sha256.New, b.mac[:])
	mac.Write(content)
	return mac.Sum(nil)
}
