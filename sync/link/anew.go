package link

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// anewWithin is how long an information system in trouble is asked when a cabinet joins anew.
const anewWithin = 2 * time.Minute

// tryAnew has a cabinet that has joined join anew where a code is at hand that was not tried. One that joined before codes
// were remembered takes what is at hand for the code that it joined with.
func (l *Link) tryAnew(ctx context.Context, who *identity, code string) (*identity, error) {
	switch {
	case who.Spent == nil:
		if code != "" {
			l.log.Info("the one-time code at hand counts as used: the cabinet has joined")
		}
		who.spends(code)
		return who, who.store(l.options.Vault)
	case code == "", who.spent(code):
		return who, nil
	}
	l.update(func(s *Status) { s.Joined, s.Address = true, who.address() })
	return l.joinAnew(ctx, who, code)
}

// joinAnew has a cabinet that has joined join once more, with new keys, as the same cabinet: what lies in it and what it
// has to tell stay. Until the answer is stored it is who it was. The new keys are stored before they are shown, so that an
// answer that got lost is asked for with the same keys: when the cabinet is not let in as who it was, and at the next
// start. So is one of an information system that is not reached in time.
func (l *Link) joinAnew(ctx context.Context, who *identity, code string) (*identity, error) {
	if who.Next == nil || !who.Next.spent(code) {
		next, err := newIdentity()
		if err != nil {
			return nil, err
		}
		next.spends(code)
		who.Next = next
		if err := who.store(l.options.Vault); err != nil {
			return nil, err
		}
	}
	within, cancel := context.WithTimeout(ctx, l.anewWithin)
	defer cancel()
	next := *who.Next
	answer, err := l.joinWith(within, &next, code, who.address())
	if next.Answer = &answer; err == nil && next.address() != who.address() {
		err = fmt.Errorf("%w: it is another cabinet's, %s; this is %s: move the state away to become that one",
			ErrJoinRefused, next.address(), who.address())
	}
	switch {
	case err == nil:
		l.orders.forget() // it is somebody else's to command now
		l.log.Info("joined the information system anew", "cabinet", next.address().String())
		return &next, next.store(l.options.Vault)
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	l.trouble("cannot join anew", err)
	if !errors.Is(err, ErrJoinRefused) {
		return who, nil
	}
	who.Next = nil
	who.spends(code) // not asked again
	return who, who.store(l.options.Vault)
}
