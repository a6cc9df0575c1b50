package controller

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"
)

// handOver opens the slots of the parcels that the claim is good for: all of the recipient's, or the one
// whose code alone was given.
func (s *session) handOver(ctx context.Context, cl *claim) error {
	lying, err := s.c.candidates(&claim{recipient: cl.recipient})
	if err != nil {
		return err
	}
	if len(cl.kinds) == 1 && cl.parcel != "" {
		lying = keep(lying, func(p Parcel) bool { return p.ID == cl.parcel })
	}
	why := whyMatch
	if cl.parcel != "" {
		why = whyCode
	}
	masked, handed, empty := s.c.masked(cl.recipient), false, Slot(0)
	for len(lying) > 0 {
		chosen, err := s.choose(ctx, masked, lying)
		if err != nil {
			return err
		}
		for i, p := range chosen {
			v := View{Screen: SlotOpen, Slot: p.Slot, Step: i + 1, Steps: len(chosen)}
			r := release{slot: p.Slot, why: why, who: string(cl.recipient), parcel: p.ID, generation: p.Generation}
			what, err := s.collect(ctx, v, p, r)
			if err != nil {
				return err
			}
			if handed = handed || what != ""; what == NothingInside {
				empty = p.Slot
			}
			lying = keep(lying, func(other Parcel) bool { return other.ID != p.ID })
		}
		masked = "" // a door was open: whoever stands here now reads no name
	}
	if handed {
		return s.lastWord(ctx, empty)
	}
	return nil
}

// choose lets a person with several parcels pick one or all.
func (s *session) choose(ctx context.Context, masked string, lying []Parcel) ([]Parcel, error) {
	if len(lying) == 1 {
		return lying, nil
	}
	v := View{Screen: YourParcels, Masked: masked, Parcels: s.c.lines(lying)}
	for {
		in, err := s.ask(ctx, v)
		if err != nil {
			return nil, err
		}
		switch in.answer.Act {
		case ActAll:
			return lying, nil
		case ActChoose:
			if one := keep(lying, func(p Parcel) bool { return string(p.ID) == in.answer.Text }); len(one) == 1 {
				return one, nil
			}
		}
	}
}

// collect opens one parcel's slot, with v on the screen, and follows its door: pulsed, opened, taken and shut are four facts. It
// returns what became of the parcel; behind a jammed door it stays, which is "".
func (s *session) collect(ctx context.Context, v View, p Parcel, r release) (What, error) {
	seen, err := s.c.openSlot(ctx, r)
	switch {
	case errors.Is(err, errNotTheirs): // recalled while its recipient stood here
		return "", s.say(ctx, View{Screen: Message, Note: AskHuman})
	case errors.Is(err, ErrJammed):
		return "", s.jam(ctx, p.Slot)
	case err != nil:
		return "", err
	}
	what, err := s.atOpenDoor(ctx, v, r, seen)
	if ctx.Err() != nil {
		return "", err
	}
	if err != nil || what == "" {
		_, kerr := s.c.happen(p.ID, kept{}, Change{})
		return "", errors.Join(err, kerr)
	}
	if err := s.c.handedOver(p, what, time.Time{}); err != nil {
		return what, err
	}
	if what == CollectedIt {
		s.c.offerAgain(r)
	}
	return what, nil
}

// errNotTheirs is why no door is opened for a recipient, or for a courier who takes a parcel back: it was recalled
// or collected meanwhile.
var errNotTheirs = errors.New("the parcel is not theirs to take any more")

// stillTheirs returns errNotTheirs where a parcel is not to be had any more by those for whom its door would be opened.
func (c *Controller) stillTheirs(r release) error {
	if !forRecipient(r.why) && r.why != whyTakeBack {
		return nil
	}
	p, err := c.parts.Shelf.Parcel(r.parcel)
	if err != nil {
		return err
	}
	lies := p.Phase == Stored || p.Phase == CalledIn && r.why == whyTakeBack
	if !lies || p.Generation != r.generation {
		return errNotTheirs
	}
	return nil
}

// openedFor returns the parcel of a release as it is once its door was opened for its recipient, or for a courier,
// whose word counts then; no parcel for any other release. Behind a door that opens no more it stays. The caller holds
// book.
func (c *Controller) openedFor(r release, seen result) ([]Parcel, error) {
	became := happening(shown{unseen: seen == unseen})
	switch {
	case r.why == whyReopen && seen == jammed:
		became = kept{}
	case seen == jammed:
		return nil, nil
	case r.why == whyTakeBack:
		became = kept{}
	case !forRecipient(r.why) && r.why != whyReopen:
		return nil, nil
	}
	p, err := c.parts.Shelf.Parcel(r.parcel)
	if err != nil {
		return nil, err
	}
	if p, err = p.step(became, time.Now()); err != nil {
		return nil, err
	}
	return []Parcel{p}, nil
}

