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
	_, err := c.openSlot(ctx, release{slot: slot, why: whyService, who: who, reason: reason})
	return err
}

// OpenToTest opens a door to try its lock, only where nothing may lie: errors wrap ErrTaken, and ErrOut for a slot
// that is out of service, which one is during a deposit, too. That is looked at directly before the pulse.
func (c *Controller) OpenToTest(ctx context.Context, who string, slot Slot) error {
	_, err := c.openSlot(ctx, release{slot: slot, why: whyService, who: who, reason: "self-test", empty: true})
	return err
}

// surelyEmpty returns an error where a parcel lies or may lie. A deposit's mark is taken away in the transaction that
// records the parcel, so the mark is looked at first.
func (c *Controller) surelyEmpty(slot Slot) error {
	if c.slotState(slot).Out() != "" {
		return ErrOut
	}
	lying, err := c.occupied()
	if err != nil {
		return err
	}
	if _, taken := lying[slot]; taken {
		return ErrTaken
	}
	return nil
}

// SetService takes a slot out of service, with the reason, or back in when that is empty, whatever was said of it. Out of
// service, a slot whose deposit was not finished stays marked. Back in goes such a slot only when the technician looked
// inside, else the error wraps ErrLookInside and nothing changes.
func (c *Controller) SetService(who string, slot Slot, out string, looked bool) error {
	if _, ok := c.parts.Doors[slot]; !ok {
		return fmt.Errorf("cannot set the service of slot %d: %w", slot, ErrNoSlot)
	}
	out = strings.TrimSpace(out)
	defer c.refresh()
	return c.changeSlot(slot, who, func(s *SlotState) error {
		if out != "" {
			s.OutOfService = out
			return nil
		}
		if s.Unfinished && !looked {
			return fmt.Errorf("cannot put slot %d back in service: %w", slot, ErrLookInside)
		}
		*s = SlotState{Slot: slot}
		return nil
	})
}

// Learn takes a slot out of service while the wiring is learned, or ends that. Whatever else is said of the slot stays.
func (c *Controller) Learn(who string, slot Slot, on bool) error {
	if _, ok := c.parts.Doors[slot]; !ok {
		return fmt.Errorf("cannot set the service of slot %d: %w", slot, ErrNoSlot)
	}
	defer c.refresh()
	return c.changeSlot(slot, who, func(s *SlotState) error { s.Learning = on; return nil })
}

// PulseToLearn pulses the lock that the settings name for a slot, once, for a technician who looks which door
// opens. Any door may open, so it refuses while a parcel lies in the cabinet or may lie there: slots that are out of
// service, but for those that are so only while the wiring is learned, have to be among those that the technician
// looked into. No door that opens then is an alarm.
func (c *Controller) PulseToLearn(ctx context.Context, who string, slot Slot, looked []Slot) error {
	// The marks first, as in surelyEmpty. One is set before the door opens, so a deposit under way counts.
	if slots := c.unfinished(); len(slots) > 0 {
		return fmt.Errorf("cannot open doors to learn the wiring: a parcel that no record knows may lie in slots %v, and any door may open: look inside first, and put them back in service", slots)
	}
	if slots := slices.DeleteFunc(c.doubtful(), func(s Slot) bool { return slices.Contains(looked, s) }); len(slots) > 0 {
		return fmt.Errorf("cannot open doors to learn the wiring: slots %v are out of service, and a parcel that no record knows may lie there: look inside first", slots)
	}
	lying, err := c.occupied()
	if err != nil {
		return err
	}
	if len(lying) > 0 {
		return fmt.Errorf("cannot open doors to learn the wiring: %d parcels lie in the cabinet, and any door may open: take them out first", len(lying))
	}
	for each := range c.parts.Doors {
		c.expect(each)
	}
	_, err = c.openSlot(ctx, release{slot: slot, why: whyLearn, who: who})
	return err
}

// doubtful lists the slots that are out of service, but for those that are so only while the wiring is learned. Behind
// a door that jammed or was reported may lie what was put there before.
func (c *Controller) doubtful() []Slot {
	return c.slotsThat(func(s SlotState) bool { return s.OutOfService != "" })
}

// slotsThat lists the slots whose state is such.
func (c *Controller) slotsThat(such func(SlotState) bool) []Slot {
	c.mu.Lock()
	defer c.mu.Unlock()
	var slots []Slot
	for slot, state := range c.slots {
		if such(state) {
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
	doors := c.doorMap(c.openDoors(), 0)
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
