package controller_test

import (
	"testing"
	"time"

	"lockerd/controller"
	"lockerd/matcher"
)

func TestFingerOpensItsOwnersSlotAlone(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-ada", controller.Small), parcel("p2", "r-bo", controller.Medium)))
		slot, other := k.dropsOff("p1"), k.dropsOff("p2")
		if slot != 1 || other != 3 {
			t.Fatalf("parcels lie in %d and %d, want 1 and 3 (smallest that fits)", slot, other)
		}
		k.touches("ada's finger")
		if v := k.sees(controller.SlotOpen); v.Slot != slot {
			t.Fatalf("slot %d is open, want %d", v.Slot, slot)
		}
		k.wantPulses("1:2 3:1")
		k.shuts(slot)
		k.sees(controller.Message)
		k.wantNoted("collected 1 p1")
		time.Sleep(10 * time.Second)
		k.sees(controller.Home)
		k.touches("ada's finger")
		k.sees(controller.RefusedView)
		k.wantPulses("1:2 3:1")
	})
}

func TestStrangerOpensNothing(t *testing.T) {
	story(t, func(k *cabinet) {
		k.holds("p1", "r-ada")
		k.touches("a stranger's finger")
		k.tells(controller.RefusedView, controller.NotRecognised)
		k.wantNoted("refused 0")
		k.wantPulses("1:1")
	})
}

func TestPoorImpressionGivesAdviceAndCountsNothing(t *testing.T) {
	story(t, func(k *cabinet) {
		k.holds("p1", "r-ada")
		for range 8 {
			k.touches("poor")
			if v := k.sees(controller.RefusedView); v.Advice != matcher.PressHarder {
				t.Fatalf("advice is %q", v.Advice)
			}
			k.does(controller.ActOK, "")
			k.sees(controller.AskAny)
		}
		k.touches("ada's finger")
		k.sees(controller.SlotOpen)
	})
}

func TestPatternAndPasscodeAfterThePhonesDigits(t *testing.T) {
	for _, c := range []struct {
		kind   matcher.Kind
		screen controller.Screen
		act    controller.Act
		right  string
		wrong  string
	}{
		{matcher.Pattern, controller.AskPattern, controller.ActPattern, "04576", "04578"},
		{matcher.Passcode, controller.AskPasscode, controller.ActDigits, "271828", "314159"},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			story(t, func(k *cabinet) {
				slot := k.holds("p1", "r-ada")
				attempt := func(tail, secret string) {
					if v := k.sees(controller.AskTail); v.Kind != c.kind {
						t.Errorf("the digits are asked for %q", v.Kind)
					}
					k.does(controller.ActDigits, tail)
					k.sees(c.screen)
					k.does(c.act, secret)
				}
				k.does(controller.ActPickUp, "")
				k.sees(controller.AskAny)
				k.does(controller.ActWay, string(c.kind))
				attempt("4711", c.wrong)
				known := k.sees(controller.RefusedView)
				k.does(controller.ActOK, "") // the same way again, and the digits, which may have been wrong
				attempt("9999", c.right)     // digits of nobody: the same answer
				unknown := k.sees(controller.RefusedView)
				if known.Note != unknown.Note || known.Tries != unknown.Tries || len(known.Offers) != len(unknown.Offers) {
					t.Errorf("known digits give %v, unknown ones %v", known, unknown)
				}
				k.does(controller.ActWay, "")
				k.sees(controller.AskAny)
				k.does(controller.ActWay, string(c.kind))
				attempt("4711", c.right)
				if v := k.sees(controller.SlotOpen); v.Slot != slot {
					t.Errorf("slot %d is open, want %d", v.Slot, slot)
				}
			})
		})
	}
}

