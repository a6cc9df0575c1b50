package controller_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/controller"
)

// with tells the cabinet of settings.
func (k *cabinet) with(s controller.Settings) {
	k.t.Helper()
	k.check(k.desired(controller.DesiredRecord{Key: "settings/cabinet", Settings: &s}))
}

// agreeing is a parcel's record with what is known of its recipient's consent.
func agreeing(id, whose string, consent controller.Consent) controller.DesiredRecord {
	record := parcel(id, whose, controller.Small)
	record.Parcel.Consent = consent
	return record
}

// TestTapsForAParcel counts the taps of a courier who is signed in: by hand and with a scanner.
func TestTapsForAParcel(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.with(controller.Settings{Consent: controller.ConsentByCourier})
		k.check(k.desired(parcel("p1", "r-ada", controller.Small), parcel("p2", "r-ada", controller.Small), parcel("p3", "r-bo", controller.Medium)))
		k.signsIn()
		taps := 0
		tap := func(act controller.Act, text string) {
			if taps++; taps > 4 {
				t.Fatalf("the %dth tap for one parcel is %s", taps, act)
			}
			k.does(act, text)
		}
		tap(controller.ActChoose, "p1")
		if v := k.sees(controller.DropSlot); v.Slot != 1 || !v.AskConsent || v.Masked != "A*" || v.Tail != "4711" {
			t.Errorf("slot %d is proposed to %s %s, consent asked: %v", v.Slot, v.Masked, v.Tail, v.AskConsent)
		}
		tap(controller.ActOK, "") // says that the recipient agreed, and opens
		k.sees(controller.DropOpen)
		k.shuts(1)
		k.sees(controller.DropDone)
		tap(controller.ActOK, "")
		k.sees(controller.DropChoose)

		taps = 0
		k.does(controller.ActScan, "p2") // a scan is no tap
		k.sees(controller.DropSlot)
		k.does(controller.ActScan, "p2") // twice under the scanner
		k.sees(controller.DropSlot)
		tap(controller.ActOK, "")
		k.sees(controller.DropOpen)
		k.does(controller.ActScan, "p2")
		k.shuts(2)
		k.sees(controller.DropDone)
		k.does(controller.ActScan, "p3") // the next one, without a tap between
		k.sees(controller.DropSlot)
		tap(controller.ActOK, "")
		k.sees(controller.DropOpen)
		k.shuts(3)
		k.sees(controller.DropDone)
		time.Sleep(10 * time.Second)
		if v := k.sees(controller.DropChoose); v.Dropped != 3 || v.TookBack != 0 || v.Note != controller.NothingExpected {
			t.Errorf("done are %d and %d, note %q", v.Dropped, v.TookBack, v.Note)
		}
		k.wantPulses("1:1 2:1 3:1")
		if k.count("consent-noted") != 3 || k.count("deposited") != 3 {
			t.Errorf("the journal is %v", k.journal())
		}
	})
}

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
		if v := k.sees(controller.Message); v.Note != controller.RecipientRefuses {
			t.Errorf("the screen says %q", v.Note)
		}
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

