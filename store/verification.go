package store

import (
	"bytes"
	"crypto/cipher"
	"fmt"
	"slices"

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

// placedFirst is a first identification and where it belongs.
type placedFirst struct {
	controller.FirstIdentification
	person, record []byte // references
}

// key is the record's in bucketVerification.
func (f placedFirst) key() []byte { return slices.Concat(f.person, f.record) }

// putFirsts stores first identifications, each bucket in the order of its keys (see lastWords).
func (s *Store) putFirsts(tx kv, firsts []controller.FirstIdentification) error {
	placed := make([]placedFirst, len(firsts))
	for i, f := range firsts {
		if f.ID == "" || f.Recipient == "" {
			return fmt.Errorf("cannot store an identification without an id or an owner")
		}
		placed[i] = placedFirst{f, s.keys.ref("person", string(f.Recipient)), s.keys.ref("record", f.ID)}
	}
	slices.SortStableFunc(placed, func(a, b placedFirst) int { return bytes.Compare(a.key(), b.key()) })
	for _, f := range placed {
		if err := s.putFirst(tx, f); err != nil {
			return err
		}
	}
	slices.SortStableFunc(placed, func(a, b placedFirst) int { return bytes.Compare(a.record, b.record) })
	for _, f := range placed {
		if err := s.write(tx, bucketOwners, f.record, f.person); err != nil {
			return err
		}
	}
	return nil
}

// putFirst stores one first identification under its owner's own key.
func (s *Store) putFirst(tx kv, f placedFirst) error {
	var before []byte
	switch found, err := s.readIf(tx, bucketOwners, f.record, &before); {
	case err != nil:
		return err
	case found && !bytes.Equal(before, f.person):
		if err := s.removeFirst(tx, f.ID); err != nil {
			return err
		}
	}
	if len(keysFrom(tx, bucketVerification, f.person)) == 0 {
		if err := s.write(tx, bucketPersonKeys, f.person, randomBytes(personKeySize)); err != nil {
			return err
		}
	}
	under, err := s.personSeal(tx, f.person)
	if err != nil {
		return err
	}
	replaced, err := s.writeUnder(tx, under, bucketVerification, f.key(), recordOfFirst(f.FirstIdentification))
	if err != nil || !replaced {
		return err
	}
	return s.markScrub(tx)
}

// removeFirst erases one first identification.
func (s *Store) removeFirst(tx kv, id string) error { return s.removeBy(tx, id, s.dropFirst) }

// removeBy has drop remove one first identification, if it is there.
func (s *Store) removeBy(tx kv, id string, drop func(kv, []byte) error) error {
	record := s.keys.ref("record", id)
	var person []byte
	found, err := s.readIf(tx, bucketOwners, record, &person)
	if err != nil || !found {
		return err
	}
	return drop(tx, append(bytes.Clone(person), record...))
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
	if err := s.dropAttempts(tx, person); err != nil {
		return err
	}
	if len(keysFrom(tx, bucketVerification, person)) == 0 {
		if err := tx.remove(bucketPersonKeys, person); err != nil {
			return err
		}
	}
	return s.markScrub(tx)
}

// dropAttempts removes what a person's attempts left behind.
func (s *Store) dropAttempts(tx kv, person []byte) error {
	var places [][]byte
	_ = all(s, tx, bucketAttempts, func(place []byte, r attemptRecord) { // a damaged one must not keep the rest from being erased
		if r.Who != "" && bytes.Equal(s.keys.ref("person", r.Who), person) {
			places = append(places, place)
		}
	})
	for _, place := range places {
		if err := tx.remove(bucketAttempts, place); err != nil {
			return err
		}
	}
	return nil
}

// erase destroys all verification information of a recipient.
func (s *Store) erase(tx kv, whose controller.RecipientID) error {
	return s.eraseBy(tx, whose, s.dropFirst)
}

// eraseBy has drop remove each verification record of a recipient, and the recipient's key after the last.
func (s *Store) eraseBy(tx kv, whose controller.RecipientID, drop func(kv, []byte) error) error {
	person := s.keys.ref("person", string(whose))
	for _, key := range keysFrom(tx, bucketVerification, person) {
		if err := drop(tx, key); err != nil {
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
