package store

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"lockerd/controller"
)

// keyHash is one record of desired state as it was sent.
type keyHash struct {
	key  string
	hash [32]byte
}

func (h keyHash) compare(key string) int { return strings.Compare(h.key, key) }

// rootOf is SHA-256 over each key, a zero byte and the record's hash, in the order of keys; all zero when
// there is none: wire.Root. Cabinet and information system find with it that they drifted apart.
func rootOf(hashes []keyHash) (root [32]byte) {
	if len(hashes) == 0 {
		return root
	}
	all := sha256.New()
	for _, h := range hashes {
		all.Write([]byte(h.key))
		all.Write([]byte{0})
		all.Write(h.hash[:])
	}
	return [32]byte(all.Sum(nil))
}

// applyDesired takes people, staff, invitations and settings to the state that is sent, and keeps its
// hashes. Parcels are the controller's to change: of their records only the hash is kept here.
func (s *Store) applyDesired(tx kv, c controller.DesiredChange) error {
	var at desiredRecord
	if _, err := s.readIf(tx, bucketState, stateDesired, &at); err != nil {
		return err
	}
	if !c.Snapshot && (c.From != at.Version || c.To <= c.From) {
		return fmt.Errorf("%w: a step from %d to %d does not follow %d", ErrVersion, c.From, c.To, at.Version)
	}
	if err := s.loadHashes(tx); err != nil {
		return err
	}
	records := lastWords(c.Records)
	if c.Snapshot {
		if err := s.dropOthers(tx, records); err != nil {
			return err
		}
	}
	if err := s.applyRecords(tx, records); err != nil {
		return err
	}
	if err := s.mergeHashes(tx, records); err != nil {
		return err
	}
	return s.write(tx, bucketState, stateDesired, desiredRecord{c.To, rootOf(s.hashes)})
}

// lastWords returns the last record of each key, in the order of keys. Many records are written in
// that order since bbolt takes a time that grows with the square when many new keys come in another.
func lastWords(records []controller.DesiredRecord) []controller.DesiredRecord {
	words := slices.Clone(records)
	slices.SortStableFunc(words, func(a, b controller.DesiredRecord) int { return strings.Compare(a.Key, b.Key) })
	n := 0
	for i, r := range words {
		if i+1 < len(words) && words[i+1].Key == r.Key {
			continue
		}
		words[n] = r
		n++
	}
	return words[:n]
}

// loadHashes fills s.hashes, which then follows every change until one fails.
func (s *Store) loadHashes(tx kv) error {
	if s.hashes != nil {
		return nil
	}
	hashes := []keyHash{}
	err := all(s, tx, bucketDesired, func(key []byte, hash [32]byte) {
		hashes = append(hashes, keyHash{string(key), hash})
	})
	if err != nil {
		return err
	}
	s.hashes = hashes
	return nil
}

// mergeHashes takes the hashes of records, which lastWords made, into s.hashes and the bucket.
func (s *Store) mergeHashes(tx kv, records []controller.DesiredRecord) error {
	merged := make([]keyHash, 0, len(s.hashes)+len(records))
	before := s.hashes
	for _, r := range records {
		i, found := slices.BinarySearchFunc(before, r.Key, keyHash.compare)
		merged = append(merged, before[:i]...)
		if found {
			i++
		}
		before = before[i:]
		if r.Gone {
			if err := tx.remove(bucketDesired, []byte(r.Key)); err != nil {
				return err
			}
			continue
		}
		if err := s.write(tx, bucketDesired, []byte(r.Key), r.Hash); err != nil {
			return err
		}
		merged = append(merged, keyHash{r.Key, r.Hash})
	}
	s.hashes = append(merged, before...)
	return nil
}

// dropOthers removes what is here and not among the records of a snapshot.
func (s *Store) dropOthers(tx kv, records []controller.DesiredRecord) error {
	stays := make(map[string]bool, len(records))
	for _, r := range records {
		stays[r.Key] = !r.Gone
	}
	var gone []controller.DesiredRecord
	for _, h := range s.hashes {
		if !stays[h.key] {
			gone = append(gone, controller.DesiredRecord{Key: h.key, Gone: true})
		}
	}
	// Enrolments of this cabinet have no hash yet: whoever is not in the snapshot at all goes with them.
	for bucket, kind := range map[string]string{
		bucketRecipients: "recipient", bucketStaff: "staff", bucketInvitations: "invitation",
	} {
		for _, id := range keysFrom(tx, bucket, nil) {
			if key := kind + "/" + string(id); !stays[key] {
				gone = append(gone, controller.DesiredRecord{Key: key, Gone: true})
			}
		}
	}
	gone = lastWords(gone)
	if err := s.applyRecords(tx, gone); err != nil {
		return err
	}
	return s.mergeHashes(tx, gone)
}

