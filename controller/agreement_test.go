package controller_test

import (
	"fmt"
	"testing"

	"lockerd/controller"
)

// TestConsentRules: whose word is needed before a parcel is dropped off, and that a refusal always counts.
func TestConsentRules(t *testing.T) {
	type outcome struct {
		screen controller.Screen
		ask    bool
		note   controller.Note
	}
	opens, asks := outcome{screen: controller.DropSlot}, outcome{screen: controller.DropSlot, ask: true}
	refused := outcome{screen: controller.Message, note: controller.RecipientRefuses}
	waits := outcome{screen: controller.Message, note: controller.NotAgreedYet}
	for rule, want := range map[controller.ConsentRule][]outcome{ // in the order of controller.Consents
		controller.ConsentOfNobody:    {opens, opens, opens, opens, refused},
		controller.ConsentByCourier:   {asks, asks, opens, opens, refused},
		controller.ConsentByRecipient: {waits, waits, opens, waits, refused},
	} {
		t.Run("rule "+string(rule), func(t *testing.T) {
			story(t, func(k *cabinet) {
				k.people()
				k.with(controller.Settings{Consent: rule})
				for i, consent := range controller.Consents {
					k.check(k.desired(agreeing(fmt.Sprint("p", i), "r-bo", consent)))
				}
				k.signsIn()
				for i, consent := range controller.Consents {
					k.sees(controller.DropChoose)
					k.does(controller.ActChoose, fmt.Sprint("p", i))
					v := k.sees(want[i].screen)
					if v.AskConsent != want[i].ask || v.Note != want[i].note {
						t.Errorf("consent %q: asked %v, note %q", consent, v.AskConsent, v.Note)
					}
					k.does(controller.ActBack, "")
				}
			})
		})
	}
}

// TestCouriersWordStandsUntilTheRecipientsComes: desired state that knows less takes it back from nobody.
func TestCouriersWordStandsUntilTheRecipientsComes(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.with(controller.Settings{Consent: controller.ConsentByCourier})
		k.check(k.desired(agreeing("p1", "r-bo", controller.ConsentAsked)))
		k.signsIn()
		k.puts("p1")
		k.does(controller.ActBack, "") // not now
		k.sees(controller.DropLook)
		k.does(controller.ActNothing, "")
		k.shuts(1)
		for _, step := range []struct{ now, want controller.Consent }{
			{controller.ConsentAsked, controller.ConsentSaid}, {controller.ConsentGiven, controller.ConsentGiven},
			{controller.ConsentRefused, controller.ConsentRefused},
		} {
			k.check(k.desired(agreeing("p1", "r-bo", step.now)))
			if p, err := k.store.Parcel("p1"); err != nil || p.Consent != step.want {
				t.Errorf("after %q the consent is %q (%v), want %q", step.now, p.Consent, err, step.want)
			}
		}
		k.sees(controller.DropChoose)
		k.does(controller.ActChoose, "p1")
		k.tells(controller.Message, controller.RecipientRefuses)
	})
}

// TestWordOfTheRecipientThatComesMeanwhile: a courier's tap on a screen that asks still does not replace it.
func TestWordOfTheRecipientThatComesMeanwhile(t *testing.T) {
	for consent, screen := range map[controller.Consent]controller.Screen{
		controller.ConsentRefused: controller.Message, controller.ConsentGiven: controller.DropOpen,
	} {
		story(t, func(k *cabinet) {
			k.people()
			k.with(controller.Settings{Consent: controller.ConsentByCourier})
			k.check(k.desired(agreeing("p1", "r-bo", controller.ConsentAsked)))
			k.signsIn()
			k.does(controller.ActChoose, "p1")
			if v := k.sees(controller.DropSlot); !v.AskConsent {
				t.Error("nobody asks for the consent")
			}
			k.check(k.desired(agreeing("p1", "r-bo", consent)))
			k.does(controller.ActOK, "")
			if v := k.sees(screen); consent == controller.ConsentRefused && v.Note != controller.RecipientRefuses {
				t.Errorf("the screen says %q", v.Note)
			}
			if p, err := k.store.Parcel("p1"); err != nil || p.Consent != consent {
				t.Errorf("the consent is %q (%v), want %q", p.Consent, err, consent)
			}
			if consent == controller.ConsentRefused {
				k.wantPulses("")
			}
		})
	}
}
