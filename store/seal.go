package store

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"sync"

	"golang.org/x/crypto/chacha20poly1305"
)

const (
	deviceKeySize = 32 // bytes
	refSize       = 16 // bytes of an opaque reference
	// format is the form of records that this version writes; it is part of what a seal covers.
	format = 1
)

// keyring derives keys from the device key: HKDF-SHA256 (RFC 5869) with the purpose as info.
type keyring struct {
	device []byte

	mu    sync.Mutex
	aeads map[string]cipher.AEAD // by bucket
	macs  map[string][]byte      // by purpose
}

func newKeyring(device []byte) (*keyring, error) {
	if len(device) != deviceKeySize {
		return nil, fmt.Errorf("the device key has %d bytes and must have %d", len(device), deviceKeySize)
	}
	return &keyring{device: device, aeads: map[string]cipher.AEAD{}, macs: map[string][]byte{}}, nil
}

// derive returns a key of 32 bytes for one purpose.
func (k *keyring) derive(purpose string) []byte {
	key, err := hkdf.Key(sha256.New, k.device, nil, "lockerd store "+purpose, 32)
	if err != nil {
		panic(err) // unreachable: 32 bytes are within HKDF's bound
	}
	return key
}

// mac is HMAC-SHA256 under the key for this purpose.
func (k *keyring) mac(purpose string, data []byte) []byte {
	k.mu.Lock()
	key, ok := k.macs[purpose]
	if !ok {
		key = k.derive(purpose)
		k.macs[purpose] = key
	}
	k.mu.Unlock()
	h := hmac.New(sha256.New, key)
	h.Write(data)
	return h.Sum(nil)
}

// ref is the opaque reference of a name: the same for the same name, and back to it only with the key.
func (k *keyring) ref(of, name string) []byte {
	return k.mac("reference/"+of, []byte(name))[:refSize]
}

// bucketSeal returns the seal of a bucket's records.
func (k *keyring) bucketSeal(bucket string) cipher.AEAD {
	k.mu.Lock()
	defer k.mu.Unlock()
	aead, ok := k.aeads[bucket]
	if !ok {
		aead = newSeal(k.derive("seal/" + bucket))
		k.aeads[bucket] = aead
	}
	return aead
}

// newSeal returns XChaCha20-Poly1305 under a key of 32 bytes.
func newSeal(key []byte) cipher.AEAD {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		panic(err) // unreachable: the key has the right size
	}
	return aead
}

// seal returns the record that holds plain at this place.
func seal(aead cipher.AEAD, bucket string, key, plain []byte) []byte {
	const head = 1 + chacha20poly1305.NonceSizeX
	record := make([]byte, head, head+len(plain)+chacha20poly1305.Overhead)
	record[0] = format
	copy(record[1:], randomBytes(chacha20poly1305.NonceSizeX))
	return aead.Seal(record, record[1:head], plain, place(format, bucket, key))
}

// unseal returns what seal was given, or an error that wraps ErrDamaged.
func unseal(aead cipher.AEAD, bucket string, key, record []byte) ([]byte, error) {
	const head = 1 + chacha20poly1305.NonceSizeX
	if len(record) < head || record[0] != format {
		return nil, fmt.Errorf("%w: a record in %q is not of a known form", ErrDamaged, bucket)
	}
	plain, err := aead.Open(nil, record[1:head], record[head:], place(record[0], bucket, key))
	if err != nil {
		return nil, fmt.Errorf("%w: a record in %q was changed", ErrDamaged, bucket)
	}
	return plain, nil
}

// place is the additional data of a record: the bucket's name ends at the zero byte.
func place(format byte, bucket string, key []byte) []byte {
	at := make([]byte, 0, len(bucket)+2+len(key))
	at = append(at, bucket...)
	at = append(at, 0, format)
	return append(at, key...)
}

// randomBytes returns n random bytes. crypto/rand does not fail.
func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}
