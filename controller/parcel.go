package controller

import (
	"errors"
	"fmt"
	"time"
)

// Phase is where a parcel is in its life.
type Phase string

// A parcel's life: expected → stored → collected | recalled → returned.
const (
	Expected  Phase = "expected"
	Stored    Phase = "stored"
	Collected Phase = "collected"
	CalledIn  Phase = "recalled" // lies in its slot; only staff take it
	Returned  Phase = "returned"
)

// Ended tells whether nothing more happens to a parcel in this phase.
func (p Phase) Ended() bool { return p == Collected || p == Returned }

// happening is what can befall a parcel.
type happening interface{ isHappening() }

type (
	dropped struct { // into a slot whose door was shut behind it
		slot       Slot
		generation uint64
		courier    string
	}
	shown struct { // its door was opened for its recipient
		unseen bool // pulsed, and nobody knows whether it opened
	}
	kept  struct{}            // behind a door that did not open after all, or that staff opened since
	said  struct{ what What } // of it, by its recipient at the open door
	taken struct {            // by its recipient
		opened time.Time // at the opening that was then, unless it has been opened again since; zero for the last one
	}
	recalled   struct{} // by the information system
	handedBack struct { // by its recipient, into its slot
		opened time.Time // as when taken
	}
	takenBack  struct{} // by staff
	reassigned struct{ Assignment }
	consented  struct{ Consent } // somebody said whether its recipient agreed to the locker
)

func (dropped) isHappening()    {}
func (shown) isHappening()      {}
func (kept) isHappening()       {}
func (said) isHappening()       {}
func (taken) isHappening()      {}
func (recalled) isHappening()   {}
func (handedBack) isHappening() {}
func (takenBack) isHappening()  {}
func (reassigned) isHappening() {}
func (consented) isHappening()  {}

// step is the parcel's life as a pure function: what it becomes when h happens at now, or an error that
// names what does not fit. The parcel given is not changed.
func (p Parcel) step(h happening, now time.Time) (Parcel, error) {
	lies := p.Phase == Stored || p.Phase == CalledIn // in its slot
	switch h := h.(type) {
	case dropped:
		if p.Phase != Expected {
			return p, p.unfit("be dropped off")
		}
		p.Phase, p.Slot, p.Generation, p.Courier, p.Stored = Stored, h.slot, h.generation, h.courier, now
	case shown:
		if !lies { // as it did until the lock was pulsed
			return p, p.unfit("be handed over")
		}
		if p.Opened, p.Said = now, ""; h.unseen {
			p.Said = PulseUnseen
		}
	case kept:
		p.Opened, p.Said = time.Time{}, ""
	case said:
		if !lies || p.Opened.IsZero() {
			return p, p.unfit("be spoken of at its door")
		}
		p.Said = h.what
	case taken:
		if p.openedSince(h.opened) { // first: by now it may have been taken, and rightly
			return p, errOpenedSince
		}
		handedOver := p.Phase == CalledIn && !p.Opened.IsZero() // recalled while its recipient had the door open
		if p.Phase != Stored && !handedOver {
			return p, p.unfit("be collected")
		}
		p.Phase, p.Said = Collected, ""
	case recalled:
		switch {
		case p.Phase == Expected:
			p.Phase = Returned
		case lies:
			p.Phase = CalledIn
		default:
			return p, p.unfit("be recalled")
		}
	case handedBack:
		if p.openedSince(h.opened) {
			return p, errOpenedSince
		}
		if !lies {
			return p, p.unfit("be handed back")
		}
		p.Phase, p.Opened, p.Said = CalledIn, time.Time{}, ""
	case takenBack:
		if !lies {
			return p, p.unfit("be taken back")
		}
		p.Phase = Returned
	case reassigned:
		if p.Phase.Ended() {
			return p, p.unfit("be assigned again")
		}
		p.Due = h.Due
		if p.Phase == Expected {
			p.Recipient, p.Size, p.Consent = h.Recipient, h.Size, p.Consent.after(h.Consent)
		}
	case consented:
		if p.Phase != Expected {
			return p, p.unfit("be agreed to")
		}
		if h.Consent != ConsentSaid || p.Consent != ConsentGiven && p.Consent != ConsentRefused {
			p.Consent = h.Consent // a courier's word replaces no word of the recipient
		}
	}
	return p, nil
}

// errOpenedSince is why a parcel is not taken at an opening that was not the last one: whoever had it opened since says
// what became of it.
var errOpenedSince = errors.New("the parcel's door was opened again since")

// openedSince tells whether an opening was not the last one; none stands for the last.
func (p Parcel) openedSince(opened time.Time) bool {
	return !opened.IsZero() && !opened.Equal(p.Opened)
}

func (p Parcel) unfit(verb string) error {
	return fmt.Errorf("parcel %s is %s and cannot %s", p.ID, p.Phase, verb)
}
