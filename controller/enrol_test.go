package controller_test

import (
	"slices"
	"testing"
	"time"

	"lockerd/controller"
	"lockerd/matcher"
)

func (k *cabinet) invites(id, whose, digits string) {
	k.t.Helper()
	k.check(k.desired(recipient(whose, "Ada", "4711"), controller.DesiredRecord{Key: "invitation/" + id, Invitation: &controller.Invitation{
		ID: id, Recipient: controller.RecipientID(whose), Expires: time.Now().Add(time.Hour),
		MAC: k.store.MAC(controller.InvitationPurpose, []byte(digits))}}))
}

// consents agrees to the kinds, and to no other, one screen after another.
func (k *cabinet) consents(kinds ...matcher.Kind) {
	k.t.Helper()
	for last := false; !last; {
		v := k.sees(controller.EnrolConsent)
		last = v.Step == v.Steps
		act := controller.ActSkip
		if slices.Contains(kinds, v.Kind) {
			act = controller.ActConsent
		}
		k.does(act, "")
	}
}

func TestEnrolThenPickUp(t *testing.T) {
	story(t, func(k *cabinet) {
		k.invites("i1", "r-ada", "11223344")
		k.does(controller.ActEnrol, "")
		k.sees(controller.EnrolInvite)
		k.does(controller.ActDigits, "99999999")
		if v := k.sees(controller.EnrolInvite); v.Note != controller.InviteWrong {
			t.Errorf("a wrong invitation gives %q", v.Note)
		}
		k.does(controller.ActDigits, "11223344")
		k.consents(matcher.Fingerprint, matcher.Pattern, matcher.Passcode)
		for range 3 {
			k.sees(controller.EnrolFinger)
			k.touches("right")
		}
		for range 3 { // the same finger again is noticed
			k.touches("right")
		}
		if v := k.sees(controller.EnrolFinger); v.Advice != matcher.SameFinger || v.Label != "left index" {
			t.Errorf("the same finger twice gives advice %q for the %s", v.Advice, v.Label)
		}
		for range 3 {
			k.touches("left")
		}
		for range 2 {
			k.sees(controller.EnrolPattern)
			k.does(controller.ActPattern, "04576")
		}
		k.sees(controller.EnrolPasscode)
		k.does(controller.ActDigits, "271828")
		k.does(controller.ActDigits, "271829")
		if v := k.sees(controller.EnrolPasscode); v.Advice != matcher.RepeatTheSame {
			t.Errorf("a different repetition gives advice %q", v.Advice)
		}
		k.does(controller.ActDigits, "271828")
		k.does(controller.ActDigits, "271828")
		if v := k.sees(controller.EnrolDone); len(v.Offers) != 3 {
			t.Errorf("stored were %v", v.Offers)
		}
		if e := k.sealer.enrolment; len(e.Firsts) != 4 || len(e.Consent) != 3 || e.Invitation != "i1" {
			t.Errorf("the information system gets %d records, consent %v, invitation %q", len(e.Firsts), e.Consent, e.Invitation)
		}
		k.does(controller.ActOK, "")
		k.sees(controller.Home)
		k.does(controller.ActEnrol, "")
		k.does(controller.ActDigits, "11223344") // spent
		if v := k.sees(controller.EnrolInvite); v.Note != controller.InviteWrong {
			t.Errorf("a spent invitation gives %q", v.Note)
		}
		k.does(controller.ActBack, "")
		k.check(k.desired(courier("1001"), parcel("p1", "r-ada", controller.Small)))
		k.dropsOff("p1")
		k.touches("left")
		k.sees(controller.SlotOpen)
	})
}

