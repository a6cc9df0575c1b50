package store

import (
	"fmt"
	"time"

	"lockerd/controller"
	"lockerd/matcher"
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

// Parcel returns a parcel of this cabinet, or controller.ErrUnknown. One that was collected or returned is
// kept until Compact removes the entry that tells of it, and the last 2,000 of them at most.
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

// rememberDoors reads slots, tries, attempts and intents.
func (s *Store) rememberDoors(tx kv, kept *controller.Remembered) error {
	err := all(s, tx, bucketSlots, func(slot []byte, r slotRecord) {
		kept.Slots = append(kept.Slots, controller.SlotState{
			Slot: controller.Slot(numberOf(slot)), OutOfService: r.OutOfService, Parcel: controller.ParcelID(r.Parcel),
			Learning: r.Learning, Unfinished: r.Unfinished,
		})
	})
	if err != nil {
		return err
	}
	err = all(s, tx, bucketTries, func(key []byte, r triesRecord) {
		kept.Tries = append(kept.Tries, controller.Tries{Key: string(key), Count: r.Count, Boot: r.Boot, Since: time.Duration(r.Since), Begun: time.Duration(r.Begun)})
	})
	if err != nil {
		return err
	}
	err = all(s, tx, bucketAttempts, func(place []byte, r attemptRecord) {
		kept.Attempts = append(kept.Attempts, controller.Attempt{
			Place: int(numberOf(place)), Order: r.Order, Kind: matcher.Kind(r.Kind), Who: controller.RecipientID(r.Who), Data: r.Data,
		})
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
