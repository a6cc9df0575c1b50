package store

import (
	"bytes"
	"crypto/cipher"
	"fmt"

	"lockerd/controller"
)

// personKeySize is the size of the key of one person's verification records, in bytes.
const personKeySize = 32

// personSeal is the seal of a person's verification records, of which there is at least one.
func (s *Store) personSeal(tx kv, person []byte) (cipher.AEAD, error) {
	var key []byte
	found, err := s.readIf(tx, bucketPersonKeys, person, &key)
	switch {
	case err != nil:
		return nil, err
	case !found || len(key) != personKeySize:
		return nil, fmt.Errorf("%w: the key of verification records is missing", ErrDamaged)
	}
	return newSeal(key), nil
}

// putFirst stores one first identification under its owner's own key.
func (s *Store) putFirst(tx kv, first controller.FirstIdentification) error {
	if first.ID == "" || first.Recipient == "" {
		return fmt.Errorf("cannot store an identification without an id or an owner")
	}
	person, record := s.keys.ref("person", string(first.Recipient)), s.keys.ref("record", first.ID)
	var before []byte
	switch found, err := s.readIf(tx, bucketOwners, record, &before); {
	case err != nil:
		return err
	case found && !bytes.Equal(before, person):
		if err := s.removeFirst(tx, first.ID); err != nil {
			return err
		}
	}
	if len(keysFrom(tx, bucketVerification, person)) == 0 {
		if err := s.write(tx, bucketPersonKeys, person, randomBytes(personKeySize)); err != nil {
			return err
		}
	}
	under, err := s.personSeal(tx, person)
	if err != nil {
		return err
	}
	key := append(bytes.Clone(person), record...)
	replaced, err := s.writeUnder(tx, under, bucketVerification, key, recordOfFirst(first))
	if err != nil {
		return err
	}
	if replaced {
		if err := s.markScrub(tx); err != nil {
			return err
		}
	}
	return s.write(tx, bucketOwners, record, person)
}

// removeFirst erases one first identification.
func (s *Store) removeFirst(tx kv, id string) error {
	record := s.keys.ref("record", id)
	var person []byte
	found, err := s.readIf(tx, bucketOwners, record, &person)
	if err != nil || !found {
		return err
	}
	return s.dropFirst(tx, append(bytes.Clone(person), record...))
}

// dropFirst removes the verification record at key, and the person's key with the last of them.
func (s *Store) dropFirst(tx kv, key []byte) error {
	person, record := key[:refSize], key[refSize:]
	if err := tx.remove(bucketVerification, key); err != nil {
		return err
	}
	if err := tx.remove(bucketOwners, record); err != nil {
		return err
	}
	if len(keysFrom(tx, bucketVerification, person)) == 0 {
		if err := tx.remove(bucketPersonKeys, person); err != nil {
			return err
		}
	}
	return s.markScrub(tx)
}

// erase destroys all verification information of a recipient.
func (s *Store) erase(tx kv, whose controller.RecipientID) error {
	person := s.keys.ref("person", string(whose))
	for _, key := range keysFrom(tx, bucketVerification, person) {
		if err := s.dropFirst(tx, key); err != nil {
			return err
		}
	}
	return tx.remove(bucketPersonKeys, person)
}

// markScrub notes that freed pages hold erased information; see scrub.
func (s *Store) markScrub(tx kv) error { return s.write(tx, bucketState, stateScrub, true) }

// scrub overwrites what freed pages hold. When it does not succeed, the note stays and it is tried again
// after the next erasure and at the next start.
func (s *Store) scrub() {
	err := s.engine.scrub()
	if err == nil {
		err = s.engine.update(func(tx kv) error { return tx.remove(bucketState, stateScrub) })
	}
	if err != nil {
		s.log.Warn("freed pages of the store could not be overwritten; this will be tried again", "err", err)
	}
}
