package controller

import (
	"context"
	"fmt"
	"slices"
)

// erase destroys everything that the invitation's recipient stored, once they have said so twice. The one-time
// invitation proves who it is as well as it does for storing, and it is spent by either.
func (s *session) erase(ctx context.Context, in Invitation) error {
	v := View{Screen: EnrolErase, Masked: s.c.masked(in.Recipient), Offers: kindsOf(s.c.first(in.Recipient))}
	for {
		said, err := s.ask(ctx, v)
		if err != nil {
			return err
		}
		if said.answer.Act == ActOK {
			break
		}
	}
	if err := s.c.eraseAll(in); err != nil {
		return err
	}
	s.tell(ctx, View{Screen: Message, Note: NothingStored})
	return nil
}

// eraseAll erases a recipient's first identifications, here at once and, by the journal line, at the
// information system. Parcels of theirs that lie here get a code in the same transaction where they have none:
// nobody is shut out of a parcel by withdrawing consent.
func (c *Controller) eraseAll(in Invitation) error {
	c.book.Lock()
	defer c.book.Unlock()
	if err := c.stillInvited(in.ID); err != nil {
		return fmt.Errorf("cannot erase: %w", err)
	}
	change := Change{
		Erase: []RecipientID{in.Recipient}, UsedInvites: []string{in.ID},
		Entries: []Entry{{What: ErasedIt, Who: string(in.Recipient), Kinds: kindsOf(c.first(in.Recipient)), Detail: "at the cabinet"}},
	}
	lying, err := c.candidates(&claim{recipient: in.Recipient})
	if err != nil {
		return err
	}
	codes, err := c.parts.Shelf.Codes()
	if err != nil {
		return fmt.Errorf("cannot read the codes: %w", err)
	}
	for _, p := range lying {
		if !slices.ContainsFunc(codes, func(code Code) bool { return code.Parcel == p.ID && code.Generation == p.Generation }) {
			if err := c.issueCode(p, &change); err != nil {
				return err
			}
		}
	}
	if err := c.commit(change); err != nil {
		return fmt.Errorf("cannot erase: %w", err)
	}
	c.forget(in.Recipient)
	return nil
}
