package controller

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
)

// dropOff serves a courier: sign in once, then parcel after parcel until there is nothing left to do or
// the courier leaves. It begins with a tap, or with a badge that was scanned at the home screen.
func (s *session) dropOff(ctx context.Context, scanned string) error {
	staff, err := s.signIn(ctx, scanned)
	if err != nil {
		return err
	}
	for {
		chosen, err := s.chooseWork(ctx)
		for _, p := range chosen {
			if p.Phase == Expected {
				err = s.deposit(ctx, staff, p)
			} else {
				err = s.takeBack(ctx, staff, p)
			}
			if err != nil {
				break
			}
		}
		if err != nil && (len(chosen) == 0 || !errors.Is(err, errLeft)) {
			return err
		}
	}
}

// chooseWork lists what is expected and what is to be taken back, and returns one of them, or all that are to
// be taken back.
func (s *session) chooseWork(ctx context.Context) ([]Parcel, error) {
	var note Note
	for {
		work, err := s.c.work()
		if err != nil {
			return nil, err
		}
		v := View{Screen: DropChoose, Parcels: s.c.lines(work), Free: s.c.free(), Note: note}
		if len(work) == 0 {
			v.Note = NothingExpected
		}
		in, err := s.ask(ctx, v)
		if err != nil {
			return nil, err
		}
		if in.answer.Text == allParcels && v.ManyToOpen() > 0 {
			return keep(work, func(p Parcel) bool { return p.Phase != Expected }), nil
		}
		if one := keep(work, func(p Parcel) bool { return string(p.ID) == in.answer.Text }); len(one) > 0 {
			return one, nil
		}
		note = ParcelUnknown
	}
}

// work returns the parcels that a courier can do something about: expected, recalled and overdue ones.
func (c *Controller) work() ([]Parcel, error) {
	parcels, err := c.parts.Shelf.Parcels()
	if err != nil {
		return nil, fmt.Errorf("cannot read the courier's work: %w", err)
	}
	work := keep(parcels, func(p Parcel) bool { return p.Phase != Stored || p.overdue(c.now()) })
	slices.SortFunc(work, func(a, b Parcel) int { return cmp.Compare(a.ID, b.ID) })
	return work, nil
}

