package controller

import (
	"context"
	"crypto/rand"
	"errors"
	"time"
)

// Announcement is a parcel that nobody assigned and a courier brings all the same: the information system makes
// it and its recipient, by the phone number, and sends both down as it does for every other parcel.
type Announcement struct {
	ID      [16]byte // of this request; repeated, it makes one parcel
	Phone   string   // as typed; it goes up sealed and is kept nowhere here
	Label   ParcelID // the parcel's own number, where it was scanned
	Courier string   // staff number
}

// Errors of an announcement that a courier is told about.
var (
	ErrOffline   = errors.New("the information system does not answer")
	ErrNoPhone   = errors.New("that is no phone number")
	ErrForbidden = errors.New("parcels are not announced at this cabinet")
	ErrUnwanted  = errors.New("the recipient wants no parcel in a locker")
	ErrLabelUsed = errors.New("there is a parcel with that number already")
)

// announcementNotes says which sentence tells of which error.
var announcementNotes = []struct {
	err  error
	note Note
}{
	{ErrOffline, NoNetwork}, {ErrForbidden, WalkUpForbidden}, {ErrUnwanted, RecipientRefuses}, {ErrLabelUsed, LabelUsed},
	{ErrFull, CabinetFull},
}

// walkUp announces a parcel by its recipient's phone number and drops it off. Without the information system
// this is refused: nobody could judge the recipient, ask them, or tell them that the parcel lies here.
func (s *session) walkUp(ctx context.Context, staff Staff, label ParcelID) error {
	v := View{Screen: DropPhone}
	if label != "" {
		v.Parcels = []ParcelLine{{ID: label}}
	}
	for {
		if s.c.parts.Online != nil && !s.c.parts.Online() {
			return s.say(ctx, View{Screen: Message, Note: NoNetwork})
		}
		if free := s.c.free(); free[Small]+free[Medium]+free[Large] == 0 { // before its recipient is told of a parcel
			return s.say(ctx, View{Screen: Message, Note: CabinetFull, Free: free})
		}
		phone, err := s.digits(ctx, v)
		if err != nil {
			return err
		}
		a := Announcement{Phone: phone, Label: label, Courier: staff.Number}
		rand.Read(a.ID[:])
		p, err := s.announce(ctx, a)
		if err == nil {
			return s.deposit(ctx, staff, p)
		}
		if v.Note = PhoneWrong; errors.Is(err, ErrNoPhone) {
			continue
		}
		for _, known := range announcementNotes {
			if errors.Is(err, known.err) {
				return s.say(ctx, View{Screen: Message, Note: known.note})
			}
		}
		return err
	}
}

// announce asks the information system for the parcel and waits until desired state has brought it.
func (s *session) announce(ctx context.Context, a Announcement) (p Parcel, err error) {
	var failed error
	wait := func(ctx context.Context, _ uint64) (input, bool) {
		p, failed = s.c.arrival(ctx, a)
		return input{arrived: true}, ctx.Err() == nil
	}
	v := View{Screen: Comparing, Patience: s.c.times.Announce}
	for {
		in, err := s.ask(ctx, v, wait) // a key pressed meanwhile asks again, for the same parcel
		switch {
		case errors.Is(err, errIdle):
			return Parcel{}, ErrOffline
		case err != nil:
			return Parcel{}, err
		case in.arrived:
			return p, failed
		}
	}
}

// arrival returns an announced parcel when it is here, which the answer may be a moment ahead of.
func (c *Controller) arrival(ctx context.Context, a Announcement) (Parcel, error) {
	id, err := c.parts.Announce(ctx, a)
	if err != nil {
		return Parcel{}, err
	}
	for {
		p, err := c.parts.Shelf.Parcel(id)
		if !errors.Is(err, ErrUnknown) || ctx.Err() != nil {
			return p, err
		}
		pause(ctx, 100*time.Millisecond)
	}
}
