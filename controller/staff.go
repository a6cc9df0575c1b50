package controller

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"lockerd/matcher"
)

// SignIn compares a secret with the one of the member of staff, under the guard. An unknown number and a
// wrong secret are the same ErrNoMatch and take the same time.
func (c *Controller) SignIn(_ context.Context, number string, secret []byte) (Staff, error) {
	before, err := c.attempt(c.staffKey(number))
	if err != nil {
		return Staff{}, err
	}
	m := c.matchers[matcher.Passcode]
	second := matcher.Identification{Kind: matcher.Passcode, Data: secret}
	staff, err := c.parts.People.Staff(number)
	if errors.Is(err, ErrUnknown) {
		c.decoy(m, second)
		c.note(Entry{What: SignInRefused})
		return Staff{}, ErrNoMatch
	}
	if err != nil {
		return Staff{}, fmt.Errorf("cannot read staff: %w", err)
	}
	verdict, err := m.Compare(staff.Secret, second)
	if err != nil {
		return Staff{}, fmt.Errorf("cannot compare the secret: %w", err)
	}
	if !verdict.Match {
		c.note(Entry{What: SignInRefused, Who: number})
		return Staff{}, ErrNoMatch
	}
	change := Change{Entries: []Entry{{What: SignedIn, Who: number, Detail: string(staff.Role)}}}
	c.forgive(&change, before)
	if err := c.commit(change); err != nil {
		return Staff{}, fmt.Errorf("cannot record the sign-in: %w", err)
	}
	return staff, nil
}

// staffKey names the tries under a staff number. Numbers that nobody has count the same, under as many
// names as two bytes have, so that guessing cannot fill the disk.
func (c *Controller) staffKey(number string) string {
	return "staff/" + hex.EncodeToString(c.parts.MAC("staff", []byte(number))[:2])
}

// signIn asks a member of staff for number and secret at the screen.
func (s *session) signIn(ctx context.Context) (Staff, error) {
	var note Note
	for {
		number, err := s.digits(ctx, View{Screen: StaffNumber, Note: note})
		if err != nil {
			return Staff{}, err
		}
		secret, err := s.digits(ctx, View{Screen: StaffSecret})
		if err != nil {
			return Staff{}, err
		}
		staff, err := s.c.SignIn(ctx, number, []byte(secret))
		switch {
		case err == nil && staff.OneTime && staff.Role == Technician:
			note = WrongSignIn // a first password is changed at the console
		case err == nil:
			return staff, nil
		case errors.Is(err, ErrWait):
			if _, err := s.ask(ctx, View{Screen: RefusedView, Note: WaitBeforeTry, Wait: waitOf(err), Tries: -1}); err != nil {
				return Staff{}, err
			}
		case errors.Is(err, ErrNoMatch):
			note = WrongSignIn
		default:
			return Staff{}, err
		}
	}
}

// digits asks for digits.
func (s *session) digits(ctx context.Context, v View) (string, error) {
	for {
		in, err := s.ask(ctx, v)
		if err != nil {
			return "", err
		}
		if in.answer.Act == ActDigits && in.answer.Text != "" {
			return in.answer.Text, nil
		}
	}
}