// TestChooseSlotAndSize: the best fit is proposed, and the courier may take another size or any free slot.
func TestChooseSlotAndSize(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-bo", controller.Small), parcel("p2", "r-bo", controller.Medium)))
		k.check(k.c.SetService(t.Context(), "t-1", 2, true, "dirty"))
		k.signsIn()
		k.does(controller.ActChoose, "p1")
		v := k.sees(controller.DropSlot)
		free := ""
		for _, d := range v.Doors {
			if d.Free {
				free += string(rune('0' + d.Slot))
			}
		}
		if v.Slot != 1 || free != "134" {
			t.Errorf("proposed is %d, free are %s", v.Slot, free)
		}
		for _, step := range []struct {
			act  controller.Act
			text string
			want controller.Slot
		}{
			{controller.ActSize, "2", 3}, {controller.ActSize, "1", 1}, {controller.ActSlot, "4", 4},
			{controller.ActSlot, "2", 1}, // out of service
			{controller.ActSlot, "77", 1},
			{controller.ActSlot, "3", 3},
		} {
			k.does(step.act, step.text)
			if v := k.sees(controller.DropSlot); v.Slot != step.want {
				t.Errorf("after %s %s slot %d is proposed, want %d", step.act, step.text, v.Slot, step.want)
			}
		}
		k.doors[3].set(func(d *door) { d.open = true }) // somebody forces it meanwhile
		k.does(controller.ActOK, "")
		if v := k.sees(controller.DropSlot); v.Slot != 1 {
			t.Errorf("in place of a slot that stands open %d is proposed", v.Slot)
		}
		k.wantPulses("")
		k.shuts(3)
		k.does(controller.ActSlot, "3")
		k.does(controller.ActOK, "")
		k.sees(controller.DropOpen)
		k.shuts(3)
		k.sees(controller.DropDone)
		k.does(controller.ActOK, "")
		k.does(controller.ActChoose, "p2") // medium: only the large slot is left
		if v := k.sees(controller.DropSlot); v.Slot != 4 {
			t.Errorf("proposed is %d", v.Slot)
		}
		k.does(controller.ActOK, "")
		k.sees(controller.DropOpen)
		k.shuts(4)
		k.check(k.desired(parcel("p3", "r-bo", controller.Large)))
		time.Sleep(10 * time.Second)
		k.does(controller.ActChoose, "p3")
		if v := k.sees(controller.DropSlot); v.Slot != 0 || v.Note != controller.NoFreeSlot {
			t.Errorf("with no large slot %d is proposed, note %q", v.Slot, v.Note)
		}
		k.does(controller.ActSize, "1") // it is smaller than was said
		if v := k.sees(controller.DropSlot); v.Slot != 1 || v.Note != "" {
			t.Errorf("proposed is %d, note %q", v.Slot, v.Note)
		}
		k.wantPulses("3:1 4:1")
	})
}

// TestLowSlotForWhoAsked: the low slot is proposed first, though a smaller one would fit.
func TestLowSlotForWhoAsked(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(controller.DesiredRecord{Key: "recipient/r-eve",
			Recipient: &controller.Recipient{ID: "r-eve", Name: "Eve", PhoneTail: "1234", LowSlot: true}}))
		k.check(k.desired(parcel("p1", "r-eve", controller.Small)))
		k.signsIn()
		k.does(controller.ActChoose, "p1")
		if v := k.sees(controller.DropSlot); v.Slot != 4 {
			t.Errorf("slot %d is proposed, want the low one", v.Slot)
		}
	})
}

// TestTapsAtTheWrongMoment: double taps, taps while a door is pulsed, and taps on a screen before open nothing
// twice and choose nothing.
func TestTapsAtTheWrongMoment(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-bo", controller.Small), parcel("p2", "r-bo", controller.Small)))
		k.signsIn()
		k.does(controller.ActChoose, "p1")
		v := k.sees(controller.DropSlot)
		late := controller.Answer{View: v.Number, Act: controller.ActOK}
		k.doors[1].onPulse = func() {
			for range 30 { // more than are kept
				k.c.Answer(late)
				k.c.Answer(controller.Answer{Act: controller.ActDigits, Text: "1"}) // the keypad does not see the screen
				k.c.Answer(controller.Answer{Act: controller.ActScan, Text: "p2"})
			}
		}
		k.does(controller.ActOK, "")
		k.sees(controller.DropOpen)
		if err := k.c.Answer(late); !errors.Is(err, controller.ErrOldView) {
			t.Errorf("a double tap gave %v", err)
		}
		k.sees(controller.DropOpen)
		k.shuts(1)
		k.sees(controller.DropDone)
		time.Sleep(10 * time.Second)
		k.sees(controller.DropChoose)
		k.wantPulses("1:1")
		if p, err := k.store.Parcel("p1"); err != nil || p.Slot != 1 || p.Phase != controller.Stored {
			t.Errorf("the parcel is %+v, %v", p, err)
		}
		if p, err := k.store.Parcel("p2"); err != nil || p.Phase != controller.Expected {
			t.Errorf("the other parcel is %+v, %v", p, err)
		}
	})
}

