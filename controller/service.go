package controller

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// OpenForService opens a door for a technician, who says why.
func (c *Controller) OpenForService(ctx context.Context, who string, slot Slot, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return errors.New("cannot open a door without a reason: say why, for the journal")
	}
	c.note(Entry{What: Audit, Slot: slot, Who: who, Detail: "open: " + reason})
	c.atService(slot, true)
	_, err := c.openSlot(ctx, release{slot: slot, why: "service", who: who})
	return err
}

// SetService takes a slot out of service, with the reason, or back in.
func (c *Controller) SetService(_ context.Context, who string, slot Slot, out bool, reason string) error {
	if _, ok := c.parts.Doors[slot]; !ok {
		return fmt.Errorf("cannot set the service of slot %d: %w", slot, ErrNoSlot)
	}
	switch {
	case !out:
		reason = ""
	case strings.TrimSpace(reason) == "":
		return errors.New("cannot take a slot out of service without a reason: say why, for the journal")
	}
	defer c.refresh()
	return c.outOfService(slot, who, reason)
}

// commissioning is why a lock is pulsed to find out which door it belongs to.
const commissioning = "commission"

// OutToLearn is why slots are out of service while the wiring is learned.
const OutToLearn = "commissioning"

// PulseToLearn pulses the lock that the settings name for a slot, once, for a technician who looks which door
// opens. Any door may open, so it refuses while a parcel lies in the cabinet or may lie there: of slots that are out
// of service for another reason than OutToLearn the technician has to say that they are empty. No door that opens
// then is an alarm.
func (c *Controller) PulseToLearn(ctx context.Context, who string, slot Slot, empty bool) error {
	lying, err := c.occupied()
	if err != nil {
		return err
	}
	if len(lying) > 0 {
		return fmt.Errorf("cannot open doors to learn the wiring: %d parcels lie in the cabinet, and any door may open: take them out first", len(lying))
	}
	if slots := c.unfinished(); len(slots) > 0 { // marked before the door opens, so a deposit under way counts
		return fmt.Errorf("cannot open doors to learn the wiring: a parcel that no record knows may lie in slots %v, and any door may open: look inside first", slots)
	}
	if slots := c.doubtful(); len(slots) > 0 && !empty {
		return fmt.Errorf("cannot open doors to learn the wiring: slots %v are out of service, and a parcel that no record knows may lie there: look inside first", slots)
	}
	for each := range c.parts.Doors {
		c.expect(each)
	}
	_, err = c.openSlot(ctx, release{slot: slot, why: commissioning, who: who})
	return err
}

// doubtful lists the slots that are out of service, but for those that are so only while the wiring is learned. Behind
// a door that jammed or was reported may lie what was put there before.
func (c *Controller) doubtful() []Slot {
	return c.outFor(func(reason string) bool { return reason != "" && reason != OutToLearn })
}

// outFor lists the slots whose reason to be out of service, empty for those in service, is one that counts.
func (c *Controller) outFor(counts func(reason string) bool) []Slot {
	c.mu.Lock()
	defer c.mu.Unlock()
	var slots []Slot
	for slot, state := range c.slots {
		if counts(state.OutOfService) {
			slots = append(slots, slot)
		}
	}
	slices.Sort(slots)
	return slots
}

// atService remembers that a technician has a slot's door open, or no longer.
func (c *Controller) atService(slot Slot, open bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.serviced[slot] = open
}

// Audit records a technician's command, without its secrets.
func (c *Controller) Audit(who, command string) error {
	return c.commit(Change{Entries: []Entry{{What: Audit, Who: who, Detail: command}}})
}

// Doors reads every door switch and slot, for staff.
func (c *Controller) Doors() []Door {
	doors := c.doorMap(0, false)
	lying, err := c.occupied()
	if err != nil {
		c.log.Error("cannot read what the cabinet holds", "err", err)
	}
	for i := range doors {
		_, doors[i].Taken = lying[doors[i].Slot]
	}
	return doors
}

// Note writes one journal line for a part of the daemon outside the controller.
func (c *Controller) Note(e Entry) error { return c.commit(Change{Entries: []Entry{e}}) }
