package controller

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"lockerd/matcher"
)

// InvitationPurpose keeps the MAC of invitations apart from other uses of the device key.
const InvitationPurpose = "invitation"

// enrolTries is how often one part of an enrolment is repeated before it is given up.
const enrolTries = 3

// enrol stores the first identifications of a person with an invitation. Consent comes before every
// capture; a biometric is stored only beside a kind that is none.
func (s *session) enrol(ctx context.Context) error {
	invitation, err := s.invited(ctx)
	if err != nil {
		return err
	}
	if err = s.enrolInvited(ctx, invitation); errors.Is(err, errIdle) {
		return s.say(ctx, View{Screen: Message, Note: EnrolTooLate})
	}
	return err
}

// enrolInvited serves a person whose invitation holds. errIdle says that nobody answered and nothing changed.
func (s *session) enrolInvited(ctx context.Context, invitation Invitation) error {
	if more, err := s.kept(ctx, invitation); err != nil || !more {
		return err
	}
	consent, err := s.consentThatServes(ctx, invitation.Recipient)
	if err != nil {
		return err
	}
	if len(consent) == 0 {
		return s.say(ctx, View{Screen: Message, Note: ConsentMissing})
	}
	e := Enrolment{Recipient: invitation.Recipient, Invitation: invitation.ID, Consent: consent, At: time.Now()}
	for _, kind := range consent {
		firsts, err := s.enrolKind(ctx, kind)
		if err != nil {
			return err
		}
		for _, first := range firsts {
			first.Recipient = invitation.Recipient
			e.Firsts = append(e.Firsts, first)
		}
	}
	if len(e.Firsts) == 0 || !acceptable(slices.Concat(s.c.firstIdentifications(e.Recipient), e.Firsts)) {
		return s.say(ctx, View{Screen: Message, Note: NothingKept})
	}
	if err := s.c.enrolled(e); err != nil {
		return err
	}
	done := View{Screen: EnrolDone, Patience: readingTime * s.c.times.Done, Masked: s.c.masked(e.Recipient), Offers: kindsOf(e.Firsts)}
	if len(done.Offers) < len(consent) {
		done.Note = NotAllKept
	}
	s.tell(ctx, done)
	return nil
}

// invited asks for the one-time code of an invitation.
func (s *session) invited(ctx context.Context) (Invitation, error) {
	v := View{Screen: EnrolInvite}
	for {
		digits, err := s.digits(ctx, v)
		if err != nil {
			return Invitation{}, err
		}
		invitation, err := s.c.invitation(digits)
		switch {
		case err == nil:
			return invitation, nil
		case errors.Is(err, ErrWait):
			v.Note, v.Wait = WaitBeforeTry, waitOf(err)
		case errors.Is(err, ErrNoMatch):
			v.Note, v.Wait = InviteWrong, 0
		default:
			return Invitation{}, err
		}
	}
}

// invitation finds the invitation that the digits are for, under the same guard as pickup codes.
func (c *Controller) invitation(digits string) (Invitation, error) {
	before, err := c.attempt(codeTries)
	if err != nil {
		return Invitation{}, err
	}
	all, err := c.parts.People.Invitations()
	if err != nil {
		return Invitation{}, fmt.Errorf("cannot read the invitations: %w", err)
	}
	mac := c.parts.MAC(InvitationPurpose, []byte(digits))
	for _, in := range all {
		if subtle.ConstantTimeCompare(in.MAC, mac) == 1 && time.Now().Before(in.Expires) {
			var change Change
			c.forgive(&change, before)
			return in, c.commit(change)
		}
	}
	c.note(Entry{What: Refused, Detail: "invitation"})
	return Invitation{}, ErrNoMatch
}

// consentThatServes asks for consent, and again where a person agreed to biometrics alone: nobody gives a finger that is
// not kept in the end.
func (s *session) consentThatServes(ctx context.Context, id RecipientID) ([]matcher.Kind, error) {
	for {
		consent, err := s.consent(ctx, id)
		kinds := slices.Concat(consent, s.c.stored(id))
		if err != nil || len(consent) == 0 || slices.ContainsFunc(kinds, func(k matcher.Kind) bool { return !k.Biometric() }) {
			return consent, err
		}
		if _, err := s.ask(ctx, View{Screen: Message, Note: SecretMissing, Patience: readingTime * s.c.times.Patience}); err != nil {
			return nil, err
		}
	}
}

// consent asks for each kind whether the person wants to store it, before anything is captured.
func (s *session) consent(ctx context.Context, id RecipientID) ([]matcher.Kind, error) {
	storable := []matcher.Kind{matcher.Fingerprint, matcher.Pattern, matcher.Passcode}
	if s.c.parts.VoicePrompts != nil {
		storable = append(storable, matcher.Voice)
	}
	storable = s.c.offers(storable)
	var agreed []matcher.Kind
	v := View{Screen: EnrolConsent, Masked: s.c.masked(id), Steps: len(storable), Patience: readingTime * s.c.times.Patience}
	for i, kind := range storable {
		v.Kind, v.Step = kind, i+1
		for answered := false; !answered; {
			in, err := s.ask(ctx, v)
			if err != nil {
				return nil, err
			}
			answered = in.answer.Act == ActConsent || in.answer.Act == ActSkip
			if in.answer.Act == ActConsent {
				agreed = append(agreed, kind)
			}
		}
		v.Masked = ""
	}
	return agreed, nil
}

