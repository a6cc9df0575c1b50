package controller

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// task is what a courier chose to do next.
type task struct {
	parcels []Parcel // to drop off or to take back
	look    Slot     // or a slot in which a parcel may lie that nobody recorded
	phone   bool     // or to announce a parcel by its recipient's phone number
	label   ParcelID // which may have a label that was scanned
}

// tally counts what a courier did since signing in.
type tally struct{ dropped, tookBack int }

// dropOff serves a courier: sign in once, then parcel after parcel until there is nothing left to do or
// the courier leaves. It begins with a tap, or with a badge that was scanned at the home screen.
func (s *session) dropOff(ctx context.Context, scanned string) error {
	staff, err := s.signIn(ctx, scanned)
	if err != nil {
		return err
	}
	s.courier = true
	for {
		next, err := s.chooseWork(ctx)
		if err != nil {
			return err
		}
		err = s.carryOut(ctx, staff, next)
		if errors.Is(err, errSignedOut) || err != nil && !errors.Is(err, errLeft) {
			return err
		}
	}
}

// carryOut does what was chosen. Leaving one task leads back to the list.
func (s *session) carryOut(ctx context.Context, staff Staff, next task) (err error) {
	switch {
	case next.look != 0:
		return s.lookInside(ctx, staff, next.look)
	case next.phone:
		return s.walkUp(ctx, staff, next.label)
	}
	for _, p := range next.parcels {
		if p.Phase == Expected {
			err = s.deposit(ctx, staff, p)
		} else {
			err = s.takeBack(ctx, staff, p)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// chooseWork lists what is expected, what is to be taken back and where to look inside, and returns one of them,
// or all that are to be taken back. A parcel that was scanned meanwhile chooses itself.
func (s *session) chooseWork(ctx context.Context) (task, error) {
	var note Note
	var label ParcelID
	for {
		v, work, err := s.workView(note)
		if err != nil {
			return task{}, err
		}
		a := Answer{Act: ActScan, Text: s.scanned}
		if s.scanned = ""; a.Text == "" {
			in, err := s.ask(ctx, v)
			if err != nil {
				return task{}, err
			}
			a = in.answer
		}
		if next, ok := v.chosen(a, work); ok {
			next.label = label
			return next, nil
		}
		note = ParcelUnknown
		if a.Act != ActScan {
			continue
		}
		switch _, err := s.c.badge(a.Text); {
		case err == nil: // it would go up as the parcel's number
			note = BadgeNoParcel
		case errors.Is(err, ErrUnknown):
			label = ParcelID(a.Text)
		default:
			return task{}, fmt.Errorf("cannot tell a badge from a parcel: %w", err)
		}
	}
}

// workView is the list of today's work.
func (s *session) workView(note Note) (View, []Parcel, error) {
	work, err := s.c.work()
	if err != nil {
		return View{}, nil, err
	}
	lines := s.c.lines(work)
	for i, p := range work {
		if p.Phase == Expected {
			_, lines[i].Tail = s.c.addressee(p.Recipient)
		}
	}
	v := View{
		Screen: DropChoose, Parcels: lines, Looks: s.c.unfinished(), Free: s.c.free(), Note: note,
		WalkUp: s.c.parts.Announce != nil && s.c.inForce().WalkUp, Dropped: s.tally.dropped, TookBack: s.tally.tookBack,
	}
	if len(work) == 0 && note == "" {
		v.Note = NothingExpected
	}
	return v, work, nil
}

// chosen returns the task that an answer to the list of work names.
func (v View) chosen(a Answer, work []Parcel) (task, bool) {
	switch a.Act {
	case ActPhone:
		return task{phone: true}, v.WalkUp
	case ActLook:
		n, err := strconv.Atoi(a.Text)
		return task{look: Slot(n)}, err == nil && slices.Contains(v.Looks, Slot(n))
	case ActAll:
		return task{parcels: keep(work, func(p Parcel) bool { return p.Phase != Expected })}, v.ManyToOpen() > 0
	case ActChoose, ActScan:
		one := keep(work, func(p Parcel) bool { return string(p.ID) == a.Text })
		return task{parcels: one}, len(one) > 0
	}
	return task{}, false
}

// work returns the parcels that a courier can do something about: expected, recalled and overdue ones.
func (c *Controller) work() ([]Parcel, error) {
	parcels, err := c.parts.Shelf.Parcels()
	if err != nil {
		return nil, fmt.Errorf("cannot read the courier's work: %w", err)
	}
	work := keep(parcels, func(p Parcel) bool { return p.Phase != Stored || p.overdue(time.Now()) })
	slices.SortFunc(work, func(a, b Parcel) int { return cmp.Compare(a.ID, b.ID) })
	return work, nil
}

// takeBack opens the slot of a recalled or overdue parcel for the courier, unless it lies there by right by now: its
// recipient was given more time.
func (s *session) takeBack(ctx context.Context, staff Staff, p Parcel) error {
	now, err := s.c.parts.Shelf.Parcel(p.ID)
	if err != nil {
		return fmt.Errorf("cannot read a parcel to be taken back: %w", err)
	}
	if now.Phase == Stored && !now.overdue(time.Now()) {
		return s.say(ctx, View{Screen: Message, Note: ParcelUnknown})
	}
	r := release{slot: p.Slot, why: whyTakeBack, who: staff.Number, parcel: p.ID, generation: p.Generation}
	seen, err := s.c.openSlot(ctx, r)
	switch {
	case errors.Is(err, errNotTheirs):
		return s.say(ctx, View{Screen: Message, Note: ParcelUnknown})
	case errors.Is(err, ErrJammed):
		return s.jam(ctx, p.Slot)
	case err != nil:
		return err
	}
	what, err := s.atOpenDoor(ctx, View{Screen: SlotOpen, Slot: p.Slot}, r, seen)
	if err != nil || what == "" { // nobody knows whether the door opened: the parcel stays in the list
		return err
	}
	entry := Entry{What: TakenBack, Slot: p.Slot, Parcel: p.ID, Who: staff.Number}
	if what == NothingInside {
		entry.Detail = "nothing inside"
	}
	if _, err = s.c.happen(p.ID, takenBack{}, Change{Entries: []Entry{entry}}); err == nil {
		s.tally.tookBack++
	}
	return err
}