func TestCodeForOneWhoStoredNothing(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-ada", controller.Small), parcel("p2", "r-bo", controller.Small)))
		k.dropsOff("p1")
		slot := k.dropsOff("p2")
		if _, issued := k.sealer.codes["p1"]; issued {
			t.Error("Ada is specific and got a code")
		}
		code := k.sealer.codes["p2"]
		wrong := "00000000"
		if code == wrong {
			wrong = "00000001"
		}
		k.does(controller.ActDigits, wrong)
		k.sees(controller.RefusedView)
		k.does(controller.ActOK, "")
		k.sees(controller.AskAny)
		k.does(controller.ActDigits, code)
		if v := k.sees(controller.SlotOpen); v.Slot != slot {
			t.Fatalf("slot %d is open, want %d", v.Slot, slot)
		}
		k.shuts(slot)
		k.sees(controller.Message)
		k.wantNoted("collected 2 p2")
		if live, err := k.store.Codes(); err != nil || len(live) != 0 {
			t.Errorf("after the pickup the codes are %v, %v", live, err)
		}
		time.Sleep(10 * time.Second)
		k.sees(controller.Home)
		k.does(controller.ActDigits, code)
		k.sees(controller.RefusedView)
		k.wantPulses("1:1 2:2")
	})
}

func TestCodesForEveryone(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-ada", controller.Small),
			controller.DesiredRecord{Key: "settings/cabinet", Settings: &controller.Settings{Codes: controller.CodesEveryone}}))
		k.dropsOff("p1")
		k.does(controller.ActDigits, k.sealer.codes["p1"])
		k.sees(controller.SlotOpen)
	})
}

func TestPolicyOfTwoKindsNeedsBoth(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		policy, err := controller.ParsePolicy("fingerprint+passcode")
		k.check(err)
		k.check(k.desired(parcel("p1", "r-ada", controller.Small),
			controller.DesiredRecord{Key: "settings/cabinet", Settings: &controller.Settings{Policy: policy}}))
		k.dropsOff("p1")
		k.touches("ada's finger")
		k.sees(controller.AskPasscode)
		k.wantPulses("1:1")
		k.does(controller.ActDigits, "314159")
		k.sees(controller.RefusedView)
		k.does(controller.ActOK, "")
		k.sees(controller.AskPasscode)
		k.does(controller.ActDigits, "271828")
		k.sees(controller.SlotOpen)
		k.wantPulses("1:2")
	})
}

func TestKindsThatAreSwitchedOffOpenNothing(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-ada", controller.Small),
			controller.DesiredRecord{Key: "settings/cabinet", Settings: &controller.Settings{
				Off: []matcher.Kind{matcher.Fingerprint, matcher.Pattern, matcher.Passcode, matcher.Code}}}))
		k.dropsOff("p1")
		k.does(controller.ActPickUp, "")
		if v := k.screen.now(); len(v.Offers) != 0 || v.Note != controller.AskHuman {
			t.Errorf("offered are %v with note %q", v.Offers, v.Note)
		}
		k.does(controller.ActDigits, "12345678")
		k.sees(controller.RefusedView)
		k.wantPulses("1:1")
	})
}

func TestSeveralParcelsOneAfterAnother(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-ada", controller.Small), parcel("p2", "r-ada", controller.Small)))
		k.dropsOff("p1")
		k.dropsOff("p2")
		k.touches("ada's finger")
		v := k.sees(controller.YourParcels)
		if len(v.Parcels) != 2 || v.Masked != "A*" {
			t.Fatalf("the list is %v for %q", v.Parcels, v.Masked)
		}
		k.does(controller.ActAll, "")
		for range 2 {
			k.shuts(k.sees(controller.SlotOpen).Slot)
		}
		k.sees(controller.Message)
		k.wantNoted("collected 1 p1")
		k.wantNoted("collected 2 p2")
	})
}