// readingTime is how many times longer a screen waits that people must read first.
const readingTime = 4

// enrolKind captures one kind. Nothing is returned for a kind that was skipped or did not work out.
func (s *session) enrolKind(ctx context.Context, kind matcher.Kind) ([]FirstIdentification, error) {
	switch kind {
	case matcher.Fingerprint:
		return s.enrolFingers(ctx)
	case matcher.Pattern:
		return s.enrolTwice(ctx, kind, EnrolPattern, ActPattern)
	case matcher.Passcode:
		return s.enrolTwice(ctx, kind, EnrolPasscode, ActDigits)
	case matcher.Voice:
		return s.enrolVoice(ctx)
	}
	return nil, nil
}

// enrolTwice takes a pattern or a passcode two times, the second time only where the first serves, until it is stored or
// the person skips it: one who agreed to it counts on it.
func (s *session) enrolTwice(ctx context.Context, kind matcher.Kind, screen Screen, act Act) ([]FirstIdentification, error) {
	var advice matcher.Advice
	var samples []matcher.Sample
	defer func() { zero(samples) }()
	for {
		samples = nil
		for step := 1; step <= 2; {
			in, err := s.ask(ctx, View{Screen: screen, Step: step, Steps: 2, Advice: advice, Patience: readingTime * s.c.times.Patience})
			if err != nil || in.answer.Act == ActSkip {
				return nil, err
			}
			if in.answer.Act != act {
				continue
			}
			bytes := []byte(in.answer.Text)
			if act == ActPattern {
				bytes = dots(in.answer.Text)
			}
			sample := matcher.Sample{Kind: kind, Bytes: bytes}
			if advice = s.c.unfit(sample); step == 1 && advice != "" {
				sample.Zero()
				break
			}
			samples = append(samples, sample)
			advice = ""
			step++
		}
		if len(samples) < 2 {
			continue
		}
		first, err := s.c.learn(kind, "", samples)
		if err == nil {
			return []FirstIdentification{first}, nil
		}
		if advice = adviceOf(err); advice == "" {
			return nil, err
		}
	}
}

// unfit is the advice against a pattern or passcode that was given once. Of one that serves, only the repetition misses.
func (c *Controller) unfit(sample matcher.Sample) matcher.Advice {
	_, err := c.matchers[sample.Kind].Enrol([]matcher.Sample{sample, {Kind: sample.Kind}})
	if advice := adviceOf(err); advice != matcher.RepeatTheSame {
		return advice
	}
	return ""
}

// learn makes a first identification and zeroes the samples.
func (c *Controller) learn(kind matcher.Kind, label string, samples []matcher.Sample) (FirstIdentification, error) {
	defer zero(samples)
	var character []byte
	for i := range samples {
		if len(samples[i].Character) > 0 {
			character = slices.Clone(samples[i].Character)
		}
	}
	id, err := c.matchers[kind].Enrol(samples)
	if err != nil {
		return FirstIdentification{}, err
	}
	id.Label, id.Character = label, character
	return FirstIdentification{ID: newID(), Identification: id}, nil
}

// zero overwrites what was captured.
func zero(samples []matcher.Sample) {
	for i := range samples {
		samples[i].Zero()
	}
}

// enrolled commits an enrolment: stored here, sealed for the information system, the invitation spent.
func (c *Controller) enrolled(e Enrolment) error {
	c.book.Lock() // nothing is assigned or taken away meanwhile
	defer c.book.Unlock()
	if err := c.stillInvited(e.Invitation); err != nil {
		return fmt.Errorf("cannot store the enrolment: %w", err)
	}
	sealed, err := c.parts.Sealer.SealEnrolment(e)
	if err != nil {
		return fmt.Errorf("cannot seal the enrolment: %w", err)
	}
	err = c.commit(Change{
		Enrolled: e.Firsts, UsedInvites: []string{e.Invitation},
		Entries: []Entry{{What: Enrolled, Who: string(e.Recipient), Kinds: kindsOf(e.Firsts), Sealed: sealed}},
	})
	if err != nil {
		return fmt.Errorf("cannot store the enrolment: %w", err)
	}
	c.forget(e.Recipient)
	return nil
}

// stillInvited refuses an invitation that was taken back while its recipient stood at the screen.
func (c *Controller) stillInvited(id string) error {
	open, err := c.parts.People.Invitations()
	if err != nil && len(open) == 0 {
		return fmt.Errorf("cannot read the invitations: %w", err)
	}
	if !slices.ContainsFunc(open, func(in Invitation) bool { return in.ID == id }) {
		return fmt.Errorf("invitation %s was taken back: %w", id, ErrUnknown)
	}
	return nil
}

func adviceOf(err error) matcher.Advice {
	var quality *matcher.QualityError
	if errors.As(err, &quality) {
		return quality.Advice
	}
	return ""
}

// newID returns a random name for a record.
func newID() string {
	var id [12]byte
	rand.Read(id[:])
	return hex.EncodeToString(id[:])
}