// TestRecalledWhileTheCourierChooses: a parcel that is not wanted any more opens no door.
func TestRecalledWhileTheCourierChooses(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-bo", controller.Small)))
		k.signsIn()
		k.does(controller.ActChoose, "p1")
		k.sees(controller.DropSlot)
		k.check(k.desired(controller.DesiredRecord{Key: "parcel/p1", Gone: true}))
		k.does(controller.ActOK, "")
		if v := k.sees(controller.Message); v.Note != controller.ParcelUnknown {
			t.Errorf("the screen says %q", v.Note)
		}
		k.wantPulses("")
	})
}

// abandoned has a courier leave an open door behind; it is shut later.
func (k *cabinet) abandoned() {
	k.t.Helper()
	k.people()
	k.check(k.desired(parcel("p1", "r-bo", controller.Small), parcel("p2", "r-bo", controller.Small)))
	k.signsIn()
	k.puts("p1")
	time.Sleep(3 * time.Minute)
	k.sees(controller.Home)
	k.wantNoted("left-open 1")
	k.shuts(1)
}

// TestNoDoorIsLearnedDuringADeposit: nor while a parcel may lie where a deposit was not finished.
func TestNoDoorIsLearnedDuringADeposit(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-bo", controller.Small)))
		k.signsIn()
		k.puts("p1")
		for _, when := range []string{"under way", "not finished"} {
			if err := k.c.PulseToLearn(t.Context(), "t-1", 2); err == nil || !strings.Contains(err.Error(), "look inside first") {
				t.Errorf("while a deposit is %s: %v", when, err)
			}
			time.Sleep(3 * time.Minute)
			k.sees(controller.Home)
		}
		k.wantPulses("1:1")
		k.shuts(1)
		k.check(k.c.SetService(t.Context(), "t-1", 1, false, ""))
		k.check(k.c.PulseToLearn(t.Context(), "t-1", 2))
		k.wantPulses("1:1 2:1")
	})
}

// TestUnfinishedDepositIsFinished: the next courier looks inside, and the parcel that lies there is stored.
func TestUnfinishedDepositIsFinished(t *testing.T) {
	for name, say := range map[string]func(*cabinet){
		"said, then shut": func(k *cabinet) { k.does(controller.ActInside, ""); k.shuts(1) },
		"shut, then said": func(k *cabinet) {
			k.shuts(1)
			if v := k.sees(controller.DropLook); v.Note != controller.SayWhatIsInside {
				k.t.Errorf("the screen says %q", v.Note)
			}
			k.does(controller.ActInside, "")
		},
		"after a restart": func(k *cabinet) {
			k.restart()
			if n := k.count("slot-service 1"); n < 2 {
				k.t.Errorf("%d lines tell of the slot, want one since the restart", n)
			}
			k.shuts(1)
			k.signsIn()
			k.does(controller.ActLook, "1")
			k.sees(controller.DropLook)
			k.does(controller.ActInside, "")
			k.shuts(1)
		},
		"opened again, changed the mind": func(k *cabinet) {
			k.does(controller.ActNothing, "")
			k.does(controller.ActReopen, "")
			k.does(controller.ActInside, "")
			k.shuts(1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(k *cabinet) {
				k.abandoned()
				k.signsIn()
				if v := k.sees(controller.DropChoose); len(v.Looks) != 1 || v.Looks[0] != 1 {
					t.Errorf("to look into are %v", v.Looks)
				}
				k.does(controller.ActLook, "1")
				if v := k.sees(controller.DropLook); len(v.Parcels) != 1 || v.Parcels[0].ID != "p1" {
					t.Errorf("the parcel in question is %v", v.Parcels)
				}
				say(k)
				k.sees(controller.DropDone)
				k.wantNoted("deposited 1 p1")
				k.wantNoted("code-issued 1 p1")
				k.does(controller.ActOK, "")
				if v := k.sees(controller.DropChoose); len(v.Looks) != 0 || len(v.Parcels) != 1 {
					t.Errorf("left are %v and %v", v.Looks, v.Parcels)
				}
			})
		})
	}
}

