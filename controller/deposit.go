package controller

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// deposit has the courier agree on a slot, opens it and waits for its door to be shut; only then is the parcel
// stored. Another slot that is asked for at the open door is opened at once. The parcel may still lie in the one that
// was too small or broken, so that stays marked until the parcel is stored elsewhere.
func (s *session) deposit(ctx context.Context, staff Staff, p Parcel) error {
	p, note, err := s.c.stillWanted(p.ID)
	if err != nil {
		return err
	}
	if note != "" {
		return s.say(ctx, View{Screen: Message, Note: note})
	}
	if err := s.c.PreStep(p, &Change{}); err != nil { // tried before a door opens: what is issued here is not kept
		return err
	}
	defer s.leaveTried(staff)
	slot, size, err := s.place(ctx, staff, p)
	if err != nil || slot == 0 {
		return err
	}
	for jams := 0; ; {
		r := release{slot: slot, why: whyDeposit, who: staff.Number, parcel: p.ID, empty: true}
		act, err := s.depositInto(ctx, staff, p, r)
		if err != nil {
			return err
		}
		switch act {
		case ActLarger:
			s.tried, size = append(s.tried, slot), s.c.sizeOf(slot)+1
		case ActBroken:
			s.tried = append(s.tried, slot)
			if err := s.c.outOfService(slot, staff.Number, "reported by the courier"); err != nil {
				return err
			}
		case ActStuck: // jammed, and out of service by now
			if jams++; jams == 2 { // two in a row: not the doors, but what drives them
				return s.say(ctx, View{Screen: Message, Note: DoorJammed, Slot: slot})
			}
		case ActSlot: // somebody was quicker
		default:
			s.tally.dropped++
			return nil
		}
		if slot, err = s.c.freeSlot(p, size); errors.Is(err, ErrFull) {
			return s.say(ctx, View{Screen: Message, Note: NoFreeSlot, Free: s.c.free()})
		}
		if err != nil {
			return err
		}
	}
}

// stillWanted returns a parcel as it is now, and the sentence that says why it must not be dropped off, if it must not.
func (c *Controller) stillWanted(id ParcelID) (Parcel, Note, error) {
	p, err := c.parts.Shelf.Parcel(id)
	if err != nil {
		return p, "", fmt.Errorf("cannot find parcel %s: %w", id, err)
	}
	if p.Phase != Expected {
		return p, ParcelUnknown, nil
	}
	return p, c.forbidden(p), nil
}

// depositInto opens one slot for one parcel. It returns the act that asks for another slot, if one did, ActStuck for a door
// that never opened, or ActSlot when the slot is no longer free.
func (s *session) depositInto(ctx context.Context, staff Staff, p Parcel, r release) (Act, error) {
	_, note, err := s.c.stillWanted(p.ID)
	if err != nil {
		return "", err
	}
	if note != "" { // recalled or refused while the courier chose
		return "", errors.Join(s.say(ctx, View{Screen: Message, Note: note}), errLeft)
	}
	seen, err := s.c.openSlot(ctx, r)
	switch {
	case errors.Is(err, ErrJammed):
		return ActStuck, nil
	case errors.Is(err, ErrOut), errors.Is(err, ErrTaken):
		return ActSlot, nil
	case err != nil:
		s.c.noteUnfinished(r.slot, staff) // where it was marked, a pulse failed
		return "", err
	}
	r.empty = false // from here on the parcel may lie there
	act, seen, err := s.followDeposit(ctx, staff, p, r, seen)
	if err != nil || act == ActBack {
		s.c.noteUnfinished(r.slot, staff)
	}
	if act == ActBack { // cancelled: the parcel may lie there, so the courier says what is inside
		err = cmp.Or(s.settle(ctx, staff, r, seen), errLeft)
	}
	return act, err
}

// leaveTried ends a deposit: where the parcel was stored in no slot, those that were opened for it stay marked.
func (s *session) leaveTried(staff Staff) {
	for _, slot := range s.tried {
		s.c.noteUnfinished(slot, staff)
	}
	s.tried = nil
}