// handedOver records what became of a parcel whose door was opened for its recipient: now, or before the power was lost
// at the opening that was then.
func (c *Controller) handedOver(p Parcel, what What, opened time.Time) error {
	entry := Entry{What: what, Slot: p.Slot, Parcel: p.ID, Who: string(p.Recipient)}
	if !opened.IsZero() {
		entry.Detail = "power was lost while the door was open"
	}
	change, became := Change{}, happening(taken{opened})
	switch what {
	case NothingInside:
		change.Slots = []SlotState{{Slot: p.Slot, OutOfService: "reported empty"}}
	case Recalled:
		entry.Detail, became = "put back by the recipient", handedBack{opened}
		change.DropCodes = []ParcelID{p.ID}
	}
	change.Entries = []Entry{entry}
	_, err := c.happen(p.ID, became, change)
	return err
}

// finishHandOvers ends the hand-overs that a power cut interrupted after the door had opened: when the
// door is seen shut, what its recipient said counts, and without a word the parcel as collected. A recipient or courier
// who has the door opened again meanwhile has the last word. Behind a door that nobody saw open the parcel stays.
func (c *Controller) finishHandOvers(ctx context.Context) {
	parcels, err := c.parts.Shelf.Parcels()
	if err != nil {
		c.log.Error("cannot look for interrupted hand-overs", "err", err)
		return
	}
	var open sync.WaitGroup
	defer open.Wait()
	for _, p := range parcels {
		if lock, ok := c.parts.Doors[p.Slot]; ok && p.handingOver() {
			if p.Said == PulseUnseen {
				if _, err := c.happen(p.ID, kept{}, Change{}); err != nil {
					c.log.Error("cannot finish an interrupted hand-over", "parcel", p.ID, "err", err)
				}
				continue
			}
			open.Go(func() { c.finishHandOver(ctx, p, lock) })
		}
	}
}

func (c *Controller) finishHandOver(ctx context.Context, p Parcel, lock Lock) {
	for !c.shutUnlessPulsed(ctx, p.Slot, lock) {
		if pause(ctx, time.Second); ctx.Err() != nil {
			return // the parcel stays its recipient's
		}
	}
	defer func() { <-c.opening[p.Slot] }()
	err := c.handedOver(p, cmp.Or(p.Said, CollectedIt), p.Opened)
	if err != nil && !errors.Is(err, errOpenedSince) {
		c.log.Error("cannot finish an interrupted hand-over", "parcel", p.ID, "err", err)
	}
}

// shutUnlessPulsed waits for a door to be shut, and tells whether it is so when nobody pulses it: then nobody can until
// the caller empties opening. One that is shut during a pulse is open after it.
func (c *Controller) shutUnlessPulsed(ctx context.Context, slot Slot, lock Lock) bool {
	if lock.WaitShut(ctx) != nil {
		return false
	}
	select {
	case c.opening[slot] <- struct{}{}:
	case <-ctx.Done():
		return false
	}
	shut, err := lock.Shut()
	if err == nil && shut {
		return true
	}
	<-c.opening[slot]
	return false
}

// lines lists parcels for the screen.
func (c *Controller) lines(parcels []Parcel) []ParcelLine {
	low := make(map[Slot]bool)
	for _, plan := range c.parts.Plan {
		low[plan.Slot] = plan.Low
	}
	lines := make([]ParcelLine, len(parcels))
	for i, p := range parcels {
		lines[i] = ParcelLine{ID: p.ID, Slot: p.Slot, Size: p.Size, Low: low[p.Slot], Back: p.Phase != Expected, Refused: p.Consent == ConsentRefused}
	}
	return lines
}

// masked returns a recipient's name with all but its first character hidden.
func (c *Controller) masked(id RecipientID) string {
	r, err := c.parts.People.Recipient(id)
	if err != nil || r.Name == "" {
		return "*"
	}
	return string([]rune(r.Name)[:1]) + "*"
}

func keep[T any](all []T, wanted func(T) bool) []T {
	var kept []T
	for _, one := range all {
		if wanted(one) {
			kept = append(kept, one)
		}
	}
	return kept
}

// handingOver tells whether a parcel's door was opened for its recipient and nobody has said what became of it. One that
// was recalled since may have been put back, so that a courier has to look.
func (p Parcel) handingOver() bool { return p.Phase == Stored && !p.Opened.IsZero() }

// overdue tells whether a parcel has lain longer than it should.
func (p Parcel) overdue(now time.Time) bool { return !p.Due.IsZero() && now.After(p.Due) }
