package store

import (
	"bytes"
	"crypto/cipher"
	"fmt"
	"slices"
)

// Verify opens every record and checks the journal's chain: from the anchor that the last Compact left to
// the newest line, without gaps, each with the hash of the one before. With 10,000 people it reads for a
// fraction of a second; it is for the self-test and the night.
func (s *Store) Verify() error {
	return s.engine.view(func(tx kv) error {
		if err := s.verifyRecords(tx, slices.Concat(smallBuckets, largeBuckets)); err != nil {
			return err
		}
		if err := s.verifyVerification(tx); err != nil {
			return err
		}
		return s.verifyChain(tx)
	})
}

// verifyRecords opens the records of buckets, without decoding them.
func (s *Store) verifyRecords(tx kv, buckets []string) (err error) {
	for _, bucket := range buckets {
		under := s.keys.bucketSeal(bucket)
		tx.walk(bucket, nil, func(key, record []byte) bool {
			_, err = unseal(under, bucket, key, record)
			return err == nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// verifyVerification opens each person's verification records and finds each by its own reference.
func (s *Store) verifyVerification(tx kv) (err error) {
	var person []byte
	var under cipher.AEAD
	tx.walk(bucketVerification, nil, func(key, record []byte) bool {
		if len(key) != 2*refSize {
			err = fmt.Errorf("%w: a record in %q has an impossible key", ErrDamaged, bucketVerification)
			return false
		}
		if !bytes.Equal(person, key[:refSize]) {
			person = bytes.Clone(key[:refSize])
			if under, err = s.personSeal(tx, person); err != nil {
				return false
			}
		}
		if _, err = unseal(under, bucketVerification, key, record); err == nil && tx.get(bucketOwners, key[refSize:]) == nil {
			err = fmt.Errorf("%w: a record in %q has no owner", ErrDamaged, bucketVerification)
		}
		return err == nil
	})
	return err
}

// verifyChain checks the journal's lines.
func (s *Store) verifyChain(tx kv) error {
	var at, head chainEnd
	if _, err := s.readIf(tx, bucketState, stateAnchor, &at); err != nil {
		return err
	}
	if _, err := s.readIf(tx, bucketState, stateHead, &head); err != nil {
		return err
	}
	broken := ""
	err := s.lines(tx, 0, func(l line) bool {
		switch {
		case l.Seq != at.Seq+1:
			broken = fmt.Sprintf("line %d follows line %d", l.Seq, at.Seq)
		case l.Prev != at.Hash:
			broken = fmt.Sprintf("line %d does not carry the hash of the line before", l.Seq)
		}
		at.Seq = l.Seq
		at.Hash, _ = l.hash() // a line that was decoded can be encoded
		return broken == ""
	})
	switch {
	case err != nil:
		return err
	case broken == "" && at != head:
		broken = fmt.Sprintf("it ends at line %d and %d were written", at.Seq, head.Seq)
	}
	if broken != "" {
		return fmt.Errorf("%w: the journal's chain is broken: %s", ErrDamaged, broken)
	}
	return nil
}
