package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
)

// The buckets.
const (
	bucketMeta         = "meta" // in the clear: what must be read before the key is trusted
	bucketState        = "state"
	bucketRecipients   = "recipients"    // recipient id → recipientRecord
	bucketVerification = "verification"  // person's reference | record's reference → firstRecord
	bucketOwners       = "owners"        // record's reference → person's reference
	bucketWithdrawn    = "withdrawn"     // record's reference → line of the journal; no snapshot brings it back
	bucketPersonKeys   = "person-keys"   // person's reference → key of that person's verification records
	bucketStaff        = "staff"         // number → staffRecord
	bucketInvitations  = "invitations"   // id → invitationRecord
	bucketUsedInvites  = "used-invites"  // id → line of the journal; no snapshot brings it back
	bucketParcels      = "parcels"       // id → parcelRecord
	bucketEnded        = "ended"         // order of ending → endedRecord
	bucketEndedOrder   = "ended-order"   // id → order of ending
	bucketCodes        = "codes"         // parcel id → codeRecord
	bucketSlots        = "slots"         // slot → slotRecord
	bucketTries        = "tries"         // key → triesRecord
	bucketAttempts     = "attempts"      // place → attemptRecord
	bucketIntents      = "intents"       // slot → intentRecord
	bucketDesired      = "desired-state" // key of a desired record → hash
	bucketJournal      = "journal"       // sequence number → line
)

// The keys of bucketMeta.
var (
	metaSchema   = []byte("schema")    // number of the last migration, 4 bytes, big endian, and its MAC
	metaKeyCheck = []byte("key-check") // tells a wrong key from damage
)

// smallBuckets are read whole when the store is opened: what is missing in them would not be noticed later.
var smallBuckets = []string{
	bucketState, bucketStaff, bucketInvitations, bucketUsedInvites, bucketParcels, bucketCodes, bucketSlots, bucketTries,
	bucketIntents, bucketAttempts, bucketWithdrawn,
}

// largeBuckets hold a record for each person, line or parcel that was; Verify reads them, too.
var largeBuckets = []string{
	bucketRecipients, bucketOwners, bucketPersonKeys, bucketEnded, bucketEndedOrder, bucketDesired, bucketJournal,
}

// migrations bring an older file up to this version, one transaction each. The schema's number is how many
// of them a file has seen. A migration that was released is never changed.
var migrations = []migration{
	{"first layout", firstLayout},
	{"attempts", func(tx kv, _ *keyring) error { return tx.ensure(bucketAttempts) }},
	{"withdrawn", func(tx kv, _ *keyring) error { return tx.ensure(bucketWithdrawn) }},
	{"marked slots", markedSlots},
	{"what was said at an open door", func(kv, *keyring) error { return nil }}, // parcelRecord has one field more
}

// migration is one step of the layout.
type migration struct {
	name string
	run  func(kv, *keyring) error
}

// firstLayout makes the buckets, an epoch, and the proof of the key.
func firstLayout(tx kv, keys *keyring) error {
	for _, bucket := range slices.Concat(smallBuckets, largeBuckets, []string{bucketVerification}) {
		if err := tx.ensure(bucket); err != nil {
			return err
		}
	}
	epoch, err := encode(randomBytes(16))
	if err != nil {
		return err
	}
	if err := tx.put(bucketMeta, metaKeyCheck, keys.derive("key check")); err != nil {
		return err
	}
	return tx.put(bucketState, stateEpoch, seal(keys.bucketSeal(bucketState), bucketState, stateEpoch, epoch))
}

// markedSlots gives slots that were marked by a word among the reasons the marks that stand for it since.
func markedSlots(tx kv, keys *keyring) error {
	type record struct {
		OutOfService string `cbor:"1,keyasint,omitempty"`
		Parcel       string `cbor:"2,keyasint,omitempty"`
		Learning     bool   `cbor:"3,keyasint,omitempty"`
		Unfinished   bool   `cbor:"4,keyasint,omitempty"`
	}
	under := keys.bucketSeal(bucketSlots)
	for _, key := range keysFrom(tx, bucketSlots, nil) {
		var slot record
		if err := openUnder(under, bucketSlots, key, tx.get(bucketSlots, key), &slot); err != nil {
			return fmt.Errorf("slot %d: %w", numberOf(key), err)
		}
		switch slot.OutOfService {
		case "deposit not finished: look inside":
			slot.OutOfService, slot.Unfinished = "", true
		case "commissioning":
			slot.OutOfService, slot.Learning = "", true
		default:
			continue
		}
		plain, err := encode(slot)
		if err != nil {
			return err
		}
		if err := tx.put(bucketSlots, key, seal(under, bucketSlots, key, plain)); err != nil {
			return err
		}
	}
	return nil
}

// migrate runs the steps that the file has not seen. It refuses a file of a newer lockerd and another key.
func migrate(e engine, keys *keyring, steps []migration) error {
	schema, err := schemaOf(e, keys, len(steps))
	if err != nil {
		return err
	}
	for number, step := range steps[schema:] {
		number += schema + 1
		err := e.update(func(tx kv) error {
			if err := tx.ensure(bucketMeta); err != nil {
				return err
			}
			if err := step.run(tx, keys); err != nil {
				return err
			}
			return tx.put(bucketMeta, metaSchema, schemaRecord(number, keys))
		})
		if err != nil {
			return fmt.Errorf("cannot migrate to schema %d (%s): %w", number, step.name, err)
		}
	}
	return nil
}

// schemaOf returns the number of migrations that the file has seen, 0 for an empty one. It refuses more than
// known ones.
func schemaOf(e engine, keys *keyring, known int) (schema int, err error) {
	err = e.view(func(tx kv) error {
		if !tx.has(bucketMeta) && !tx.has(bucketState) {
			return nil
		}
		if !bytes.Equal(tx.get(bucketMeta, metaKeyCheck), keys.derive("key check")) {
			return ErrWrongKey
		}
		record := tx.get(bucketMeta, metaSchema)
		if len(record) < 4 {
			return fmt.Errorf("%w: it has no schema number", ErrDamaged)
		}
		schema = int(binary.BigEndian.Uint32(record))
		switch {
		case schema > known:
			return fmt.Errorf("%w: its schema is %d and this version knows %d", ErrNewer, schema, known)
		case !bytes.Equal(record, schemaRecord(schema, keys)):
			return fmt.Errorf("%w: its schema number was changed", ErrDamaged)
		}
		return nil
	})
	return schema, err
}

// schemaRecord is in the clear so that an older version can say what it found.
func schemaRecord(number int, keys *keyring) []byte {
	record := binary.BigEndian.AppendUint32(nil, uint32(number))
	return append(record, keys.mac("schema", record)...)
}
