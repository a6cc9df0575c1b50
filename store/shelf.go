package store

import (
	"fmt"
	"slices"
	"time"

	"lockerd/controller"
)

const (
	keepEnded    = 2000 // parcels that ended, for the record
	keepCommands = 256  // ids of commands that were begun
)

// Parcels returns the parcels that are expected here or lie here, by id.
func (s *Store) Parcels() ([]controller.Parcel, error) {
	var parcels []controller.Parcel
	err := s.engine.view(func(tx kv) error {
		return all(s, tx, bucketParcels, func(id []byte, r parcelRecord) {
			parcels = append(parcels, r.parcel(controller.ParcelID(id)))
		})
	})
	return parcels, err
}

// Parcel returns a parcel of this cabinet, also one that was collected or returned (the last 2,000 of those
// are kept), or controller.ErrUnknown.
func (s *Store) Parcel(id controller.ParcelID) (controller.Parcel, error) {
	var record parcelRecord
	err := s.engine.view(func(tx kv) error {
		found, err := s.readIf(tx, bucketParcels, []byte(id), &record)
		if err != nil || found {
			return err
		}
		var order uint64
		var ended endedRecord
		if err := s.read(tx, bucketEndedOrder, []byte(id), &order); err != nil {
			return err
		}
		err = s.read(tx, bucketEnded, numberKey(order), &ended)
		record = ended.Parcel
		return err
	})
	if err != nil {
		return controller.Parcel{}, fmt.Errorf("cannot read parcel %s: %w", id, err)
	}
	return record.parcel(id), nil
}

// Codes returns the pickup codes that are live, by parcel.
func (s *Store) Codes() ([]controller.Code, error) {
	var codes []controller.Code
	err := s.engine.view(func(tx kv) error {
		return all(s, tx, bucketCodes, func(id []byte, r codeRecord) {
			codes = append(codes, controller.Code{Parcel: controller.ParcelID(id), Generation: r.Generation, MAC: r.MAC})
		})
	})
	return codes, err
}

// Remembered returns what survives a restart beside people, parcels and codes.
func (s *Store) Remembered() (controller.Remembered, error) {
	var kept controller.Remembered
	err := s.engine.view(func(tx kv) error {
		var desired desiredRecord
		var settings settingsRecord
		for key, into := range map[string]any{
			string(stateGeneration): &kept.Generation, string(stateCommands): &kept.Commands,
			string(stateDesired): &desired, string(stateSettings): &settings,
		} {
			if _, err := s.readIf(tx, bucketState, []byte(key), into); err != nil {
				return err
			}
		}
		kept.Version, kept.Root = desired.Version, desired.Root
		var err error
		if kept.Settings, err = settings.settings(); err != nil {
			return err
		}
		return s.rememberDoors(tx, &kept)
	})
	return kept, err
}

// rememberDoors reads slots, tries and intents.
func (s *Store) rememberDoors(tx kv, kept *controller.Remembered) error {
	err := all(s, tx, bucketSlots, func(slot []byte, r slotRecord) {
		kept.Slots = append(kept.Slots, controller.SlotState{Slot: controller.Slot(numberOf(slot)), OutOfService: r.OutOfService})
	})
	if err != nil {
		return err
	}
	err = all(s, tx, bucketTries, func(key []byte, r triesRecord) {
		kept.Tries = append(kept.Tries, controller.Tries{Key: string(key), Count: r.Count, Boot: r.Boot, Since: time.Duration(r.Since)})
	})
	if err != nil {
		return err
	}
	return all(s, tx, bucketIntents, func(slot []byte, r intentRecord) {
		kept.Intents = append(kept.Intents, controller.Intent{
			Slot: controller.Slot(numberOf(slot)), Why: r.Why, Parcel: controller.ParcelID(r.Parcel), Command: r.Command,
		})
	})
}

// Commit writes one step of business: when it returns nil all of it is on the disk, otherwise none of it
// counts. Entries are numbered and chained in order. The code of a parcel that ended goes with it.
func (s *Store) Commit(change controller.Change) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	scrub := false
	err := s.engine.update(func(tx kv) error {
		if err := s.apply(tx, change); err != nil {
			return err
		}
		scrub = tx.get(bucketState, stateScrub) != nil
		return nil
	})
	if err != nil {
		s.hashes = nil
		return fmt.Errorf("cannot commit: %w", err)
	}
	if scrub {
		s.scrub()
	}
	return nil
}

// apply writes each part of a change. Desired state comes first, so that the step's own words stand.
func (s *Store) apply(tx kv, c controller.Change) error {
	if c.Desired != nil {
		if err := s.applyDesired(tx, *c.Desired); err != nil {
			return err
		}
	}
	for _, part := range []func(kv, controller.Change) error{s.putShelf, s.putDoors, s.putPeople} {
		if err := part(tx, c); err != nil {
			return err
		}
	}
	return s.appendEntries(tx, c.Entries)
}

