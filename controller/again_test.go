package controller_test

import (
	"fmt"
	"testing"
	"time"

	"lockerd/controller"
)

// given has Ada's parcels dropped off, small ones first.
func (k *cabinet) given(ids ...string) {
	k.t.Helper()
	k.people()
	for _, id := range ids {
		k.check(k.desired(parcel(id, "r-ada", controller.Small)))
		k.dropsOff(id)
	}
}

// TestOpenAgain: whoever shut a door too early has it opened again, from the last word and from the home screen,
// within a minute; its parcel counts once, and can be neither missed nor handed back by then.
func TestOpenAgain(t *testing.T) {
	story(t, func(k *cabinet) {
		k.given("p1")
		k.touches("ada's finger")
		if v := k.sees(controller.SlotOpen); v.Again != nil || v.Blind || v.Emptied {
			t.Errorf("at the open door: %+v", v)
		}
		k.shuts(1)
		if v := k.sees(controller.Message); len(v.Again) != 1 || v.Again[0].Slot != 1 || v.Masked != "" {
			t.Errorf("the last word offers %v, name %q", v.Again, v.Masked)
		}
		k.keys("2")
		if v := k.sees(controller.SlotOpen); !v.Emptied || v.Slot != 1 {
			t.Errorf("opened again: %+v", v)
		}
		k.does(controller.ActNothing, "")
		k.does(controller.ActReturn, "")
		k.shuts(1)
		k.sees(controller.Message)
		time.Sleep(6 * time.Second)
		if v := k.sees(controller.Home); len(v.Again) != 1 {
			t.Errorf("the home screen offers %v", v.Again)
		}
		k.does(controller.ActReopen, "1")
		k.sees(controller.SlotOpen)
		k.shuts(1)
		k.sees(controller.Home)
		time.Sleep(59 * time.Second)
		k.does(controller.ActReopen, "1")
		k.sees(controller.SlotOpen)
		k.shuts(1)
		k.sees(controller.Home)
		time.Sleep(61 * time.Second)
		k.does(controller.ActReopen, "1")
		k.sees(controller.Home)
		k.wantPulses("1:5")
		if n := k.count("collected 1 p1"); n != 1 || k.count("nothing-inside") != 0 || k.count("forced") != 0 {
			t.Errorf("the parcel was collected %d times:\n%v", n, k.journal())
		}
	})
}

// TestNobodyElseOpensAgain: what the next person begins, a parcel in the slot and a restart end the leave to
// open a door again; a slot that nobody shut never had one.
func TestNobodyElseOpensAgain(t *testing.T) {
	for name, next := range map[string]func(*cabinet){
		"a stranger's finger": func(k *cabinet) {
			k.touches("a stranger's")
			k.sees(controller.RefusedView)
			k.does(controller.ActBack, "")
		},
		"a courier": func(k *cabinet) {
			k.check(k.desired(parcel("p2", "r-bo", controller.Small)))
			k.dropsOff("p2")
		},
		"a restart": (*cabinet).restart,
		"no door":   func(*cabinet) {},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(k *cabinet) {
				k.given("p1")
				k.touches("ada's finger")
				k.sees(controller.SlotOpen)
				k.shuts(1)
				k.sees(controller.Message)
				k.does(controller.ActOK, "")
				next(k)
				pulses, slot := k.doors[1].pulses, "1"
				if name == "no door" {
					slot = "3"
				}
				k.sees(controller.Home)
				k.does(controller.ActReopen, slot)
				k.sees(controller.Home)
				if k.doors[1].pulses != pulses || k.doors[3].pulses != 0 {
					t.Error("a door was opened again")
				}
			})
		})
	}
}

// TestSeveralDoorsAgain: after several parcels each door can be opened again, and the screen counts them.
func TestSeveralDoorsAgain(t *testing.T) {
	story(t, func(k *cabinet) {
		k.given("p1", "p2")
		k.touches("ada's finger")
		k.sees(controller.YourParcels)
		k.does(controller.ActAll, "")
		for i, slot := range []controller.Slot{1, 2} {
			if v := k.sees(controller.SlotOpen); v.Slot != slot || v.Step != i+1 || v.Steps != 2 {
				t.Errorf("door %d, parcel %d of %d", v.Slot, v.Step, v.Steps)
			}
			k.shuts(slot)
		}
		if v := k.sees(controller.Message); fmt.Sprint(len(v.Again), v.Again[0].Slot, v.Again[1].Slot) != "2 1 2" {
			t.Errorf("the last word offers %v", v.Again)
		}
		k.does(controller.ActReopen, "1")
		if v := k.sees(controller.SlotOpen); v.Slot != 1 {
			t.Errorf("door %d is open", v.Slot)
		}
	})
}

