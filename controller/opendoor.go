package controller

import (
	"context"
	"errors"
	"time"
)

// openDoor is a door that was opened for somebody, and what became of the parcel behind it.
type openDoor struct {
	release
	lock   Lock
	begun  time.Time
	seen   result
	what   What // CollectedIt, NothingInside, Recalled, or "" when nobody knows whether the door ever opened
	said   bool // by the person
	pulled bool // the person says that it does not open, and it was pulsed once more
}

// atOpenDoor stays with an open door until it is shut, or until the person says that the parcel is taken
// where the switch cannot see it, or can no longer. A door left open ends the wait, too: its watch raises the alarm. It
// returns what became of the parcel: CollectedIt, NothingInside, Recalled when its recipient puts it back, or ""
// when nobody knows whether the door ever opened.
func (s *session) atOpenDoor(ctx context.Context, v View, r release, seen result) (What, error) {
	d := openDoor{release: r, lock: s.c.parts.Doors[r.slot], begun: time.Now(), seen: seen, what: unlessSaid(seen)}
	v.Patience = s.c.times.LeftOpen
	for {
		var sources []source
		if v.Blind = d.seen == unseen; d.seen == opened {
			sources = append(sources, untilShut(d.lock))
		}
		in, err := s.ask(ctx, v, sources...)
		if errors.Is(err, errIdle) || errors.Is(err, errLeft) || in.shut || in.silent && d.said {
			return d.what, nil
		}
		if err != nil {
			return "", err
		}
		if in.silent {
			d.seen = unseen // from now on
			continue
		}
		over, before := false, d.what
		switch in.answer.Act {
		case ActTaken, ActNothing, ActReturn:
			if over = s.believe(&d, in.answer.Act, &v); !over && d.what != before {
				s.c.said(d)
			}
		case ActReopen, ActStuck:
			over, err = s.reopen(ctx, &d, in.answer.Act, &v)
		}
		if over || err != nil {
			return d.what, err
		}
	}
}

// believe takes the person's word for what became of the parcel, and tells whether that is the end: the door is shut,
// or its switch will not tell.
func (s *session) believe(d *openDoor, act Act, v *View) (over bool) {
	switch {
	case act == ActTaken:
		d.what, d.said, v.Note = CollectedIt, true, DoorStillOpen
		shut, err := s.c.shut(d.lock)
		return err != nil || shut || d.seen == unseen
	case act == ActNothing && !v.Emptied:
		d.what, d.said, v.Note = NothingInside, true, DoorStillOpen
	case act == ActReturn && !v.Emptied && !s.courier:
		d.what, d.said, v.Note = Recalled, true, PutBack
	default:
		return false
	}
	return d.seen == unseen
}

// said notes a recipient's word for what became of the parcel before the door is shut, so that it outlives a power cut.
func (c *Controller) said(d openDoor) {
	if !forRecipient(d.why) && d.why != whyReopen {
		return
	}
	if _, err := c.happen(d.parcel, said{d.what}, Change{}); err != nil { // the word counts all the same once the door is shut
		c.log.Error("cannot note what a recipient said at the open door", "parcel", d.parcel, "err", err)
	}
}

// reopen pulses the door once more for who stands at it, for as long as they may ask for that. A door that is still
// stuck then is over for them, and its slot out of service.
func (s *session) reopen(ctx context.Context, d *openDoor, act Act, v *View) (over bool, err error) {
	late := time.Since(d.begun) > s.c.times.Reopen
	if late && act == ActReopen {
		return false, nil
	}
	d.what, d.said = "", false
	if late || d.pulled && act == ActStuck {
		return true, s.stuck(ctx, d.release)
	}
	d.pulled = act == ActStuck
	if forRecipient(d.why) {
		d.why = whyReopen // who else opens keeps their reason
	}
	d.seen, err = s.c.openSlot(ctx, d.release)
	switch {
	case errors.Is(err, ErrJammed):
		return true, s.jam(ctx, d.slot)
	case err != nil:
		return true, err
	case d.pulled:
		v.Note = PullNow
	}
	d.what = unlessSaid(d.seen)
	return false, nil
}

// stuck takes a slot out of service whose door, its user says, does not open in spite of another pulse.
func (s *session) stuck(ctx context.Context, r release) error {
	if err := s.c.outOfService(r.slot, r.who, "reported stuck"); err != nil {
		return err
	}
	return s.jam(ctx, r.slot)
}

// jam tells that a door did not open and whom to call.
func (s *session) jam(ctx context.Context, slot Slot) error {
	return s.say(ctx, View{Screen: Message, Note: DoorJammed, Slot: slot})
}

// unlessSaid is what became of a parcel when its recipient says nothing: collected behind a door that was
// seen open, unknown behind one that was not.
func unlessSaid(seen result) What {
	if seen == opened {
		return CollectedIt
	}
	return ""
}

// untilShut is a source that waits for the door to be shut, or for its switch to fall silent: then the word of whoever
// stands there has to count.
func untilShut(lock Lock) source {
	return func(ctx context.Context, _ uint64) (input, bool) {
		err := lock.WaitShut(ctx)
		return input{shut: err == nil, silent: err != nil}, ctx.Err() == nil
	}
}