// applyRecords removes what is gone and then writes what the others stand for.
func (s *Store) applyRecords(tx kv, records []controller.DesiredRecord) error {
	var firsts []controller.FirstIdentification
	for _, r := range records {
		if r.First != nil && !r.Gone {
			firsts = append(firsts, *r.First)
		}
		if !r.Gone {
			continue
		}
		if err := s.applyGone(tx, r.Key); err != nil {
			return err
		}
	}
	for _, r := range records {
		if r.Gone {
			continue
		}
		if err := s.applyRecord(tx, r); err != nil {
			return err
		}
	}
	return s.putFirsts(tx, s.standing(tx, firsts))
}

// applyRecord writes what one record stands for, save identifications, which putFirsts writes together.
func (s *Store) applyRecord(tx kv, r controller.DesiredRecord) error {
	kind, id, err := keyParts(r.Key)
	if err != nil {
		return err
	}
	switch {
	case kind == "recipient" && r.Recipient != nil && string(r.Recipient.ID) == id:
		return s.write(tx, bucketRecipients, []byte(id), recordOfRecipient(*r.Recipient))
	case kind == "staff" && r.Staff != nil && r.Staff.Number == id:
		if s.knows(r) && tx.get(bucketStaff, []byte(id)) != nil {
			return nil // the same as before: a secret that was changed here since stays
		}
		return s.write(tx, bucketStaff, []byte(id), recordOfStaff(*r.Staff))
	case kind == "invitation" && r.Invitation != nil && r.Invitation.ID == id:
		if tx.get(bucketUsedInvites, []byte(id)) != nil {
			return nil // the information system does not know yet that it was used here
		}
		return s.write(tx, bucketInvitations, []byte(id), recordOfInvitation(*r.Invitation))
	case kind == "settings" && r.Settings != nil:
		return s.write(tx, bucketState, stateSettings, recordOfSettings(*r.Settings))
	case kind == "verification" && r.First != nil && r.First.ID == id,
		kind == "parcel" && r.Parcel != nil && string(r.Parcel.Parcel) == id:
		return nil
	case !known(kind) && empty(r):
		return nil // of a newer information system: its hash alone is kept, so that the roots agree
	}
	return fmt.Errorf("cannot apply desired record %q: it does not hold what its key says", r.Key)
}

// knows tells whether this very record was applied before.
func (s *Store) knows(r controller.DesiredRecord) bool {
	i, found := slices.BinarySearchFunc(s.hashes, r.Key, keyHash.compare)
	return found && s.hashes[i].hash == r.Hash
}

// known tells whether this program knows what records of the kind hold.
func known(kind string) bool {
	return slices.Contains([]string{"recipient", "verification", "parcel", "staff", "invitation", "settings"}, kind)
}

// empty tells whether a record came without anything that this program could read.
func empty(r controller.DesiredRecord) bool {
	return r.Recipient == nil && r.First == nil && r.Parcel == nil && r.Staff == nil && r.Invitation == nil && r.Settings == nil
}

// applyGone removes what a record stood for. A recipient's verification information goes with the recipient, and so do
// the failed tries that were counted.
func (s *Store) applyGone(tx kv, key string) error {
	kind, id, err := keyParts(key)
	if err != nil {
		return err
	}
	switch kind {
	case "recipient":
		if err := s.erase(tx, controller.RecipientID(id)); err != nil {
			return err
		}
		for _, key := range controller.TriesOf(controller.RecipientID(id)) {
			if err := tx.remove(bucketTries, []byte(key)); err != nil {
				return err
			}
		}
		return tx.remove(bucketRecipients, []byte(id))
	case "verification":
		if err := tx.remove(bucketWithdrawn, s.keys.ref("record", id)); err != nil {
			return err
		}
		return s.removeFirst(tx, id)
	case "staff":
		return tx.remove(bucketStaff, []byte(id))
	case "invitation":
		if err := tx.remove(bucketUsedInvites, []byte(id)); err != nil {
			return err
		}
		return tx.remove(bucketInvitations, []byte(id))
	case "settings":
		return tx.remove(bucketState, stateSettings)
	case "parcel":
		return nil
	}
	return nil // of a kind that a newer information system knows: only its hash was kept
}

// keyParts splits a record's key into its kind and id.
func keyParts(key string) (kind, id string, err error) {
	kind, id, _ = strings.Cut(key, "/")
	if kind == "" || id == "" {
		return "", "", fmt.Errorf("cannot apply desired record %q: its key is not kind/id", key)
	}
	return kind, id, nil
}
