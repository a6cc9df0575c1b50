package controller

import (
	"cmp"
	"context"
	"errors"
)

// unfinished is said of a slot that is marked from the moment its door is opened for a deposit until the deposit is recorded: a
// parcel may lie there that no record knows. When the courier is gone or the power fails, staff must look.
//
// Whether a door can be used (OutOfService) and whether somebody must look behind it (Unfinished, the mark) are two facts,
// and what is learned of one does not change the other:
//
//	                                                  OutOfService  Unfinished
//	a deposit's first pulse, into an empty slot       –             set, in one transaction with the pulse's intent
//	the door jams at that pulse: it never opened      "jammed"      cleared: the slot is as empty as before
//	that pulse was surely not driven                  stands        cleared, likewise
//	the door jams at any other pulse                  "jammed"      stands: the parcel may lie behind it
//	nobody knows whether the door opened              stands        stands
//	the courier wants a larger slot                   stands        stands until the parcel is recorded elsewhere
//	the courier says broken or dirty, a person stuck  "reported …"  stands, likewise
//	the deposit is recorded, here or elsewhere        stands        cleared
//	the courier looked and says what is inside        stands        cleared
//	a technician takes the slot out of service        their reason  stands
//	a technician puts it back in service              cleared       cleared, but not before they say that they looked
const unfinished = "deposit not finished: look inside"

// clear has a change take away the marks of slots, and tell of those that are out of service nevertheless. The caller
// holds slotting.
func (c *Controller) clear(change *Change, who string, slots ...Slot) {
	for _, slot := range slots {
		state := c.slotState(slot)
		if !state.Unfinished {
			continue
		}
		state.Unfinished, state.Parcel = false, ""
		change.Slots = append(change.Slots, state)
		if state.Out() != "" {
			change.Entries = append(change.Entries, state.entry(who))
		}
	}
}

// noteUnfinished has the journal say that a marked slot stays out of service.
func (c *Controller) noteUnfinished(slot Slot, staff Staff) {
	if state := c.slotState(slot); state.Unfinished {
		c.note(state.entry(staff.Number))
	}
}

// unfinished lists the slots in which somebody must look.
func (c *Controller) unfinished() []Slot {
	return c.slotsThat(func(s SlotState) bool { return s.Unfinished })
}

// lookInside opens a slot in which a deposit was not finished.
func (s *session) lookInside(ctx context.Context, staff Staff, slot Slot) error {
	r := release{slot: slot, why: whyLook, who: staff.Number, parcel: s.c.half(slot)}
	seen, err := s.c.openSlot(ctx, r)
	if errors.Is(err, ErrJammed) {
		return s.jam(ctx, slot)
	}
	if err != nil {
		return err
	}
	return s.settle(ctx, staff, r, seen)
}

// settle ends a deposit that was not finished, at its open door. The courier looks and says what is there: the
// parcel, which is then stored, or nothing, and the slot is free again. Who says nothing leaves it marked.
func (s *session) settle(ctx context.Context, staff Staff, r release, seen result) error {
	r.parcel = s.c.half(r.slot)
	said, err := s.atUnfinished(ctx, r, seen)
	if err != nil {
		return err
	}
	switch {
	case said == ActInside:
		if err := s.stored(ctx, staff, r.parcel, r.slot); err != nil {
			return err
		}
		s.tally.dropped++
	case said == ActBroken:
		return s.c.outOfService(r.slot, staff.Number, "reported by the courier")
	case s.c.slotState(r.slot).Unfinished:
		return s.c.changeSlot(r.slot, staff.Number, func(s *SlotState) error {
			s.Unfinished, s.Parcel = false, ""
			return nil
		})
	}
	return nil
}

// half returns the parcel whose deposit in the slot was not finished, while it is still expected.
func (c *Controller) half(slot Slot) ParcelID {
	id := c.slotState(slot).Parcel
	if p, err := c.parts.Shelf.Parcel(id); err != nil || p.Phase != Expected || c.forbidden(p) != "" {
		return ""
	}
	return id
}

// atUnfinished stays with the door until the courier said what is inside and it is shut, in either order.
func (s *session) atUnfinished(ctx context.Context, r release, seen result) (said Act, err error) {
	v := View{Screen: DropLook, Slot: r.slot, Patience: s.c.times.LeftOpen}
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
		case in.shut, in.silent:
			shut, v.Note = true, SayWhatIsInside
		case act == ActInside && r.parcel != "", act == ActNothing, act == ActBroken:
			said, v.Note = act, DoorStillOpen
		case act == ActReopen:
			if seen, err = s.c.openSlot(ctx, r); errors.Is(err, ErrJammed) {
				return "", cmp.Or(s.jam(ctx, r.slot), errLeft)
			} else if err != nil {
				return "", err
			}
			said, shut, v.Note = "", seen != opened, ""
		}
	}
	return said, nil
}
