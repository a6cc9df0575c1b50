package store

import (
	"bytes"
	"crypto/cipher"
	"fmt"

	"lockerd/controller"
)

// personKeySize is the size of the key of one person's verification records, in bytes.
const personKeySize = 32

// Recipient returns what is known of a recipient, or controller.ErrUnknown.
func (s *Store) Recipient(id controller.RecipientID) (controller.Recipient, error) {
	var record recipientRecord
	err := s.engine.view(func(tx kv) error { return s.read(tx, bucketRecipients, []byte(id), &record) })
	if err != nil {
		return controller.Recipient{}, fmt.Errorf("cannot read recipient %s: %w", id, err)
	}
	return record.recipient(id)
}

// Staff returns the courier or technician with that number, or controller.ErrUnknown.
func (s *Store) Staff(number string) (controller.Staff, error) {
	var record staffRecord
	err := s.engine.view(func(tx kv) error { return s.read(tx, bucketStaff, []byte(number), &record) })
	if err != nil {
		return controller.Staff{}, fmt.Errorf("cannot read staff: %w", err)
	}
	return record.staff(number), nil
}

// Invitations returns the invitations that were not used.
func (s *Store) Invitations() ([]controller.Invitation, error) {
	var invitations []controller.Invitation
	err := s.engine.view(func(tx kv) error {
		return all(s, tx, bucketInvitations, func(id []byte, r invitationRecord) {
			invitations = append(invitations, r.invitation(string(id)))
		})
	})
	return invitations, err
}

// FirstIdentifications returns what a recipient stored beforehand, none for one who stored nothing, and
// controller.ErrUnknown for one who is not known. When records are damaged it returns the others with an
// error that wraps ErrDamaged.
func (s *Store) FirstIdentifications(whose controller.RecipientID) ([]controller.FirstIdentification, error) {
	var firsts []controller.FirstIdentification
	err := s.engine.view(func(tx kv) error {
		if len(whose) == 0 || tx.get(bucketRecipients, []byte(whose)) == nil {
			return controller.ErrUnknown
		}
		person := s.keys.ref("person", string(whose))
		if len(keysFrom(tx, bucketVerification, person)) == 0 {
			return nil
		}
		under, err := s.personSeal(tx, person)
		if err != nil {
			return err
		}
		var damage error
		tx.walk(bucketVerification, person, func(key, record []byte) bool {
			if !bytes.HasPrefix(key, person) {
				return false
			}
			var first firstRecord
			err := openUnder(under, bucketVerification, key, record, &first)
			if err == nil {
				firsts = append(firsts, first.first(whose))
			} else {
				damage = err
			}
			return true
		})
		return damage
	})
	if err != nil {
		err = fmt.Errorf("cannot read the identifications of recipient %s: %w", whose, err)
	}
	return firsts, err
}

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
	replaced, err := s.writeUnder(tx, under, bucketVerification, append(bytes.Clone(person), record...), recordOfFirst(first))
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