// deposit opens a fitting slot and waits for its door to be shut; only then is the parcel stored.
func (s *session) deposit(ctx context.Context, staff Staff, p Parcel) error {
	size, err := s.askSize(ctx, p)
	if err != nil {
		return err
	}
	if err := s.c.PreStep(p, &Change{}); err != nil { // tried before a door opens: what is issued here is not kept
		return err
	}
	for jams := 0; ; {
		slot, err := s.c.freeSlot(p, size)
		if errors.Is(err, ErrFull) {
			_, err := s.ask(ctx, View{Screen: Message, Note: NoFreeSlot, Free: s.c.free()})
			return ignoreIdle(err)
		}
		if err != nil {
			return err
		}
		r := release{slot: slot, why: "deposit", who: staff.Number, parcel: p.ID}
		act, err := s.depositInto(ctx, staff, p, r)
		if err != nil {
			return err
		}
		switch act {
		case ActLarger:
			size = s.c.sizeOf(slot) + 1
		case ActBroken:
			err = s.c.outOfService(slot, staff.Number, "reported by the courier")
		case ActStuck: // jammed, and out of service by now
			if jams++; jams == 2 { // two in a row: not the doors, but what drives them
				_, err := s.ask(ctx, View{Screen: Message, Note: DoorJammed, Slot: slot})
				return ignoreIdle(err)
			}
		default:
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// askSize returns a parcel's size. The courier is asked where nobody said it.
func (s *session) askSize(ctx context.Context, p Parcel) (Size, error) {
	for p.Size < Small || p.Size > Large {
		in, err := s.ask(ctx, View{Screen: DropSize, Free: s.c.free()})
		if err != nil {
			return 0, err
		}
		if in.answer.Act == ActSize {
			fmt.Sscan(in.answer.Text, &p.Size)
		}
	}
	return p.Size, nil
}

// depositInto opens one slot for one parcel. It returns the act that asks for another slot, if one did.
func (s *session) depositInto(ctx context.Context, staff Staff, p Parcel, r release) (Act, error) {
	if err := s.c.mark(r.slot, unfinished); err != nil {
		return "", err
	}
	seen, err := s.c.openSlot(ctx, r)
	if errors.Is(err, ErrJammed) {
		return ActStuck, nil // it is out of service now: try the next slot
	}
	if err != nil {
		return "", err
	}
	act, err := s.followDeposit(ctx, staff, p, r, seen)
	if act == ActLarger || errors.Is(err, errLeft) {
		return act, errors.Join(err, s.c.mark(r.slot, ""))
	}
	if err != nil {
		s.c.note(Entry{What: SlotService, Slot: r.slot, Who: staff.Number, Detail: "out of service: " + unfinished})
	}
	return act, err
}

// unfinished marks a slot from the moment its door is opened for a deposit until the deposit is recorded: a
// parcel may lie there that no record knows. When the courier is gone or the power fails, staff must look.
const unfinished = "deposit not finished: look inside"

// mark sets or clears why a slot is not to be used.
func (c *Controller) mark(slot Slot, reason string) error {
	state := []SlotState{{Slot: slot, OutOfService: reason}}
	if err := c.commit(Change{Slots: state}); err != nil {
		return fmt.Errorf("cannot mark slot %d: %w", slot, err)
	}
	c.rememberSlots(state)
	return nil
}

// followDeposit stays with the door that is open for a deposit until it is shut.
func (s *session) followDeposit(ctx context.Context, staff Staff, p Parcel, r release, seen result) (Act, error) {
	lock := s.c.parts.Doors[r.slot]
	v := View{Screen: DropOpen, Slot: r.slot, Patience: s.c.times.LeftOpen}
	for {
		var sources []source
		if seen == opened {
			sources = append(sources, untilShut(lock))
		}
		in, err := s.ask(ctx, v, sources...)
		if err != nil {
			return "", err // left, or gone: nothing was stored
		}
		switch act := in.answer.Act; {
		case in.shut, act == ActOK && seen == unseen:
			return "", s.stored(ctx, staff, p, r.slot)
		case act == ActReopen || act == ActStuck:
			if seen, err = s.c.openSlot(ctx, r); err != nil && !errors.Is(err, ErrJammed) {
				return "", err
			}
		case act == ActLarger || act == ActBroken:
			return act, nil
		}
	}
}

// stored records a deposit. The method's pre-step is part of it: the recipient is judged, and a code
// issued where one is due, in the same transaction.
func (s *session) stored(ctx context.Context, staff Staff, p Parcel, slot Slot) error {
	if err := s.c.deposited(p.ID, staff.Number, slot); err != nil {
		return err
	}
	v := View{Screen: DropDone, Slot: slot, Patience: s.c.times.Done}
	_, err := s.ask(ctx, v)
	return ignoreIdle(err)
}

func (c *Controller) deposited(id ParcelID, courier string, slot Slot) error {
	c.book.Lock()
	defer c.book.Unlock()
	p, err := c.parts.Shelf.Parcel(id)
	if err != nil {
		return fmt.Errorf("cannot find parcel %s: %w", id, err)
	}
	if p, err = p.step(dropped{slot: slot, generation: c.nextGeneration(), courier: courier}, c.now()); err != nil {
		return err
	}
	change := Change{
		Parcels: []Parcel{p}, Slots: []SlotState{{Slot: slot}},
		Entries: []Entry{{What: Deposited, Slot: slot, Parcel: p.ID, Who: courier}},
	}
	if err := c.PreStep(p, &change); err != nil {
		return err
	}
	if err := c.commit(change); err != nil {
		return err
	}
	c.rememberSlots(change.Slots)
	return nil
}

// takeBack opens the slot of a recalled or overdue parcel for the courier.
func (s *session) takeBack(ctx context.Context, staff Staff, p Parcel) error {
	r := release{slot: p.Slot, why: "take-back", who: staff.Number, parcel: p.ID}
	seen, err := s.c.openSlot(ctx, r)
	if errors.Is(err, ErrJammed) {
		_, err := s.ask(ctx, View{Screen: Message, Note: DoorJammed, Slot: p.Slot})
		return ignoreIdle(err)
	}
	if err != nil {
		return err
	}
	what, err := s.atOpenDoor(ctx, View{Screen: SlotOpen, Slot: p.Slot, Staff: true}, r, seen)
	if err != nil || what == "" { // nobody knows whether the door opened: the parcel stays in the list
		return err
	}
	entry := Entry{What: TakenBack, Slot: p.Slot, Parcel: p.ID, Who: staff.Number}
	if what == NothingInside {
		entry.Detail = "nothing inside"
	}
	_, err = s.c.happen(p.ID, takenBack{}, Change{Entries: []Entry{entry}})
	return err
}
