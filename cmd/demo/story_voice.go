package main

import (
	"context"
	"errors"
	"fmt"

	"lockerd/controller"
)

// enrolsVoice adds Ada's voice to what she stored, by another invitation.
func (t *teller) enrolsVoice(ctx context.Context) error {
	code, err := t.desk.invite(ctx, t.ada)
	if err != nil {
		return err
	}
	if err := t.begin(ctx, controller.ActEnrol, controller.EnrolInvite); err != nil {
		return err
	}
	if err := t.invited(ctx, code); err != nil {
		return err
	}
	if err := t.screen.at(ctx, controller.EnrolKept, controller.ActEnrol, ""); err != nil {
		return err
	}
	for _, answer := range []controller.Act{controller.ActSkip, controller.ActSkip, controller.ActSkip, controller.ActConsent} {
		if err := t.screen.at(ctx, controller.EnrolConsent, answer, ""); err != nil {
			return err
		}
	}
	for range 5 {
		if err := t.says(ctx, controller.EnrolVoice, "ada", ""); err != nil {
			return err
		}
	}
	if err := t.screen.at(ctx, controller.EnrolDone, controller.ActOK, ""); err != nil {
		return err
	}
	return eventually(ctx, func() error {
		var person struct{ Kinds map[string]int }
		err := t.desk.get(ctx, "/people/"+t.ada, &person)
		if err == nil && person.Kinds["voice"] != 1 {
			err = fmt.Errorf("the information system has %v", person.Kinds)
		}
		return err
	})
}

// says waits until digits are asked for, has somebody say them, or others, and waits for what is shown for it. The
// voice "again" plays what was said last.
func (t *teller) says(ctx context.Context, asked controller.Screen, voice, digits string) error {
	v, err := t.screen.sees(ctx, asked)
	if err != nil {
		return err
	}
	if digits == "" {
		digits = v.prompt
	}
	words := "say " + voice + " " + digits
	if voice == "again" {
		words = "say again"
	}
	if err := t.front.say(words); err != nil {
		return err
	}
	_, err = t.screen.after(ctx, v)
	return err
}

// byVoice collects with voice and passcode, after everything that must not do has been tried: another speaker,
// other digits, a recording of what was accepted before, and silence.
func (t *teller) byVoice(ctx context.Context) error {
	if err := t.decide(ctx, "voice+passcode | code", ""); err != nil {
		return err
	}
	if err := t.parcelFor(ctx, "S-V", t.ada); err != nil {
		return err
	}
	before, err := t.opened(ctx)
	if err != nil {
		return err
	}
	for _, attempt := range []struct {
		voice, digits string
		want          controller.Screen
	}{
		{"bo", "", controller.RefusedView},
		{"ada", "11112222", controller.RefusedView},
		{"ada", "", controller.AskPasscode}, // the voice is hers; the passcode is still asked for
		{"again", "", controller.RefusedView},
		{"", "", controller.RefusedView},
		{"ada", "", controller.AskPasscode},
	} {
		if err := t.afterTail(ctx, "voice", adaTail); err != nil {
			return err
		}
		v, err := t.attempts(ctx, attempt.voice, attempt.digits)
		if err != nil {
			return err
		}
		if v.screen != attempt.want {
			return fmt.Errorf("after %q said %q the touchscreen shows %q (%s), want %q", attempt.voice, attempt.digits, v.screen, v.text, attempt.want)
		}
	}
	if after, err := t.opened(ctx); err != nil || fmt.Sprint(after) != fmt.Sprint(before) {
		return errors.Join(err, fmt.Errorf("a voice alone opened a door: %v, before %v", after, before))
	}
	if err := t.screen.at(ctx, controller.AskPasscode, controller.ActDigits, adaPasscode); err != nil {
		return err
	}
	v, err := t.screen.sees(ctx, controller.SlotOpen, controller.RefusedView)
	if err != nil {
		return err
	}
	if err := t.opensOnly(ctx, v, before); err != nil {
		return err
	}
	if err := t.collects(ctx, "S-V"); err != nil {
		return err
	}
	return t.decide(ctx, "", "")
}

// attempts has somebody speak for a pickup, or nobody, and returns how that ended.
func (t *teller) attempts(ctx context.Context, voice, digits string) (view, error) {
	if voice != "" {
		if err := t.says(ctx, controller.AskVoice, voice, digits); err != nil {
			return view{}, err
		}
	}
	return t.screen.sees(ctx, controller.RefusedView, controller.AskPasscode)
}