// TestUnfinishedDepositIsCleared: an empty slot is free again, a broken one is out of service, and who says
// nothing leaves the mark.
func TestUnfinishedDepositIsCleared(t *testing.T) {
	for name, test := range map[string]struct {
		say   func(*cabinet)
		slot  controller.Slot // that is proposed next
		looks int
	}{
		"empty":        {func(k *cabinet) { k.does(controller.ActNothing, ""); k.shuts(1) }, 1, 0},
		"broken":       {func(k *cabinet) { k.does(controller.ActBroken, ""); k.shuts(1) }, 2, 0},
		"says nothing": {func(k *cabinet) { k.shuts(1); time.Sleep(5 * time.Minute); k.signsIn() }, 2, 1},
		"leaves":       {func(k *cabinet) { k.does(controller.ActBack, ""); k.shuts(1) }, 2, 1},
		"by technician": {func(k *cabinet) {
			k.shuts(1)
			k.check(k.c.SetService(k.t.Context(), "t-1", 1, false, ""))
			k.does(controller.ActBack, "") // the list is made after that
		}, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(k *cabinet) {
				k.abandoned()
				k.signsIn()
				k.does(controller.ActLook, "1")
				k.sees(controller.DropLook)
				test.say(k)
				if v := k.sees(controller.DropChoose); len(v.Looks) != test.looks {
					t.Errorf("to look into are %v", v.Looks)
				}
				k.does(controller.ActChoose, "p2")
				if v := k.sees(controller.DropSlot); v.Slot != test.slot {
					t.Errorf("slot %d is proposed, want %d", v.Slot, test.slot)
				}
				if k.count("deposited") != 0 {
					t.Error("something counts as deposited")
				}
			})
		})
	}
}

// TestCancelAsksWhatIsInside: the parcel may lie behind the door, so its slot is free again only on a word.
func TestCancelAsksWhatIsInside(t *testing.T) {
	for name, test := range map[string]struct {
		say   func(*cabinet)
		slot  controller.Slot // that is proposed next
		looks int
	}{
		"empty":           {func(k *cabinet) { k.does(controller.ActNothing, ""); k.shuts(1) }, 1, 0},
		"shut, empty":     {func(k *cabinet) { k.shuts(1); k.does(controller.ActNothing, "") }, 1, 0},
		"broken":          {func(k *cabinet) { k.does(controller.ActBroken, ""); k.shuts(1) }, 2, 0},
		"cancels that":    {func(k *cabinet) { k.does(controller.ActBack, ""); k.shuts(1) }, 2, 1},
		"shut, no word":   {func(k *cabinet) { k.shuts(1); time.Sleep(5 * time.Minute); k.signsIn() }, 2, 1},
		"open, no word":   {func(k *cabinet) { time.Sleep(5 * time.Minute); k.shuts(1); k.signsIn() }, 2, 1},
		"dirty meanwhile": {func(k *cabinet) { k.setsOut(1); k.does(controller.ActNothing, ""); k.shuts(1) }, 2, 0},
		"inside": {func(k *cabinet) {
			k.does(controller.ActInside, "")
			k.shuts(1)
			k.sees(controller.DropDone)
			k.does(controller.ActOK, "")
		}, 2, 0},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(k *cabinet) {
				k.people()
				k.check(k.desired(parcel("p1", "r-bo", controller.Small), parcel("p2", "r-bo", controller.Small)))
				k.signsIn()
				k.puts("p1")
				k.does(controller.ActBack, "")
				if v := k.sees(controller.DropLook); len(v.Parcels) != 1 || v.Parcels[0].ID != "p1" {
					t.Errorf("the parcel in question is %v", v.Parcels)
				}
				test.say(k)
				if v := k.sees(controller.DropChoose); len(v.Looks) != test.looks || (v.Dropped == 1) != (name == "inside") {
					t.Errorf("to look into are %v, dropped off are %d", v.Looks, v.Dropped)
				}
				k.does(controller.ActChoose, "p2")
				if v := k.sees(controller.DropSlot); v.Slot != test.slot {
					t.Errorf("slot %d is proposed, want %d", v.Slot, test.slot)
				}
				if n := k.count("deposited 1 p1"); (n == 1) != (name == "inside") {
					t.Errorf("the journal is %v", k.journal())
				}
			})
		})
	}
}

// setsOut has a technician take a slot out of service.
func (k *cabinet) setsOut(slot controller.Slot) {
	k.t.Helper()
	k.check(k.c.SetService(k.t.Context(), "t-1", slot, true, "dirty"))
}

