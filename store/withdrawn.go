package store

import "lockerd/controller"

// keepWithdrawn is how many withdrawals are remembered that the information system has not confirmed.
const keepWithdrawn = 1024

// withdraw erases one first identification on its owner's word at this cabinet. It stays erased when the
// information system, which does not know yet, sends it again.
func (s *Store) withdraw(tx kv, id string) error { return s.removeBy(tx, id, s.dropForGood) }

// withdrawAll does the same with all that a recipient stored.
func (s *Store) withdrawAll(tx kv, whose controller.RecipientID) error {
	return s.eraseBy(tx, whose, s.dropForGood)
}

// dropForGood removes the verification record at key and remembers until the information system says so, too.
func (s *Store) dropForGood(tx kv, key []byte) error {
	if err := s.dropFirst(tx, key); err != nil {
		return err
	}
	line, err := s.lastLine(tx)
	if err != nil {
		return err
	}
	if err := s.write(tx, bucketWithdrawn, key[refSize:], line); err != nil {
		return err
	}
	return s.boundWithdrawn(tx)
}

// boundWithdrawn lets go of the oldest withdrawal when there are too many.
func (s *Store) boundWithdrawn(tx kv) error {
	if len(keysFrom(tx, bucketWithdrawn, nil)) <= keepWithdrawn {
		return nil
	}
	var oldest []byte
	var first uint64
	err := all(s, tx, bucketWithdrawn, func(record []byte, line uint64) {
		if oldest == nil || line < first {
			oldest, first = record, line
		}
	})
	if err != nil {
		return err
	}
	return tx.remove(bucketWithdrawn, oldest)
}

// standing returns the first identifications of desired state, without those that were withdrawn here.
func (s *Store) standing(tx kv, firsts []controller.FirstIdentification) []controller.FirstIdentification {
	var stand []controller.FirstIdentification
	for _, f := range firsts {
		if tx.get(bucketWithdrawn, s.keys.ref("record", f.ID)) == nil {
			stand = append(stand, f)
		}
	}
	return stand
}

// enrolAgain stores first identifications that their owner gave at this cabinet, and forgets of each that it was
// withdrawn before.
func (s *Store) enrolAgain(tx kv, firsts []controller.FirstIdentification) error {
	for _, f := range firsts {
		if err := tx.remove(bucketWithdrawn, s.keys.ref("record", f.ID)); err != nil {
			return err
		}
	}
	return s.putFirsts(tx, firsts)
}
