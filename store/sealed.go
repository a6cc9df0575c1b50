package store

import (
	"bytes"
	"crypto/cipher"
	"encoding/binary"
	"fmt"

	"lockerd/controller"
)

// The keys of bucketState.
var (
	stateEpoch      = []byte("epoch")      // [16]byte
	stateIdentity   = []byte("identity")   // []byte
	stateGeneration = []byte("generation") // uint64
	stateSettings   = []byte("settings")   // settingsRecord
	stateDesired    = []byte("desired")    // desiredRecord
	stateCommands   = []byte("commands")   // []string
	stateHead       = []byte("head")       // chainEnd: the newest line of the journal
	stateAnchor     = []byte("anchor")     // chainEnd: the last line that was pruned
	stateAcked      = []byte("acked")      // uint64
	stateEndings    = []byte("endings")    // uint64: parcels that ended, ever
	stateScrub      = []byte("scrub")      // there while freed pages still hold what was erased
)

// write seals v under its bucket's key and puts it. A record that holds v already is left alone, to spare
// the flash.
func (s *Store) write(tx kv, bucket string, key []byte, v any) error {
	_, err := s.writeUnder(tx, s.keys.bucketSeal(bucket), bucket, key, v)
	return err
}

// writeUnder is write under another seal. It tells whether other content was replaced.
func (s *Store) writeUnder(tx kv, aead cipher.AEAD, bucket string, key []byte, v any) (replaced bool, err error) {
	plain, err := encode(v)
	if err != nil {
		return false, fmt.Errorf("cannot encode a record of %s: %w", bucket, err)
	}
	old := tx.get(bucket, key)
	if old != nil {
		if before, err := unseal(aead, bucket, key, old); err == nil && bytes.Equal(before, plain) {
			return false, nil
		}
	}
	return old != nil, tx.put(bucket, key, seal(aead, bucket, key, plain))
}

// read opens the record at key into v. One that is missing gives controller.ErrUnknown.
func (s *Store) read(tx kv, bucket string, key []byte, v any) error {
	found, err := s.readIf(tx, bucket, key, v)
	if err == nil && !found {
		return controller.ErrUnknown
	}
	return err
}

// readIf opens the record at key into v and tells whether there is one.
func (s *Store) readIf(tx kv, bucket string, key []byte, v any) (bool, error) {
	if len(key) == 0 {
		return false, nil
	}
	record := tx.get(bucket, key)
	if record == nil {
		return false, nil
	}
	return true, s.open(bucket, key, record, v)
}

// open unseals a record of the bucket and decodes it into v.
func (s *Store) open(bucket string, key, record []byte, v any) error {
	return openUnder(s.keys.bucketSeal(bucket), bucket, key, record, v)
}

// openUnder is open under another seal.
func openUnder(aead cipher.AEAD, bucket string, key, record []byte, v any) error {
	plain, err := unseal(aead, bucket, key, record)
	if err != nil {
		return err
	}
	return decode(plain, v)
}

// all opens each record of a bucket and hands it to fn. Records that are damaged are passed over; the
// first of their errors is returned at the end.
func all[T any](s *Store, tx kv, bucket string, fn func(key []byte, v T)) error {
	var damage error
	tx.walk(bucket, nil, func(key, record []byte) bool {
		var v T
		err := s.open(bucket, key, record, &v)
		if err == nil {
			fn(bytes.Clone(key), v)
		} else if damage == nil {
			damage = err
		}
		return true
	})
	return damage
}

// keysFrom lists the keys of a bucket that begin with prefix, so that they can be removed.
func keysFrom(tx kv, bucket string, prefix []byte) [][]byte {
	var keys [][]byte
	tx.walk(bucket, prefix, func(key, _ []byte) bool {
		if !bytes.HasPrefix(key, prefix) {
			return false
		}
		keys = append(keys, bytes.Clone(key))
		return true
	})
	return keys
}

// numberKey makes keys that sort as their numbers do.
func numberKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// numberOf is numberKey's way back; a key of another length gives 0.
func numberOf(key []byte) uint64 {
	if len(key) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(key)
}