// followDeposit stays with the door that is open for a deposit until it is shut, or the courier wants another slot or
// cancels. It returns that act, and what was seen of the door when it was opened last.
func (s *session) followDeposit(ctx context.Context, staff Staff, p Parcel, r release, seen result) (Act, result, error) {
	lock := s.c.parts.Doors[r.slot]
	v := View{Screen: DropOpen, Slot: r.slot, Size: s.c.sizeOf(r.slot), Free: s.c.free(), Patience: s.c.times.LeftOpen}
	for {
		var sources []source
		if seen == opened {
			sources = append(sources, untilShut(lock))
		}
		v.Blind = seen == unseen
		in, err := s.ask(ctx, v, sources...)
		if errors.Is(err, errLeft) {
			return ActBack, seen, nil
		}
		if err != nil {
			return "", seen, err // gone: nothing was stored
		}
		switch act := in.answer.Act; {
		case in.silent:
			seen = unseen // from now on
		case in.shut, act == ActOK && seen == unseen:
			return "", seen, s.stored(ctx, staff, p.ID, r.slot)
		case act == ActReopen || act == ActStuck:
			if seen, err = s.c.openSlot(ctx, r); errors.Is(err, ErrJammed) {
				return "", seen, cmp.Or(s.jam(ctx, r.slot), errLeft) // the parcel may lie behind it
			} else if err != nil {
				return "", seen, err
			}
		case act == ActLarger || act == ActBroken:
			return act, seen, nil
		}
	}
}

// stored records a deposit. The method's pre-step is part of it: the recipient is judged, and a code
// issued where one is due, in the same transaction. The next parcel may be scanned at once, and whoever has none signs
// out. A parcel that was recalled or refused while the door was open is not stored.
func (s *session) stored(ctx context.Context, staff Staff, id ParcelID, slot Slot) error {
	note, err := s.c.deposited(id, staff.Number, slot, s.tried)
	if err != nil {
		return err
	}
	if note != "" {
		return s.takeOut(ctx, staff, slot)
	}
	s.tried = nil
	in, err := s.ask(ctx, View{Screen: DropDone, Slot: slot, Patience: s.c.times.Done})
	if errors.Is(err, errLeft) {
		return errSignedOut
	}
	if in.answer.Act == ActScan {
		s.scanned = in.answer.Text
	}
	return ignoreIdle(err)
}

// takeOut has the courier take a parcel out again that must not stay, and say that its slot is empty. Who leaves
// instead leaves the slot marked. It leads back to the list.
func (s *session) takeOut(ctx context.Context, staff Staff, slot Slot) error {
	if _, err := s.ask(ctx, View{Screen: Message, Note: TakeItOut, Slot: slot}); err != nil {
		return err
	}
	return cmp.Or(s.lookInside(ctx, staff, slot), errLeft)
}

// deposited commits a deposit and clears the marks of its slot and of those that were tried before. It commits nothing
// but returns the sentence that says why, where the parcel is not wanted any more.
func (c *Controller) deposited(id ParcelID, courier string, slot Slot, tried []Slot) (Note, error) {
	c.book.Lock()
	defer c.book.Unlock()
	c.slotting.Lock()
	defer c.slotting.Unlock()
	p, note, err := c.stillWanted(id)
	if err != nil || note != "" {
		return note, err
	}
	if p, err = p.step(dropped{slot: slot, generation: c.nextGeneration(), courier: courier}, time.Now()); err != nil {
		return "", err
	}
	change := Change{
		Parcels: []Parcel{p},
		Entries: []Entry{{What: Deposited, Slot: slot, Parcel: p.ID, Who: courier, Detail: p.Consent.detail()}},
	}
	if err := c.PreStep(p, &change); err != nil {
		return "", err
	}
	c.clear(&change, courier, append(tried, slot)...)
	return "", c.write(change)
}
