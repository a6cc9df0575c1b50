// Package secret turns a secret that a person remembers into a template that does not give it away:
// argon2id (RFC 9106) with a random salt. The passcode and the pattern matchers use it.
package secret

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
	"errors"

	"golang.org/x/crypto/argon2"
)

// What is spent on one hash: 19 MiB and two passes, about 64 ms on the machine of the measurements.
const (
	memory = 19 << 10 // KiB
	passes = 2
	lanes  = 1
)

// A template is: version 1, memory in KiB (4 bytes, big endian), passes, lanes, salt, hash.
const (
	version  = 1
	saltSize = 16
	hashSize = 32
	header   = 7
	size     = header + saltSize + hashSize
)

// maxMemory bounds what a template can make Verify spend, in KiB.
const maxMemory = 64 << 10

// ErrDamaged is returned for a template that Hash did not write.
var ErrDamaged = errors.New("template of a secret is damaged or of an unknown version")

// Hash returns a new template of the secret, size bytes.
func Hash(secret []byte) []byte {
	template := make([]byte, header, size)
	template[0] = version
	binary.BigEndian.PutUint32(template[1:], memory)
	template[5], template[6] = passes, lanes
	salt := make([]byte, saltSize)
	rand.Read(salt)
	template = append(template, salt...)
	return append(template, argon2.IDKey(secret, salt, passes, memory, lanes, hashSize)...)
}

// Check returns ErrDamaged for a template that Verify cannot read.
func Check(template []byte) error {
	if len(template) != size || template[0] != version {
		return ErrDamaged
	}
	memory := binary.BigEndian.Uint32(template[1:])
	if memory == 0 || memory > maxMemory || template[5] == 0 || template[5] > 8 || template[6] == 0 || template[6] > 4 {
		return ErrDamaged
	}
	return nil
}

// Verify tells whether the template was made of the secret. It takes the same time for every secret.
func Verify(template, secret []byte) (bool, error) {
	if err := Check(template); err != nil {
		return false, err
	}
	memory := binary.BigEndian.Uint32(template[1:])
	salt, want := template[header:header+saltSize], template[header+saltSize:]
	got := argon2.IDKey(secret, salt, uint32(template[5]), memory, template[6], hashSize)
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}
