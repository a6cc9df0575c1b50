package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"lockerd/controller"
)

var eightDigits = regexp.MustCompile(`\b(\d{4}) ?(\d{4})\b`)

// code reads the pickup code in the newest notice about a parcel.
func (t *teller) code(ctx context.Context, parcel string) (string, error) {
	n, err := t.desk.notice(ctx, "code", parcel)
	if err != nil {
		return "", err
	}
	digits := eightDigits.FindStringSubmatch(n.Text)
	if digits == nil {
		return "", errors.New("the notice has no code of eight digits")
	}
	return digits[1] + digits[2], nil
}

func (t *teller) boGetsCode(ctx context.Context) error {
	if err := t.parcelFor(ctx, "S-5", t.bo); err != nil {
		return err
	}
	_, err := t.code(ctx, "S-5")
	return err
}

// enter types a code on the keypad, as people without a word for the screen do.
func (t *teller) enter(ctx context.Context, code string) (view, error) {
	if err := t.begin(ctx, controller.ActPickUp, controller.AskAny); err != nil {
		return view{}, err
	}
	if err := t.front.say("type " + code + "#"); err != nil {
		return view{}, err
	}
	return t.screen.sees(ctx, controller.SlotOpen, controller.RefusedView)
}

func (t *teller) boUsesCode(ctx context.Context) error {
	code, err := t.code(ctx, "S-5")
	if err != nil {
		return err
	}
	wrong := strings.Map(func(r rune) rune { return '0' + (r-'0'+1)%10 }, code)
	if err := t.refuses(ctx, wrong); err != nil {
		return err
	}
	if err := t.codeOpens(ctx, "S-5"); err != nil {
		return err
	}
	return t.refuses(ctx, code)
}

func (t *teller) refuses(ctx context.Context, code string) error {
	v, err := t.enter(ctx, code)
	if err == nil && v.screen != controller.RefusedView {
		err = fmt.Errorf("a code that is not live leads to %q", v.screen)
	}
	return err
}

// codeOpens picks a parcel up with the code of its notice.
func (t *teller) codeOpens(ctx context.Context, parcel string) error {
	before, err := t.opened(ctx)
	if err != nil {
		return err
	}
	code, err := t.code(ctx, parcel)
	if err != nil {
		return err
	}
	v, err := t.enter(ctx, code)
	if err != nil {
		return err
	}
	if err := t.opensOnly(ctx, v, before); err != nil {
		return err
	}
	return t.collects(ctx, parcel)
}

func (t *teller) everyone(ctx context.Context) error {
	if err := t.decide(ctx, "", "everyone"); err != nil {
		return err
	}
	if err := t.parcelFor(ctx, "S-6", t.ada); err != nil {
		return err
	}
	if err := t.codeOpens(ctx, "S-6"); err != nil {
		return err
	}
	return t.decide(ctx, "", "")
}
