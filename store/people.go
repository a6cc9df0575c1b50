package store

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"fmt"

	"lockerd/controller"
)

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

// Badge returns the member of staff whose badge has that MAC, or controller.ErrUnknown.
func (s *Store) Badge(mac []byte) (controller.Staff, error) {
	found, whose := controller.ErrUnknown, controller.Staff{}
	err := s.engine.view(func(tx kv) error {
		return all(s, tx, bucketStaff, func(number []byte, r staffRecord) {
			if len(mac) > 0 && hmac.Equal(r.Badge, mac) {
				found, whose = nil, r.staff(string(number))
			}
		})
	})
	return whose, cmp.Or(err, found)
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

// Count counts records without opening them.
func (s *Store) Count() (controller.Counts, error) {
	var c controller.Counts
	err := s.engine.view(func(tx kv) error {
		for bucket, n := range map[string]*int{
			bucketRecipients: &c.Recipients, bucketVerification: &c.Identifications,
			bucketStaff: &c.Staff, bucketInvitations: &c.Invitations,
		} {
			tx.walk(bucket, nil, func(_, _ []byte) bool {
				*n++
				return true
			})
		}
		return nil
	})
	return c, err
}
