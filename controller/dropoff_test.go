package controller_test

import (
	"slices"
	"testing"
	"time"

	"lockerd/controller"
)

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

// TestDepositBehindABlindDoor: where the switch does not answer, the courier says that the parcel is inside, and can say
// so from the keypad. Who has no other parcel signs out at once.
func TestDepositBehindABlindDoor(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-bo", controller.Small)))
		k.doors[1].set(func(d *door) { d.blind = true })
		k.signsIn()
		k.does(controller.ActChoose, "p1")
		k.sees(controller.DropSlot)
		k.does(controller.ActOK, "")
		time.Sleep(3 * time.Second)
		if v := k.sees(controller.DropOpen); !v.Blind {
			t.Error("the screen does not know that the switch is blind")
		}
		k.keys("1")
		k.sees(controller.DropDone)
		k.wantNoted("deposited 1 p1")
		k.does(controller.ActBack, "")
		k.sees(controller.Home)
		k.wantPulses("1:1")
	})
}

// TestRecalledWhileTheCourierChooses: a parcel that is not wanted any more opens no door.
func TestRecalledWhileTheCourierChooses(t *testing.T) {
	story(t, func(k *cabinet) {
		k.courierFor("p1")
		k.does(controller.ActChoose, "p1")
		k.sees(controller.DropSlot)
		k.check(k.desired(controller.DesiredRecord{Key: "parcel/p1", Gone: true}))
		k.does(controller.ActOK, "")
		k.tells(controller.Message, controller.ParcelUnknown)
		k.wantPulses("")
	})
}

// TestUnwantedWhileTheCourierHasTheDoorOpen: a parcel that is recalled or refused before the door is shut is not stored.
// The courier takes it out again and goes on; who leaves instead leaves the slot to be looked into.
func TestUnwantedWhileTheCourierHasTheDoorOpen(t *testing.T) {
	refused := parcel("p1", "r-bo", controller.Small)
	refused.Parcel.Consent = controller.ConsentRefused
	for name, record := range map[string]controller.DesiredRecord{
		"refused": refused, "recalled": {Key: "parcel/p1", Gone: true},
	} {
		for then, marked := range map[string]bool{"takes it out": false, "is gone": true, "leaves": true} {
			t.Run(name+", "+then, func(t *testing.T) {
				story(t, func(k *cabinet) {
					k.courierFor("p1")
					k.puts("p1")
					k.check(k.desired(record))
					k.shuts(1)
					k.tells(controller.Message, controller.TakeItOut)
					switch then {
					case "takes it out":
						k.does(controller.ActOK, "")
						if v := k.sees(controller.DropLook); len(v.Parcels) != 0 {
							t.Error("the courier may say that the parcel stays")
						}
						k.does(controller.ActNothing, "")
						k.shuts(1)
					case "leaves":
						k.does(controller.ActBack, "")
					case "is gone":
						time.Sleep(time.Minute)
						k.signsIn()
					}
					if v := k.sees(controller.DropChoose); v.Dropped != 0 || slices.Contains(v.Looks, 1) != marked {
						t.Errorf("dropped off %d, to look into %v; want 0 and slot 1 there: %v", v.Dropped, v.Looks, marked)
					}
					if k.count("deposited") != 0 || k.count("code-issued") != 0 {
						t.Errorf("it was stored all the same: %v", k.journal())
					}
				})
			})
		}
	}
}

func TestCourierLargerAndCancel(t *testing.T) {
	story(t, func(k *cabinet) {
		k.courierFor("p1")
		k.puts("p1")
		k.does(controller.ActLarger, "")
		v := k.sees(controller.DropOpen)
		if v.Slot != 3 || !v.HasLarger() {
			t.Fatalf("the larger slot is %d, one that is still larger is free: %v; want 3, true", v.Slot, v.HasLarger())
		}
		k.does(controller.ActBack, "")
		k.sees(controller.DropLook)
		k.does(controller.ActNothing, "")
		k.shuts(3)
		if v := k.sees(controller.DropChoose); !slices.Equal(v.Looks, []controller.Slot{1}) {
			t.Errorf("to look into are %v, want the first, of which nobody said that it is empty", v.Looks)
		}
		if codes, err := k.store.Codes(); k.count("deposited") != 0 || k.count("code-issued") != 0 || len(codes) != 0 || err != nil {
			t.Error("a cancelled deposit was stored or a code issued")
		}
	})
}

// TestMessageToACourier leads back to the list, and says so.
func TestMessageToACourier(t *testing.T) {
	story(t, func(k *cabinet) {
		k.courierFor("p1")
		k.check(k.desired(controller.DesiredRecord{Key: "parcel/p1", Gone: true}))
		k.does(controller.ActChoose, "p1")
		k.tells(controller.Message, controller.ParcelUnknown)
		if v := k.screen.now(); !v.Staff {
			t.Error("the screen does not know that a courier reads it")
		}
		time.Sleep(time.Minute - time.Second)
		k.sees(controller.DropChoose)
		k.does(controller.ActBack, "")
		if v := k.sees(controller.Home); v.Staff {
			t.Error("the next person is taken for a courier")
		}
	})
}