// TestParcelWithAnyNumber: a parcel whose number reads like a choice of the screen is one parcel, for its recipient and
// for a courier, who may scan it.
func TestParcelWithAnyNumber(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("all", "r-ada", controller.Small), parcel("choose-all", "r-ada", controller.Small), parcel("1", "r-ada", controller.Medium)))
		for _, id := range []string{"all", "choose-all", "1"} {
			k.dropsOff(id)
		}
		k.touches("ada's finger")
		k.sees(controller.YourParcels)
		k.does(controller.ActScan, "choose-all") // nobody scans here
		k.does(controller.ActChoose, "all")
		if v := k.sees(controller.SlotOpen); v.Slot != 1 || v.Steps != 1 {
			t.Errorf("open is slot %d, 1 of %d", v.Slot, v.Steps)
		}
		k.shuts(1)
		if v := k.sees(controller.YourParcels); len(v.Parcels) != 2 {
			t.Errorf("%v are left", v.Parcels)
		}
		k.does(controller.ActBack, "")
		gone := func(id string) controller.DesiredRecord {
			return controller.DesiredRecord{Key: "parcel/" + id, Gone: true}
		}
		k.check(k.desired(gone("choose-all"), gone("1")))
		k.signsIn()
		k.does(controller.ActScan, "choose-all")
		if v := k.sees(controller.SlotOpen); v.Slot != 2 {
			t.Errorf("open is slot %d", v.Slot)
		}
		k.shuts(2)
		if v := k.sees(controller.DropChoose); v.TookBack != 1 {
			t.Errorf("%d were taken back", v.TookBack)
		}
	})
}

// TestSlipsOfTheKeypad: too few digits are no try.
func TestSlipsOfTheKeypad(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-ada", controller.Small)))
		k.dropsOff("p1")
		for way, screen := range map[string]controller.Screen{"passcode": controller.AskPasscode, "code": controller.AskCode} {
			k.keys("4711")
			k.sees(controller.AskWay)
			k.does(controller.ActWay, way)
			for _, slip := range []string{"", "27", "271"} {
				k.keys(slip)
				k.sees(screen)
			}
			k.keys("0")
			k.sees(controller.Home)
		}
		if kept, err := k.store.Remembered(); err != nil || len(kept.Tries) > 0 {
			t.Errorf("counted are %v, %v", kept.Tries, err)
		}
	})
}

func TestNothingInsideIsNotedAndTheSlotChecked(t *testing.T) {
	story(t, func(k *cabinet) {
		slot := k.holds("p1", "r-ada")
		k.touches("ada's finger")
		k.sees(controller.SlotOpen)
		k.does(controller.ActNothing, "")
		k.shuts(slot)
		k.wantNoted("nothing-inside 1 p1")
		k.tells(controller.Message, controller.EmptyReported)
		if v := k.screen.now(); v.Slot != slot {
			t.Errorf("whoever calls is told slot %d", v.Slot)
		}
		if n := k.count("collected"); n != 0 {
			t.Error("a parcel that was not there counts as collected")
		}
		for _, d := range k.c.Doors() {
			if d.Slot == slot && !d.Out {
				t.Error("the slot is still in service")
			}
		}
	})
}

// TestWrongLength: digits that are too few or too many are a slip. The screen says how many it asks for, and no try
// is counted.
func TestWrongLength(t *testing.T) {
	story(t, func(k *cabinet) {
		k.holds("p1", "r-ada")
		k.keys("681342")
		k.tells(controller.AskAny, controller.CodeLength)
		k.keys("6813426813")
		k.tells(controller.AskAny, controller.CodeLength)
		k.does(controller.ActWay, string(matcher.Passcode))
		k.tells(controller.AskTail, "")
		k.keys("1") // another way
		k.tells(controller.AskAny, "")
		k.does(controller.ActWay, string(matcher.Passcode))
		k.keys("471")
		k.tells(controller.AskTail, controller.TailLength)
		k.keys("4711")
		k.tells(controller.AskPasscode, "")
		for range 6 {
			k.keys("31415")
			k.tells(controller.AskPasscode, controller.PasscodeLength)
		}
		if n := k.count("refused"); n != 0 {
			t.Errorf("%d tries were counted", n)
		}
		k.does(controller.ActBack, "")
		k.sees(controller.Home)
	})
}