// TestNothingIsStored: who agrees to nothing, or skips what a finger needs beside it, stores nothing.
func TestNothingIsStored(t *testing.T) {
	both := []matcher.Kind{matcher.Fingerprint, matcher.Passcode}
	for name, test := range map[string]struct {
		consent []matcher.Kind
		note    controller.Note
	}{"no consent": {nil, controller.ConsentMissing}, "no passcode after all": {both, controller.NothingKept}} {
		t.Run(name, func(t *testing.T) {
			story(t, func(k *cabinet) {
				k.invited(test.consent...)
				if len(test.consent) > 0 {
					for _, finger := range []string{"right", "right", "right", "left", "left", "left"} {
						k.touches(finger)
					}
					k.sees(controller.EnrolPasscode)
					k.does(controller.ActSkip, "")
				}
				k.tells(controller.Message, test.note)
				if firsts, _ := k.store.FirstIdentifications("r-ada"); len(firsts) != 0 {
					t.Errorf("%d identifications were stored", len(firsts))
				}
			})
		})
	}
}

// TestBiometricAloneIsSaidBefore: consent to fingers alone is asked for again before a finger is given, unless a passcode
// is stored already.
func TestBiometricAloneIsSaidBefore(t *testing.T) {
	story(t, func(k *cabinet) {
		k.invited(matcher.Fingerprint)
		k.tells(controller.Message, controller.SecretMissing)
		k.does(controller.ActOK, "")
		k.consents(matcher.Passcode)
		k.sees(controller.EnrolPasscode)
		k.does(controller.ActDigits, "271828")
		k.does(controller.ActDigits, "271828")
		k.sees(controller.EnrolDone)
		k.does(controller.ActOK, "")
		k.invites("i2", "r-ada", "55667788")
		k.does(controller.ActEnrol, "")
		k.does(controller.ActDigits, "55667788")
		k.sees(controller.EnrolKept)
		k.does(controller.ActEnrol, "")
		k.consents(matcher.Fingerprint)
		k.sees(controller.EnrolFinger)
	})
}

// TestInvitationTakenBackMeanwhile: an enrolment whose person is removed while it goes on stores nothing.
func TestInvitationTakenBackMeanwhile(t *testing.T) {
	story(t, func(k *cabinet) {
		k.invites("i1", "r-ada", "11223344")
		k.does(controller.ActEnrol, "")
		k.does(controller.ActDigits, "11223344")
		k.consents(matcher.Passcode)
		k.sees(controller.EnrolPasscode)
		k.does(controller.ActDigits, "271828")
		k.check(k.desired(controller.DesiredRecord{Key: "recipient/r-ada", Gone: true}, controller.DesiredRecord{Key: "invitation/i1", Gone: true}))
		k.does(controller.ActDigits, "271828")
		k.sees(controller.Message)
		if n := k.count("enrolled"); n != 0 {
			t.Error("an enrolment without its invitation was stored")
		}
		if count, err := k.store.Count(); err != nil || count.Identifications != 0 {
			t.Errorf("%d identifications of nobody are stored, %v", count.Identifications, err)
		}
	})
}

// invited brings Ada to the enrolment of the kinds.
func (k *cabinet) invited(kinds ...matcher.Kind) {
	k.t.Helper()
	k.invites("i1", "r-ada", "11223344")
	k.does(controller.ActEnrol, "")
	k.does(controller.ActDigits, "11223344")
	k.consents(kinds...)
}

// TestEnrolmentThatNobodyFinishes waits longer than other screens do, and then does not end without a word: nothing is
// stored, and the invitation holds.
func TestEnrolmentThatNobodyFinishes(t *testing.T) {
	for kind, screen := range map[matcher.Kind]controller.Screen{
		matcher.Fingerprint: controller.EnrolFinger, matcher.Pattern: controller.EnrolPattern, matcher.Passcode: controller.EnrolPasscode,
	} {
		story(t, func(k *cabinet) {
			k.invited(kind, matcher.Passcode)
			k.sees(screen)
			time.Sleep(110 * time.Second)
			k.sees(screen)
			time.Sleep(10 * time.Second)
			k.tells(controller.Message, controller.EnrolTooLate)
			k.does(controller.ActOK, "")
			k.sees(controller.Home)
			k.does(controller.ActEnrol, "")
			k.does(controller.ActDigits, "11223344")
			k.sees(controller.EnrolConsent)
		})
	}
}

