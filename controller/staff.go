package controller

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"lockerd/matcher"
)

// SignIn compares a secret with the one of the member of staff, under the guard. An unknown number and a
// wrong secret are the same ErrNoMatch and take the same time.
func (c *Controller) SignIn(number string, secret []byte) (Staff, error) {
	own := c.staffKey(number)
	before, err := c.attempt(own)
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
	c.forgive(&change, before, own)
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

// BadgePurpose keeps the MAC of badges apart from other uses of the device key.
const BadgePurpose = "badge"

// badge returns whose badge a scanned line is.
func (c *Controller) badge(line string) (Staff, error) {
	return c.parts.People.Badge(c.parts.MAC(BadgePurpose, []byte(line)))
}

// signIn asks a member of staff for number and secret at the screen. A badge, which scanned may hold, stands for
// the number; the secret is asked all the same, since a badge can be found or copied. A first secret is changed
// before anything else.
func (s *session) signIn(ctx context.Context, scanned string) (Staff, error) {
	var note Note
	for {
		number, badge, err := s.staffNumber(ctx, scanned, note)
		if err != nil {
			return Staff{}, err
		}
		scanned = ""
		secret, err := s.staffSecret(ctx, badge)
		if err != nil {
			return Staff{}, err
		}
		typed := []byte(secret)
		staff, err := s.c.SignIn(number, typed)
		switch {
		case err == nil && staff.OneTime:
			err = s.replaceSecret(ctx, staff, typed)
			clear(typed)
			return staff, err
		case err == nil:
			clear(typed)
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

// staffNumber asks for a number until one is typed or a badge is scanned. It returns the number, and what the badge said
// where one was scanned. Any other line that is scanned is kept for the list of parcels.
func (s *session) staffNumber(ctx context.Context, scanned string, note Note) (number, badge string, err error) {
	for {
		if scanned != "" {
			staff, err := s.c.badge(scanned)
			if !errors.Is(err, ErrUnknown) {
				return staff.Number, scanned, err
			}
			note, s.scanned = BadgeUnknown, scanned // perhaps a parcel: its list will tell, and nobody before
		}
		in, err := s.ask(ctx, View{Screen: StaffNumber, Note: note})
		if err != nil {
			return "", "", err
		}
		scanned = ""
		switch {
		case in.answer.Act == ActDigits && in.answer.Text != "":
			staff, err := s.c.badge(in.answer.Text)
			if _, nobodys := s.c.parts.People.Staff(in.answer.Text); err == nil && nobodys != nil {
				return staff.Number, in.answer.Text, nil // a badge of digits, read as if it were typed
			}
			return in.answer.Text, "", nil
		case in.answer.Act == ActScan:
			scanned = in.answer.Text
		}
	}
}

// staffSecret asks for the secret. The badge of digits that just stood for the number, swiped once more, is none, and
// no try.
func (s *session) staffSecret(ctx context.Context, badge string) (string, error) {
	for {
		secret, err := s.digits(ctx, View{Screen: StaffSecret})
		if err != nil || secret != badge {
			return secret, err
		}
	}
}

// replaceSecret has a member of staff choose a secret in place of the first one, which others knew.
func (s *session) replaceSecret(ctx context.Context, staff Staff, old []byte) error {
	var advice matcher.Advice
	var note Note
	for {
		first, err := s.digits(ctx, View{Screen: StaffNew, Step: 1, Steps: 2, Advice: advice, Note: note})
		if err != nil {
			return err
		}
		if advice, note = "", ""; bytes.Equal(old, []byte(first)) {
			note = SecretAsBefore
			continue
		}
		if advice = s.c.unfitSecret(staff.Number, old, []byte(first)); advice != "" {
			continue
		}
		second, err := s.digits(ctx, View{Screen: StaffNew, Step: 2, Steps: 2})
		if err != nil {
			return err
		}
		if advice = matcher.RepeatTheSame; first == second {
			err := s.c.ChangeSecret(staff.Number, old, []byte(first))
			if advice = adviceOf(err); advice == "" {
				return err
			}
		}
	}
}

// unfitSecret is the advice against a secret that would replace the old one: one that others would try first, the badge,
// and the old one itself.
func (c *Controller) unfitSecret(number string, old, chosen []byte) matcher.Advice {
	if own, err := c.badge(string(chosen)); bytes.Equal(old, chosen) || err == nil && own.Number == number {
		return matcher.LessCommon
	}
	return c.unfit(matcher.Sample{Kind: matcher.Passcode, Bytes: chosen})
}

// ChangeSecret replaces the old secret of a member of staff, who signed in with it before: here at once and, by
// the journal line, at the information system and every other cabinet. One that others would try first, the badge,
// and the old one itself give a *matcher.QualityError.
func (c *Controller) ChangeSecret(number string, old, chosen []byte) error {
	if advice := c.unfitSecret(number, old, chosen); advice != "" {
		return &matcher.QualityError{Advice: advice, Detail: "the old secret, the badge, or easily guessed"}
	}
	digits := matcher.Sample{Kind: matcher.Passcode, Bytes: chosen}
	template, err := c.matchers[matcher.Passcode].Enrol([]matcher.Sample{digits, digits})
	if err != nil {
		return err
	}
	c.book.Lock() // nobody is struck off meanwhile
	defer c.book.Unlock()
	staff, err := c.parts.People.Staff(number)
	if err != nil {
		return fmt.Errorf("cannot find staff %s: %w", number, err)
	}
	staff.Secret = template
	staff.OneTime = false
	sealed, err := c.parts.Sealer.SealSecret(number, old, staff.Secret)
	if err != nil {
		return fmt.Errorf("cannot change the secret: %w", err)
	}
	return c.commit(Change{Staff: []Staff{staff}, Entries: []Entry{{What: SecretChanged, Who: number, Sealed: sealed}}})
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
