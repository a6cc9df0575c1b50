package controller

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Assign applies a step of the information system's desired state: recipients, their first
// identifications, parcels with their recipient information, staff, invitations, settings. All of it and
// the version are one transaction. It is idempotent: a parcel that ended does not come back, and one that
// lies here never gets lost, whatever is desired.
func (c *Controller) Assign(desired DesiredChange) error {
	c.book.Lock()
	defer c.book.Unlock()
	change := Change{Desired: &desired}
	mentioned := make(map[ParcelID]bool)
	for _, record := range desired.Records {
		if err := c.assignRecord(record, mentioned, &change); err != nil {
			return err
		}
	}
	if desired.Snapshot {
		if err := c.recallUnmentioned(mentioned, &change); err != nil {
			return err
		}
	}
	for _, record := range desired.Records {
		if record.Settings != nil && record.Settings.Policy.String() != c.inForce().Policy.String() {
			change.Entries = append(change.Entries, c.warnings(record.Settings.Policy)...)
		}
	}
	if err := c.commit(change); err != nil {
		return fmt.Errorf("cannot store desired state: %w", err)
	}
	c.apply(desired)
	if err := c.nobodyShutOut(); err != nil {
		c.log.Error("a parcel lies here whose recipient has no way to it: send the code again", "err", err)
	}
	return nil
}

func (c *Controller) assignRecord(record DesiredRecord, mentioned map[ParcelID]bool, change *Change) error {
	if record.Gone {
		if id, ok := strings.CutPrefix(record.Key, "parcel/"); ok {
			return c.recall(ParcelID(id), change)
		}
		return nil
	}
	if record.Parcel == nil {
		return nil
	}
	a := *record.Parcel
	mentioned[a.Parcel] = true
	p, err := c.parts.Shelf.Parcel(a.Parcel)
	switch {
	case errors.Is(err, ErrUnknown) && a.Recalled:
		return nil
	case errors.Is(err, ErrUnknown):
		p = Parcel{ID: a.Parcel, Recipient: a.Recipient, Size: a.Size, Due: a.Due, Phase: Expected, Consent: a.Consent}
		change.Parcels = append(change.Parcels, p)
		change.Entries = append(change.Entries, Entry{What: Assigned, Parcel: p.ID, Who: string(p.Recipient)})
		return nil
	case err != nil:
		return fmt.Errorf("cannot look up parcel %s: %w", a.Parcel, err)
	case a.Recalled:
		return c.recall(a.Parcel, change)
	case p.Phase.Ended():
		return nil
	}
	if p, err = p.step(reassigned{a}, time.Now()); err == nil {
		change.Parcels = append(change.Parcels, p)
	}
	return err
}

// recall ends an expected parcel and leaves one that lies here to staff.
func (c *Controller) recall(id ParcelID, change *Change) error {
	p, err := c.parts.Shelf.Parcel(id)
	if errors.Is(err, ErrUnknown) || (err == nil && (p.Phase.Ended() || p.Phase == CalledIn)) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cannot look up parcel %s: %w", id, err)
	}
	if p, err = p.step(recalled{}, time.Now()); err != nil {
		return err
	}
	change.Parcels = append(change.Parcels, p)
	change.DropCodes = append(change.DropCodes, p.ID)
	change.Entries = append(change.Entries, Entry{What: Recalled, Slot: p.Slot, Parcel: p.ID})
	return nil
}

// recallUnmentioned recalls what a snapshot of desired state does not know.
func (c *Controller) recallUnmentioned(mentioned map[ParcelID]bool, change *Change) error {
	parcels, err := c.parts.Shelf.Parcels()
	if err != nil {
		return fmt.Errorf("cannot read what the cabinet holds: %w", err)
	}
	for _, p := range parcels {
		if !mentioned[p.ID] {
			if err := c.recall(p.ID, change); err != nil {
				return err
			}
		}
	}
	return nil
}

// apply brings what is held in memory up to what was stored.
func (c *Controller) apply(desired DesiredChange) {
	c.forgetTries(desired)
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, record := range desired.Records {
		switch {
		case record.Settings != nil:
			c.settings = *record.Settings
		case record.Gone && strings.HasPrefix(record.Key, "settings/"):
			c.settings = Settings{}
		}
	}
	if desired.Snapshot && !slices.ContainsFunc(desired.Records, func(r DesiredRecord) bool { return r.Settings != nil }) {
		c.settings = Settings{}
	}
	clear(c.gallery)
	c.edition++
}