// TestInvitationThatNobodyUses: who walks away from the consent, from what is stored, or from the last question before
// it is erased, changed nothing, and the screen says so.
func TestInvitationThatNobodyUses(t *testing.T) {
	for name, stored := range map[string]bool{"consent": false, "kept": true, "erase": true} {
		t.Run(name, func(t *testing.T) {
			story(t, func(k *cabinet) {
				k.invites("i1", "r-ada", "11223344")
				if stored {
					k.people()
				}
				k.does(controller.ActEnrol, "")
				k.does(controller.ActDigits, "11223344")
				if name == "erase" {
					k.sees(controller.EnrolKept)
					k.does(controller.ActErase, "")
				}
				before := k.sees(controller.Screen("enrol-" + name))
				time.Sleep(before.Patience - time.Second)
				k.sees(before.Screen)
				time.Sleep(time.Second)
				k.tells(controller.Message, controller.EnrolTooLate)
				k.does(controller.ActOK, "")
				k.sees(controller.Home)
				k.does(controller.ActEnrol, "")
				k.does(controller.ActDigits, "11223344")
				if name == "consent" {
					k.sees(controller.EnrolConsent)
				} else {
					k.sees(controller.EnrolKept)
				}
			})
		})
	}
}

// TestWhatDoesNotServeIsNotRepeated: a passcode or pattern that is refused is refused before its repetition.
func TestWhatDoesNotServeIsNotRepeated(t *testing.T) {
	story(t, func(k *cabinet) {
		k.invited(matcher.Pattern, matcher.Passcode)
		k.sees(controller.EnrolPattern)
		k.does(controller.ActPattern, "012")
		if v := k.sees(controller.EnrolPattern); v.Step != 1 || v.Advice != matcher.MoreDots {
			t.Errorf("after three dots: step %d, advice %q", v.Step, v.Advice)
		}
		k.does(controller.ActPattern, "04576")
		k.does(controller.ActPattern, "04576")
		for digits, want := range map[string]matcher.Advice{ // as often as it takes: nothing that was agreed to is dropped
			"31415": matcher.MoreDigits, "111111": matcher.LessCommon, "123456": matcher.LessCommon, "31": matcher.MoreDigits,
		} {
			k.sees(controller.EnrolPasscode)
			k.does(controller.ActDigits, digits)
			if v := k.sees(controller.EnrolPasscode); v.Step != 1 || v.Advice != want {
				t.Errorf("after %s: step %d, advice %q", digits, v.Step, v.Advice)
			}
		}
		k.does(controller.ActDigits, "271828")
		if v := k.sees(controller.EnrolPasscode); v.Step != 2 || v.Advice != "" {
			t.Errorf("after a good one: step %d, advice %q", v.Step, v.Advice)
		}
		k.does(controller.ActDigits, "271828")
		if v := k.sees(controller.EnrolDone); v.Note != "" {
			t.Errorf("with all stored the screen says %q", v.Note)
		}
		time.Sleep(15 * time.Second) // there is something to read
		k.sees(controller.EnrolDone)
	})
}

// TestWhatIsMissingIsSaid: who agreed to a pattern and a passcode and skipped one reads that it was not stored.
func TestWhatIsMissingIsSaid(t *testing.T) {
	story(t, func(k *cabinet) {
		k.invited(matcher.Pattern, matcher.Passcode)
		k.sees(controller.EnrolPattern)
		k.does(controller.ActPattern, "04576")
		k.does(controller.ActPattern, "04576")
		k.sees(controller.EnrolPasscode)
		k.does(controller.ActSkip, "")
		k.tells(controller.EnrolDone, controller.NotAllKept)
		if v := k.screen.now(); len(v.Offers) != 1 || v.Offers[0] != matcher.Pattern {
			t.Errorf("stored were %v", v.Offers)
		}
	})
}
