package controller_test

import (
	"slices"
	"testing"

	"lockerd/controller"
	"lockerd/matcher"
)

// atKept types the digits of an invitation, as somebody who stored something before.
func (k *cabinet) atKept(digits string) controller.View {
	k.t.Helper()
	k.sees(controller.Home)
	k.does(controller.ActEnrol, "")
	k.sees(controller.EnrolInvite)
	k.does(controller.ActDigits, digits)
	return k.sees(controller.EnrolKept)
}

// TestWithdrawOneKind: what was stored of that kind is gone, everything else stays, and the parcel that lies here
// needs no code while a way that is no biometric is left.
func TestWithdrawOneKind(t *testing.T) {
	story(t, func(k *cabinet) {
		slot := k.holds("p1", "r-ada")
		k.invites("i1", "r-ada", "11223344")
		if v := k.atKept("11223344"); len(v.Offers) != 3 || len(v.Marked) != 0 {
			t.Errorf("stored are %v, marked %v", v.Offers, v.Marked)
		}
		k.does(controller.ActWithdraw, "voice") // was never stored
		k.does(controller.ActWithdraw, "passcode")
		if v := k.sees(controller.EnrolKept); len(v.Marked) != 1 || v.Marked[0] != matcher.Passcode {
			t.Errorf("marked are %v", v.Marked)
		}
		k.does(controller.ActWithdraw, "passcode") // on second thoughts
		k.keys("2")                                // the first kind
		k.does(controller.ActErase, "")
		if v := k.sees(controller.EnrolErase); len(v.Offers) != 1 || v.Offers[0] != matcher.Fingerprint {
			t.Errorf("about to be withdrawn are %v", v.Offers)
		}
		k.does(controller.ActOK, "")
		k.tells(controller.Message, controller.KindsWithdrawn)
		k.wantNoted("withdrawn 0")
		if k.count("code-issued") != 0 {
			t.Error("a code was issued although pattern and passcode are left")
		}
		k.does(controller.ActOK, "")
		k.sees(controller.Home)
		k.touches("ada's finger")
		k.sees(controller.RefusedView)
		k.does(controller.ActBack, "")
		k.sees(controller.Home)
		k.does(controller.ActDigits, "4711")
		k.sees(controller.AskWay)
		k.does(controller.ActWay, "passcode")
		k.does(controller.ActDigits, "271828")
		if v := k.sees(controller.SlotOpen); v.Slot != slot {
			t.Errorf("the passcode opens slot %d", v.Slot)
		}
	})
}

// TestWithdrawAllButBiometrics: with a finger alone left, the parcel gets a code, and so does the next one.
func TestWithdrawAllButBiometrics(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-ada", controller.Small), parcel("p2", "r-ada", controller.Small)))
		k.dropsOff("p1")
		k.invites("i1", "r-ada", "11223344")
		k.atKept("11223344")
		k.does(controller.ActWithdraw, "pattern")
		k.does(controller.ActWithdraw, "passcode")
		k.does(controller.ActErase, "")
		k.does(controller.ActOK, "")
		k.sees(controller.Message)
		if k.sealer.codes["p1"] == "" {
			t.Error("a finger is the only way to the parcel that lies here")
		}
		k.does(controller.ActOK, "")
		k.dropsOff("p2")
		if k.sealer.codes["p2"] == "" {
			t.Error("a finger is the only way to the next parcel")
		}
	})
}

// TestWithdrawWhatThePolicyNeeds: a passcode is left, and the policy wants a voice beside it: the parcel gets a code.
func TestWithdrawWhatThePolicyNeeds(t *testing.T) {
	speaks(t, func(k *cabinet, _ *sensor) {
		k.speakers("voice+passcode | code", "ada")
		k.invites("i1", "r-ada", "11223344")
		k.atKept("11223344")
		k.does(controller.ActWithdraw, "voice")
		k.does(controller.ActErase, "")
		k.does(controller.ActOK, "")
		k.sees(controller.Message)
		withdrawn, issued := slices.Index(k.journal(), "withdrawn 0"), slices.Index(k.journal(), "code-issued 1 p1")
		if withdrawn < 0 || issued != withdrawn+1 {
			t.Errorf("the code is not in the line after the withdrawal: %q", k.journal())
		}
	})
}

// TestWithdrawingEverythingIsAnErasure: by kinds or in one, the record says the same.
func TestWithdrawingEverythingIsAnErasure(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.invites("i1", "r-ada", "11223344")
		k.atKept("11223344")
		for _, kind := range []string{"pattern", "passcode", "fingerprint"} {
			k.does(controller.ActWithdraw, kind)
		}
		k.does(controller.ActErase, "")
		k.does(controller.ActOK, "")
		k.tells(controller.Message, controller.NothingStored)
		k.wantNoted("erased 0")
	})
}

// TestWithdrawnAtTheInformationSystem: what an operator withdrew shuts nobody out of a parcel that lies here.
func TestWithdrawnAtTheInformationSystem(t *testing.T) {
	story(t, func(k *cabinet) {
		slot := k.holds("p1", "r-ada")
		gone := func(id string) controller.DesiredRecord {
			return controller.DesiredRecord{Key: "verification/" + id, Gone: true}
		}
		k.check(k.desired(gone("v2")))
		if k.count("code-issued") != 0 {
			t.Error("a code was issued although the passcode is left")
		}
		k.check(k.desired(gone("v3")))
		k.check(k.desired(gone("v1")))
		if n := k.count("code-issued"); n != 1 {
			t.Errorf("%d codes were issued, want one", n)
		}
		k.does(controller.ActPickUp, "")
		k.sees(controller.AskAny)
		k.collectsByCode("p1", slot)
		k.sees(controller.Home)
	})
}
