package controller

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
)

// place agrees with the courier on a parcel's slot: that its recipient wants it in a locker, where somebody must
// say so; how large it is; and which of the free slots it goes into. The slot that fits best is proposed. It
// returns the slot, 0 when none is free, and the size that was asked for.
func (s *session) place(ctx context.Context, staff Staff, p Parcel) (Slot, Size, error) {
	v := View{Screen: DropSlot, Size: p.Size, Consent: p.Consent, AskConsent: s.c.asksConsent(p)}
	v.Masked, v.Tail = s.c.addressee(p.Recipient)
	for {
		v.Parcels = s.c.lines([]Parcel{p})
		if v.Free = s.c.free(); v.Free[Small]+v.Free[Medium]+v.Free[Large] == 0 {
			return 0, 0, s.say(ctx, View{Screen: Message, Note: CabinetFull, Free: v.Free})
		}
		if err := s.c.propose(&v, p); err != nil {
			return 0, 0, err
		}
		in, err := s.ask(ctx, v)
		if err != nil {
			return 0, 0, err
		}
		n, _ := strconv.Atoi(in.answer.Text)
		switch v.Note = ""; in.answer.Act {
		case ActSize:
			v.Size, v.Slot = Size(n), 0
		case ActSlot:
			v.Slot = Slot(n)
		case ActOK:
			if free, err := s.c.isFree(v.Slot); err != nil || !free {
				continue // somebody was quicker: another one is proposed
			}
			if v.AskConsent {
				err = s.c.agreed(p.ID, staff.Number)
			}
			return v.Slot, cmp.Or(v.Size, s.c.sizeOf(v.Slot)), err
		}
	}
}

// propose fills in the slot: the one that was chosen while it is free, or else the one that fits best.
func (c *Controller) propose(v *View, p Parcel) error {
	if free, err := c.isFree(v.Slot); free || err != nil {
		return err
	}
	v.Slot = 0
	if v.Size < Small || v.Size > Large {
		return nil // first its size
	}
	slot, err := c.freeSlot(p, v.Size)
	if errors.Is(err, ErrFull) {
		v.Note = NoFreeSlot
		return nil
	}
	v.Slot = slot
	return err
}

func (c *Controller) isFree(slot Slot) (bool, error) {
	plans, err := c.freeSlots()
	return slices.ContainsFunc(plans, func(plan Plan) bool { return plan.Slot == slot }), err
}

// addressee is what a courier compares with the label: the recipient's masked name and the last four digits of
// the phone number.
func (c *Controller) addressee(id RecipientID) (masked, tail string) {
	r, err := c.parts.People.Recipient(id)
	if err != nil {
		return c.masked(id), ""
	}
	return c.masked(id), r.PhoneTail
}