// TestJamStands: a door that jams while it is not known what lies behind it stays out of service, and its parcel
// expected, whatever the courier says next.
func TestJamStands(t *testing.T) {
	jams := func(k *cabinet) {
		k.doors[1].set(func(d *door) { d.jammed, d.blind, d.open = true, false, false })
		k.does(controller.ActReopen, "")
		time.Sleep(5 * time.Second)
	}
	for name, begin := range map[string]func(*cabinet){
		"look inside": func(k *cabinet) {
			k.abandoned()
			k.signsIn()
			k.does(controller.ActLook, "1")
			k.sees(controller.DropLook)
			k.shuts(1)
		},
		"at a switch that answers late": func(k *cabinet) {
			k.people()
			k.check(k.desired(parcel("p1", "r-bo", controller.Small), parcel("p2", "r-bo", controller.Small)))
			k.doors[1].set(func(d *door) { d.blind = true })
			k.signsIn()
			k.does(controller.ActChoose, "p1")
			k.does(controller.ActOK, "")
			time.Sleep(3 * time.Second)
			k.sees(controller.DropOpen)
		},
	} {
		for _, next := range []controller.Act{controller.ActInside, controller.ActNothing, controller.ActLarger, controller.ActBack, controller.ActOK} {
			t.Run(name+", "+string(next), func(t *testing.T) {
				story(t, func(k *cabinet) {
					begin(k)
					jams(k)
					if v := k.sees(controller.Message); v.Note != controller.DoorJammed || v.Slot != 1 {
						t.Errorf("the screen says %q of door %d", v.Note, v.Slot)
					}
					k.does(next, "")
					k.sees(controller.DropChoose)
					kept, err := k.store.Remembered()
					if err != nil || len(kept.Slots) != 1 || kept.Slots[0].OutOfService != "jammed" {
						t.Errorf("the slots are %+v, %v", kept.Slots, err)
					}
					if p, err := k.store.Parcel("p1"); err != nil || p.Phase != controller.Expected {
						t.Errorf("the parcel is %+v, %v", p, err)
					}
				})
			})
		}
	}
}

// TestUnfinishedDepositOfAParcelThatIsElsewhere: nobody can say that it lies here, too.
func TestUnfinishedDepositOfAParcelThatIsElsewhere(t *testing.T) {
	story(t, func(k *cabinet) {
		k.abandoned()
		k.dropsOff("p1") // the courier had it still
		k.signsIn()
		k.does(controller.ActLook, "1")
		if v := k.sees(controller.DropLook); len(v.Parcels) != 0 {
			t.Errorf("the parcel in question is %v", v.Parcels)
		}
		k.does(controller.ActInside, "")
		k.shuts(1)
		k.sees(controller.DropLook) // still waits for a word
		k.does(controller.ActNothing, "")
		k.sees(controller.DropChoose)
		if k.count("deposited") != 1 {
			t.Errorf("the journal is %v", k.journal())
		}
	})
}

// informed is an information system that makes parcels of announcements.
type informed struct {
	k       *cabinet
	err     error
	delay   time.Duration
	offline bool
	asked   []controller.Announcement
}

func (i *informed) announce(ctx context.Context, a controller.Announcement) (controller.ParcelID, error) {
	i.asked = append(i.asked, a)
	select {
	case <-time.After(i.delay):
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if i.err != nil {
		return "", i.err
	}
	id := "w1"
	if a.Label != "" {
		id = string(a.Label)
	}
	go func() { // desired state comes a moment behind the answer
		time.Sleep(700 * time.Millisecond)
		record := parcel(id, "r-new", 0)
		i.k.desired(controller.DesiredRecord{Key: "recipient/r-new", Recipient: &controller.Recipient{ID: "r-new", PhoneTail: "8000"}}, record)
	}()
	return controller.ParcelID(id), nil
}

// announcing tells a story of a cabinet at which parcels can be announced.
func announcing(t *testing.T, tell func(*cabinet, *informed)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		k := newCabinet(t)
		i := &informed{k: k}
		k.extend = func(p *controller.Parts) {
			p.Announce, p.Online = i.announce, func() bool { return !i.offline }
		}
		k.start()
		k.people()
		k.with(controller.Settings{WalkUp: true, Consent: controller.ConsentByCourier})
		k.signsIn()
		tell(k, i)
		k.stop()
	})
}

