package controller

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// unfinished marks a slot from the moment its door is opened for a deposit until the deposit is recorded: a
// parcel may lie there that no record knows. When the courier is gone or the power fails, staff must look.
const unfinished = "deposit not finished: look inside"

// mark sets or clears why a slot is not to be used.
func (c *Controller) mark(state SlotState) error {
	if err := c.commit(Change{Slots: []SlotState{state}}); err != nil {
		return fmt.Errorf("cannot mark slot %d: %w", state.Slot, err)
	}
	c.rememberSlots([]SlotState{state})
	return nil
}

// unfinished lists the slots in which somebody must look.
func (c *Controller) unfinished() []Slot {
	c.mu.Lock()
	defer c.mu.Unlock()
	var slots []Slot
	for slot, state := range c.slots {
		if state.OutOfService == unfinished {
			slots = append(slots, slot)
		}
	}
	slices.Sort(slots)
	return slots
}

// lookInside opens a slot in which a deposit was not finished. The courier looks and says what is there: the
// parcel, which is then stored, or nothing, and the slot is free again. Who says nothing leaves it marked.
func (s *session) lookInside(ctx context.Context, staff Staff, slot Slot) error {
	id := s.c.half(slot)
	r := release{slot: slot, why: "look", who: staff.Number, parcel: id}
	seen, err := s.c.openSlot(ctx, r)
	if errors.Is(err, ErrJammed) {
		return s.say(ctx, View{Screen: Message, Note: DoorJammed, Slot: slot})
	}
	if err != nil {
		return err
	}
	said, err := s.atUnfinished(ctx, r, seen)
	if err != nil {
		return err
	}
	switch said {
	case ActInside:
		if err := s.stored(ctx, staff, id, slot); err != nil {
			return err
		}
		s.tally.dropped++
		return nil
	case ActBroken:
		return s.c.outOfService(slot, staff.Number, "reported by the courier")
	}
	return s.c.outOfService(slot, staff.Number, "")
}

// half returns the parcel whose deposit in the slot was not finished, while it is still expected.
func (c *Controller) half(slot Slot) ParcelID {
	c.mu.Lock()
	id := c.slots[slot].Parcel
	c.mu.Unlock()
	if p, err := c.parts.Shelf.Parcel(id); err != nil || p.Phase != Expected || c.forbidden(p) != "" {
		return ""
	}
	return id
}

// atUnfinished stays with the door until the courier said what is inside and it is shut, in either order.
func (s *session) atUnfinished(ctx context.Context, r release, seen result) (said Act, err error) {
	v := View{Screen: DropLook, Slot: r.slot, Staff: true, Patience: s.c.times.LeftOpen}
	if r.parcel != "" {
		v.Parcels = []ParcelLine{{ID: r.parcel, Slot: r.slot}}
	}
	shut := seen == unseen // the switch does not answer: the word alone counts
	for said == "" || !shut {
		var sources []source
		if !shut {
			sources = append(sources, untilShut(s.c.parts.Doors[r.slot]))
		}
		in, err := s.ask(ctx, v, sources...)
		if err != nil {
			return "", err
		}
		switch act := in.answer.Act; {
		case in.shut:
			shut, v.Note = true, SayWhatIsInside
		case act == ActInside && r.parcel != "", act == ActNothing, act == ActBroken:
			said, v.Note = act, DoorStillOpen
		case act == ActReopen:
			if seen, err = s.c.openSlot(ctx, r); err != nil && !errors.Is(err, ErrJammed) {
				return "", err
			}
			said, shut, v.Note = "", seen != opened, ""
		}
	}
	return said, nil
}
