package controller

import (
	"context"
	"fmt"
	"slices"

	"lockerd/matcher"
)

// erase destroys what the invitation's recipient stored of the kinds, once they have said so twice. The one-time
// invitation proves who it is as well as it does for storing, and it is spent by either.
func (s *session) erase(ctx context.Context, in Invitation, kinds []matcher.Kind) error {
	stored := s.c.stored(in.Recipient)
	v := View{Screen: EnrolErase, Masked: s.c.masked(in.Recipient), Offers: kinds}
	for {
		said, err := s.ask(ctx, v)
		if err != nil {
			return err
		}
		if said.answer.Act == ActOK {
			break
		}
	}
	if len(kinds) < len(stored) {
		if err := s.c.withdraw(in, kinds); err != nil {
			return err
		}
		s.tell(ctx, View{Screen: Message, Note: KindsWithdrawn, Offers: kinds})
		return nil
	}
	if err := s.c.eraseAll(in); err != nil {
		return err
	}
	s.tell(ctx, View{Screen: Message, Note: NothingStored})
	return nil
}

// eraseAll erases a recipient's first identifications, here at once and, by the journal line, at the
// information system.
func (c *Controller) eraseAll(in Invitation) error {
	c.book.Lock()
	defer c.book.Unlock()
	return c.destroy(in, matcher.Kinds, Change{
		Erase:   []RecipientID{in.Recipient},
		Entries: []Entry{{What: Erased, Who: string(in.Recipient), Kinds: c.stored(in.Recipient), Detail: "at the cabinet"}},
	})
}

// withdraw erases what the invitation's recipient stored of some kinds, as eraseAll does of all. It spends the
// invitation, so that all the kinds come at once; when nothing is left of any kind, it is an erasure.
func (c *Controller) withdraw(in Invitation, kinds []matcher.Kind) error {
	c.book.Lock()
	defer c.book.Unlock()
	stored, err := c.parts.People.FirstIdentifications(in.Recipient)
	if err != nil {
		return fmt.Errorf("cannot withdraw: %w", err)
	}
	var change Change
	var gone []FirstIdentification
	for _, first := range stored {
		if !slices.Contains(kinds, first.Kind) {
			continue
		}
		gone = append(gone, first)
		change.EraseFirsts = append(change.EraseFirsts, first.ID)
	}
	if len(gone) == 0 {
		return fmt.Errorf("cannot withdraw %v: %w: nothing of it is stored", kinds, ErrUnknown)
	}
	line := Entry{What: Withdrawn, Who: string(in.Recipient), Kinds: kindsOf(gone), Detail: "at the cabinet"}
	if len(gone) == len(stored) {
		line.What, change.Erase = Erased, []RecipientID{in.Recipient}
	}
	change.Entries = []Entry{line}
	return c.destroy(in, kinds, change)
}

// destroy commits an erasure and spends its invitation. Parcels that lie here get a code in the same
// transaction where what is left without the kinds is not enough: nobody is shut out of a parcel by withdrawing
// consent. The caller holds the book.
func (c *Controller) destroy(in Invitation, kinds []matcher.Kind, change Change) error {
	if err := c.stillInvited(in.ID); err != nil {
		return fmt.Errorf("cannot erase: %w", err)
	}
	change.UsedInvites = []string{in.ID}
	change.Tries = c.triesOn(in.Recipient, change, kinds)
	if c.needsCode(in.Recipient, kinds...) {
		lying, err := c.candidates(&claim{recipient: in.Recipient})
		if err != nil {
			return err
		}
		if err := c.provideCodes(lying, &change); err != nil {
			return err
		}
	}
	if err := c.commit(change); err != nil {
		return fmt.Errorf("cannot erase: %w", err)
	}
	c.guarding.Lock()
	c.counted(change.Tries)
	c.guarding.Unlock()
	c.forget(in.Recipient)
	return nil
}

// triesOn returns, set to zero, the counts of failed tries that go with an erasure: a recipient's own when everything is
// erased, and those of the voice with the voice. Tries under phone digits stay: several people may have the same digits,
// and the count does not say on whom of them it was tried.
func (c *Controller) triesOn(id RecipientID, change Change, kinds []matcher.Kind) []Tries {
	var gone []Tries
	for _, key := range TriesOf(id) {
		if len(change.Erase) > 0 || isVoiceKey(key) && slices.Contains(kinds, matcher.Voice) {
			gone = append(gone, Tries{Key: key})
		}
	}
	return gone
}