// TestWalkUp: the phone number, the courier's word and the size lead to a deposit with a code.
func TestWalkUp(t *testing.T) {
	announcing(t, func(k *cabinet, i *informed) {
		k.does(controller.ActScan, "SF1004")
		if v := k.sees(controller.DropChoose); v.Note != controller.ParcelUnknown || !v.WalkUp {
			t.Errorf("note %q, walk-up %v", v.Note, v.WalkUp)
		}
		k.does(controller.ActPhone, "")
		k.sees(controller.DropPhone)
		k.does(controller.ActDigits, "13800138000")
		k.sees(controller.Comparing)
		time.Sleep(time.Second)
		if v := k.sees(controller.DropSlot); v.Masked != "*" || v.Tail != "8000" || !v.AskConsent || v.Slot != 0 {
			t.Errorf("the parcel is for %s %s, consent asked %v, proposed is %d", v.Masked, v.Tail, v.AskConsent, v.Slot)
		}
		k.does(controller.ActSize, "1")
		k.does(controller.ActOK, "")
		k.sees(controller.DropOpen)
		k.shuts(1)
		k.sees(controller.DropDone)
		k.wantNoted("consent-noted 0 SF1004")
		k.wantNoted("deposited 1 SF1004")
		if k.sealer.codes["SF1004"] == "" {
			t.Error("no code was issued")
		}
		if len(i.asked) != 1 || i.asked[0].Label != "SF1004" || i.asked[0].Courier != "1001" {
			t.Errorf("asked was %+v", i.asked)
		}
	})
}

// TestLabelThatIsAnnounced: the courier sees the label that goes up with the phone number, and a badge that is known
// here is none.
func TestLabelThatIsAnnounced(t *testing.T) {
	announcing(t, func(k *cabinet, i *informed) {
		k.employs("2002", "badge-2002-x", false)
		label := func() string {
			k.does(controller.ActPhone, "")
			defer k.does(controller.ActBack, "")
			return fmt.Sprint(k.sees(controller.DropPhone).Parcels)
		}
		nothing, scanned := fmt.Sprint([]controller.ParcelLine(nil)), fmt.Sprint([]controller.ParcelLine{{ID: "SF1004"}})
		if got := label(); got != nothing {
			t.Errorf("before a scan the label is %s", got)
		}
		k.does(controller.ActScan, "badge-2002-x")
		if v := k.sees(controller.DropChoose); v.Note != controller.BadgeNoParcel {
			t.Errorf("a badge gives the note %q", v.Note)
		}
		if got := label(); got != nothing {
			t.Errorf("after a badge the label is %s", got)
		}
		k.does(controller.ActScan, "SF1004")
		k.does(controller.ActScan, "badge-2002-x")
		if got := label(); got != scanned {
			t.Errorf("after a scan the label is %s", got)
		}
	})
}

// TestWalkUpRefused: each reason has its sentence, and nothing opens.
func TestWalkUpRefused(t *testing.T) {
	for reason, note := range map[error]controller.Note{
		controller.ErrForbidden: controller.WalkUpForbidden, controller.ErrUnwanted: controller.RecipientRefuses,
		controller.ErrLabelUsed: controller.LabelUsed, controller.ErrOffline: controller.NoNetwork, controller.ErrFull: controller.NoFreeSlot,
	} {
		announcing(t, func(k *cabinet, i *informed) {
			i.err = reason
			k.does(controller.ActPhone, "")
			k.sees(controller.DropPhone)
			k.does(controller.ActDigits, "13800138000")
			if v := k.sees(controller.Message); v.Note != note {
				t.Errorf("%v: the screen says %q", reason, v.Note)
			}
			k.does(controller.ActOK, "")
			k.sees(controller.DropChoose)
			k.wantPulses("")
		})
	}
}

func TestWalkUpWithABadNumber(t *testing.T) {
	announcing(t, func(k *cabinet, i *informed) {
		i.err = controller.ErrNoPhone
		k.does(controller.ActPhone, "")
		k.does(controller.ActDigits, "12")
		if v := k.sees(controller.DropPhone); v.Note != controller.PhoneWrong {
			t.Errorf("the screen says %q", v.Note)
		}
		i.err = nil
		k.does(controller.ActDigits, "13800138000")
		time.Sleep(time.Second)
		k.sees(controller.DropSlot)
	})
}

