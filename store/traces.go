package store

import (
	"bytes"
	"io"

	"lockerd/controller"
)

// Traces looks for what is left of a recipient: in the records, and in each page of the file, whether it is in
// use or not. Without the person's own key, which goes with the last identification, no page that a medium
// may have kept elsewhere can be read.
func (s *Store) Traces(whose controller.RecipientID) (controller.Traces, error) {
	var t controller.Traces
	person := s.keys.ref("person", string(whose))
	err := s.engine.view(func(tx kv) error {
		t.Identifications = len(keysFrom(tx, bucketVerification, person))
		t.Key = tx.get(bucketPersonKeys, person) != nil
		t.Recipient = len(whose) > 0 && tx.get(bucketRecipients, []byte(whose)) != nil
		t.Unscrubbed = tx.get(bucketState, stateScrub) != nil
		if err := s.lines(tx, 0, func(l line) bool {
			if l.Who == string(whose) {
				t.Journal++
			}
			return true
		}); err != nil {
			return err
		}
		err := all(s, tx, bucketAttempts, func(_ []byte, a attemptRecord) {
			if a.Who == string(whose) {
				t.Attempts++
			}
		})
		if err != nil {
			return err
		}
		for _, key := range controller.TriesOf(whose) {
			var tries triesRecord
			if _, err := s.readIf(tx, bucketTries, []byte(key), &tries); err != nil {
				return err
			}
			t.Tries += tries.Count
		}
		return all(s, tx, bucketParcels, func(_ []byte, p parcelRecord) {
			if p.Recipient == string(whose) {
				t.Parcels++
			}
		})
	})
	if err == nil {
		t.Copies, err = s.engine.copies(person)
	}
	return t, err
}

// copies is engine's: it reads the file from one end to the other.
func (b *boltFile) copies(of []byte) (n int, err error) {
	b.pages.RLock()
	defer b.pages.RUnlock()
	if b.broken.Load() {
		return 0, ErrDamaged
	}
	chunk, kept := make([]byte, 1<<20), 0
	for at := int64(0); ; {
		read, err := b.file.ReadAt(chunk[kept:], at)
		at += int64(read)
		whole := chunk[:kept+read]
		n += bytes.Count(whole, of)
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		kept = copy(chunk, whole[len(whole)-len(of)+1:]) // one may lie across
	}
}
