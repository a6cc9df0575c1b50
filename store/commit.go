package store

import (
	"fmt"
	"slices"

	"lockerd/controller"
)

const (
	keepEnded    = 2000 // parcels that ended, for the record
	keepCommands = 256  // ids of commands that were begun
)

// Commit writes one step of business: when it returns nil all of it is on the disk, otherwise none of it.
// (Where the disk itself fails at the very last sync, all of it may turn out to be there.) Entries are
// numbered and chained in order. The code of a parcel that ended goes with it.
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

// apply writes each part of a change. Desired state comes before the step's own words, which stand.
func (s *Store) apply(tx kv, c controller.Change) error {
	if err := s.appendEntries(tx, c.Entries); err != nil {
		return err
	}
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
	return nil
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
	line, err := s.lastLine(tx)
	if err != nil {
		return err
	}
	record := endedRecord{string(parcel.ID), line, recordOfParcel(parcel)}
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
		key, record := numberKey(uint64(slot.Slot)), slotRecord{slot.OutOfService, string(slot.Parcel), slot.Learning, slot.Unfinished}
		if err := s.putOrDrop(tx, bucketSlots, key, record, slot.Out() == ""); err != nil {
			return err
		}
	}
	for _, t := range c.Tries {
		record := triesRecord{t.Count, t.Boot, int64(t.Since), int64(t.Begun)}
		if err := s.putOrDrop(tx, bucketTries, []byte(t.Key), record, t.Count == 0); err != nil {
			return err
		}
	}
	for _, t := range c.Attempts {
		record := attemptRecord{t.Order, string(t.Kind), string(t.Who), t.Data}
		if err := s.write(tx, bucketAttempts, numberKey(uint64(t.Place)), record); err != nil {
			return err
		}
	}
	if c.DropIntent != 0 {
		if err := tx.remove(bucketIntents, numberKey(uint64(c.DropIntent))); err != nil {
			return err
		}
	}
	if i := c.Intent; i != nil {
		record := intentRecord{i.Why, string(i.Parcel), i.Command}
		if err := s.write(tx, bucketIntents, numberKey(uint64(i.Slot)), record); err != nil {
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
	if err := s.enrolAgain(tx, c.Enrolled); err != nil {
		return err
	}
	for _, staff := range c.Staff {
		if tx.get(bucketStaff, []byte(staff.Number)) == nil {
			return fmt.Errorf("cannot change staff: %w", controller.ErrUnknown) // only desired state adds any
		}
		if err := s.write(tx, bucketStaff, []byte(staff.Number), recordOfStaff(staff)); err != nil {
			return err
		}
	}
	for _, id := range c.UsedInvites {
		if err := tx.remove(bucketInvitations, []byte(id)); err != nil {
			return err
		}
		line, err := s.lastLine(tx)
		if err != nil {
			return err
		}
		if err := s.write(tx, bucketUsedInvites, []byte(id), line); err != nil {
			return err
		}
	}
	for _, whose := range c.Erase {
		if err := s.withdrawAll(tx, whose); err != nil {
			return err
		}
	}
	for _, id := range c.EraseFirsts {
		if err := s.withdraw(tx, id); err != nil {
			return err
		}
	}
	return nil
}
