package store

import "time"

// pruneStep bounds how many lines one transaction of Compact removes.
const pruneStep = 500

// Compact removes entries from the journal's beginning that are acknowledged and older than keep, by the
// wall clock, and tells how many. The chain stays verifiable from where they ended. Parcels that ended and
// invitations that were used are forgotten with the entries that tell of it.
func (s *Store) Compact(keep time.Duration) (removed int, err error) {
	before := time.Now().Add(-keep)
	for {
		n := 0
		err := s.update(func(tx kv) (err error) {
			n, err = s.prune(tx, before)
			return err
		})
		if err != nil || n == 0 {
			return removed, err
		}
		removed += n
	}
}

// prune removes at most pruneStep lines and moves the anchor to the last of them.
func (s *Store) prune(tx kv, before time.Time) (int, error) {
	acked, _, err := s.ends(tx)
	if err != nil {
		return 0, err
	}
	var old []line
	err = s.lines(tx, 0, func(l line) bool {
		if l.Seq > acked || l.At >= before.UnixMilli() || len(old) == pruneStep {
			return false
		}
		old = append(old, l)
		return true
	})
	if err != nil || len(old) == 0 {
		return 0, err
	}
	for _, l := range old {
		if err := tx.remove(bucketJournal, numberKey(l.Seq)); err != nil {
			return 0, err
		}
	}
	last := old[len(old)-1]
	hash, err := last.hash()
	if err != nil {
		return 0, err
	}
	if err := s.forget(tx, last.Seq); err != nil {
		return 0, err
	}
	return len(old), s.write(tx, bucketState, stateAnchor, chainEnd{last.Seq, hash})
}

// forget drops the parcels that ended and the invitations that were used up to a line of the journal.
func (s *Store) forget(tx kv, upTo uint64) error {
	var ended []uint64
	err := all(s, tx, bucketEnded, func(order []byte, r endedRecord) {
		if r.Line <= upTo {
			ended = append(ended, numberOf(order))
		}
	})
	if err != nil {
		return err
	}
	for _, order := range ended {
		if err := s.dropEnded(tx, order); err != nil {
			return err
		}
	}
	var used [][]byte
	err = all(s, tx, bucketUsedInvites, func(id []byte, line uint64) {
		if line <= upTo {
			used = append(used, id)
		}
	})
	if err != nil {
		return err
	}
	for _, id := range used {
		if err := tx.remove(bucketUsedInvites, id); err != nil {
			return err
		}
	}
	return nil
}