// putShelf writes parcels and codes and raises the generation to theirs.
func (s *Store) putShelf(tx kv, c controller.Change) error {
	var generation uint64
	for _, parcel := range c.Parcels {
		if err := s.putParcel(tx, parcel); err != nil {
			return err
		}
		generation = max(generation, parcel.Generation)
	}
	for _, code := range c.Codes {
		if err := s.write(tx, bucketCodes, []byte(code.Parcel), codeRecord{code.Generation, code.MAC}); err != nil {
			return err
		}
		generation = max(generation, code.Generation)
	}
	for _, id := range c.DropCodes {
		if err := tx.remove(bucketCodes, []byte(id)); err != nil {
			return err
		}
	}
	var before uint64
	if _, err := s.readIf(tx, bucketState, stateGeneration, &before); err != nil || generation <= before {
		return err
	}
	return s.write(tx, bucketState, stateGeneration, generation)
}

func (s *Store) putParcel(tx kv, parcel controller.Parcel) error {
	id := []byte(parcel.ID)
	if !parcel.Phase.Ended() {
		return s.write(tx, bucketParcels, id, recordOfParcel(parcel))
	}
	for _, bucket := range []string{bucketParcels, bucketCodes} {
		if err := tx.remove(bucket, id); err != nil {
			return err
		}
	}
	return s.putEnded(tx, parcel)
}

// putEnded keeps a parcel for the record and lets go of the one that ended keepEnded parcels ago.
func (s *Store) putEnded(tx kv, parcel controller.Parcel) error {
	id := []byte(parcel.ID)
	var order, endings uint64
	switch found, err := s.readIf(tx, bucketEndedOrder, id, &order); {
	case err != nil:
		return err
	case found:
		if err := tx.remove(bucketEnded, numberKey(order)); err != nil {
			return err
		}
	}
	if _, err := s.readIf(tx, bucketState, stateEndings, &endings); err != nil {
		return err
	}
	endings++
	if err := s.write(tx, bucketState, stateEndings, endings); err != nil {
		return err
	}
	if err := s.write(tx, bucketEndedOrder, id, endings); err != nil {
		return err
	}
	record := endedRecord{string(parcel.ID), millis(time.Now()), recordOfParcel(parcel)}
	if err := s.write(tx, bucketEnded, numberKey(endings), record); err != nil {
		return err
	}
	if endings <= keepEnded {
		return nil
	}
	return s.dropEnded(tx, endings-keepEnded)
}

// dropEnded forgets the parcel that ended at this place in the order.
func (s *Store) dropEnded(tx kv, order uint64) error {
	var record endedRecord
	found, err := s.readIf(tx, bucketEnded, numberKey(order), &record)
	if err != nil || !found {
		return err
	}
	if err := tx.remove(bucketEndedOrder, []byte(record.ID)); err != nil {
		return err
	}
	return tx.remove(bucketEnded, numberKey(order))
}

// putDoors writes slots, tries, the pulse's intent and the command that begins.
func (s *Store) putDoors(tx kv, c controller.Change) error {
	for _, slot := range c.Slots {
		if err := s.putOrDrop(tx, bucketSlots, numberKey(uint64(slot.Slot)), slotRecord{slot.OutOfService}, slot.OutOfService == ""); err != nil {
			return err
		}
	}
	for _, t := range c.Tries {
		if err := s.putOrDrop(tx, bucketTries, []byte(t.Key), triesRecord{t.Count, t.Boot, int64(t.Since)}, t.Count == 0); err != nil {
			return err
		}
	}
	if c.DropIntent != 0 {
		if err := tx.remove(bucketIntents, numberKey(uint64(c.DropIntent))); err != nil {
			return err
		}
	}
	if i := c.Intent; i != nil {
		if err := s.write(tx, bucketIntents, numberKey(uint64(i.Slot)), intentRecord{i.Why, string(i.Parcel), i.Command}); err != nil {
			return err
		}
	}
	if c.Command == "" {
		return nil
	}
	return s.putCommand(tx, c.Command)
}

// putOrDrop writes a record, or removes it when it says nothing.
func (s *Store) putOrDrop(tx kv, bucket string, key []byte, record any, empty bool) error {
	if empty {
		return tx.remove(bucket, key)
	}
	return s.write(tx, bucket, key, record)
}

// putCommand remembers the newest keepCommands ids.
func (s *Store) putCommand(tx kv, id string) error {
	var commands []string
	if _, err := s.readIf(tx, bucketState, stateCommands, &commands); err != nil {
		return err
	}
	if slices.Contains(commands, id) {
		return nil
	}
	commands = append(commands, id)
	return s.write(tx, bucketState, stateCommands, commands[max(0, len(commands)-keepCommands):])
}

// putPeople writes what happened to people at this cabinet.
func (s *Store) putPeople(tx kv, c controller.Change) error {
	for _, first := range c.Enrolled {
		if err := s.putFirst(tx, first); err != nil {
			return err
		}
	}
	for _, staff := range c.Staff {
		if err := s.write(tx, bucketStaff, []byte(staff.Number), recordOfStaff(staff)); err != nil {
			return err
		}
	}
	for _, id := range c.UsedInvites {
		if err := tx.remove(bucketInvitations, []byte(id)); err != nil {
			return err
		}
		if err := s.write(tx, bucketUsedInvites, []byte(id), millis(time.Now())); err != nil {
			return err
		}
	}
	for _, whose := range c.Erase {
		if err := s.erase(tx, whose); err != nil {
			return err
		}
	}
	return nil
}