// TestWalkUpWithoutNetwork: it is refused at once; when the network fails on the way, after a while; and the
// courier goes on with the list.
func TestWalkUpWithoutNetwork(t *testing.T) {
	announcing(t, func(k *cabinet, i *informed) {
		i.offline = true
		k.does(controller.ActPhone, "")
		if v := k.sees(controller.Message); v.Note != controller.NoNetwork || len(i.asked) != 0 {
			t.Errorf("the screen says %q, asked was %v", v.Note, i.asked)
		}
		k.does(controller.ActOK, "")
		i.offline, i.delay = false, time.Hour
		k.does(controller.ActPhone, "")
		k.does(controller.ActDigits, "13800138000")
		k.sees(controller.Comparing)
		k.does(controller.ActDigits, "1") // a key meanwhile asks for the same parcel
		time.Sleep(21 * time.Second)
		if v := k.sees(controller.Message); v.Note != controller.NoNetwork {
			t.Errorf("the screen says %q", v.Note)
		}
		if len(i.asked) != 2 || i.asked[0].ID != i.asked[1].ID || i.asked[0].ID == [16]byte{} {
			t.Errorf("asked was %+v", i.asked)
		}
		k.does(controller.ActOK, "")
		k.does(controller.ActPhone, "")
		k.does(controller.ActDigits, "13800138000")
		k.sees(controller.Comparing)
		k.does(controller.ActBack, "")
		k.sees(controller.DropChoose)
	})
}

// TestWalkUpIsTheInformationSystemsToAllow: without the setting there is no way to it.
func TestWalkUpIsTheInformationSystemsToAllow(t *testing.T) {
	announcing(t, func(k *cabinet, i *informed) {
		k.does(controller.ActBack, "")
		k.with(controller.Settings{})
		k.signsIn()
		if v := k.sees(controller.DropChoose); v.WalkUp {
			t.Error("it is offered")
		}
		k.does(controller.ActPhone, "")
		k.sees(controller.DropChoose)
	})
}

// overdue has the courier at the list with a parcel of Ada's that is overdue.
func (k *cabinet) overdue() {
	k.t.Helper()
	k.people()
	due := parcel("p1", "r-ada", controller.Small)
	due.Parcel.Due = time.Now().Add(time.Hour)
	k.check(k.desired(due))
	k.dropsOff("p1")
	time.Sleep(2 * time.Hour)
	k.signsIn()
}

// TestTakeBackOfWhatWasGivenMoreTime: the list that the courier taps on may be older than what holds.
func TestTakeBackOfWhatWasGivenMoreTime(t *testing.T) {
	story(t, func(k *cabinet) {
		k.overdue()
		later := parcel("p1", "r-ada", controller.Small)
		later.Parcel.Due = time.Now().Add(time.Hour)
		k.check(k.desired(later))
		k.does(controller.ActChoose, "p1")
		if v := k.sees(controller.Message); v.Note != controller.ParcelUnknown {
			t.Errorf("the screen says %q", v.Note)
		}
		k.wantPulses("1:1")
		if p, err := k.store.Parcel("p1"); err != nil || p.Phase != controller.Stored {
			t.Errorf("the parcel is %+v, %v", p, err)
		}
	})
}

// TestPowerCutInATakeBack: whose second pulse is interrupted is nobody's collection.
func TestPowerCutInATakeBack(t *testing.T) {
	story(t, func(k *cabinet) {
		k.overdue()
		k.does(controller.ActChoose, "p1")
		k.sees(controller.SlotOpen)
		k.doors[1].set(func(d *door) { d.onPulse = func() { k.failing = true } })
		k.does(controller.ActReopen, "")
		k.failing = false
		k.restart()
		k.wantNoted("indeterminate 1 p1")
		k.shuts(1)
		time.Sleep(time.Minute)
		if k.count("collected") != 0 {
			t.Errorf("the journal is %v", k.journal())
		}
		if p, err := k.store.Parcel("p1"); err != nil || p.Phase != controller.Stored {
			t.Errorf("the parcel is %+v, %v", p, err)
		}
	})
}