// TestStuck: a stuck door is pulsed once more; if that does not help either, a human is called, the slot is out
// of service, and the parcel stays its recipient's.
func TestStuck(t *testing.T) {
	story(t, func(k *cabinet) {
		k.given("p1")
		k.touches("ada's finger")
		k.sees(controller.SlotOpen)
		k.does(controller.ActStuck, "")
		if v := k.sees(controller.SlotOpen); v.Note != controller.PullNow {
			t.Errorf("after one more pulse the screen says %q", v.Note)
		}
		k.wantPulses("1:3")
		k.does(controller.ActStuck, "")
		if v := k.sees(controller.Message); v.Note != controller.DoorJammed || v.Slot != 1 {
			t.Errorf("the screen says %q of slot %d", v.Note, v.Slot)
		}
		k.wantPulses("1:3")
		if p, err := k.store.Parcel("p1"); err != nil || p.Phase != controller.Stored {
			t.Errorf("the parcel is %s (%v)", p.Phase, err)
		}
		k.shuts(1)
		k.does(controller.ActOK, "")
		k.sees(controller.Home)
		if !k.c.Doors()[0].Out {
			t.Error("the stuck door is still in service")
		}
		k.touches("ada's finger") // another try is hers
		k.sees(controller.SlotOpen)
	})
}

// TestBlindDoor: where the switch does not answer, the door can be opened again while the screen shows it, and
// the person says that the parcel is taken.
func TestBlindDoor(t *testing.T) {
	story(t, func(k *cabinet) {
		k.given("p1")
		k.doors[1].set(func(d *door) { d.blind = true })
		k.touches("ada's finger")
		time.Sleep(3 * time.Second)
		if v := k.sees(controller.SlotOpen); !v.Blind {
			t.Error("the screen does not know that the switch is blind")
		}
		k.keys("2")
		time.Sleep(3 * time.Second)
		k.wantPulses("1:3")
		k.keys("1")
		k.sees(controller.Message)
		k.wantNoted("collected 1 p1")
	})
}

// TestHomeAfterThePowerReturned: until somebody begins something the home screen says that the power was away,
// where there was anybody to interrupt; then what matters next.
func TestHomeAfterThePowerReturned(t *testing.T) {
	story(t, func(k *cabinet) {
		k.restart()
		if v := k.sees(controller.Home); v.Note != "" {
			t.Errorf("a new cabinet says %q", v.Note)
		}
		k.given("p1", "p2")
		k.check(k.desired(parcel("p3", "r-ada", controller.Medium), parcel("p4", "r-ada", controller.Large)))
		k.dropsOff("p3")
		k.dropsOff("p4")
		if v := k.sees(controller.Home); v.Note != controller.CabinetFull {
			t.Errorf("a full cabinet says %q", v.Note)
		}
		k.restart()
		if v := k.sees(controller.Home); v.Note != controller.PowerReturned {
			t.Errorf("after a power cut the screen says %q", v.Note)
		}
		k.does(controller.ActPickUp, "")
		k.does(controller.ActBack, "")
		if v := k.sees(controller.Home); v.Note != controller.CabinetFull {
			t.Errorf("later the screen says %q", v.Note)
		}
		time.Sleep(time.Hour)
		k.restartProgram()
		if v := k.sees(controller.Home); v.Note != controller.CabinetFull {
			t.Errorf("after a restart of the program alone the screen says %q", v.Note)
		}
		k.touches("ada's finger")
		k.sees(controller.YourParcels)
		k.does(controller.ActChoose, "p1")
		k.sees(controller.SlotOpen)
		k.restartProgram() // while her door is open
		if v := k.sees(controller.Home); v.Note != controller.PowerReturned || !v.Doors[0].Open {
			t.Errorf("with a person's door open the screen says %q, doors %v", v.Note, v.Doors)
		}
	})
}
