package controller_test

import (
	"testing"
	"time"

	"lockerd/controller"
)

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

func TestRecalledParcelGoesToTheCourierOnly(t *testing.T) {
	story(t, func(k *cabinet) {
		slot := k.holds("p1", "r-ada")
		k.check(k.desired(controller.DesiredRecord{Key: "parcel/p1", Gone: true}))
		k.touches("ada's finger")
		k.sees(controller.RefusedView)
		k.does(controller.ActBack, "")
		k.sees(controller.Home)
		k.signsIn()
		if v := k.sees(controller.DropChoose); len(v.Parcels) != 1 || !v.Parcels[0].Back {
			t.Fatalf("the courier's list is %v", v.Parcels)
		}
		k.does(controller.ActChoose, "p1")
		k.sees(controller.SlotOpen)
		k.shuts(slot)
		k.wantNoted("taken-back 1 p1")
	})
}

// TestTakeBackOfWhatWasGivenMoreTime: the list that the courier taps on may be older than what holds.
func TestTakeBackOfWhatWasGivenMoreTime(t *testing.T) {
	story(t, func(k *cabinet) {
		k.overdue()
		later := parcel("p1", "r-ada", controller.Small)
		later.Parcel.Due = time.Now().Add(time.Hour)
		k.check(k.desired(later))
		k.does(controller.ActChoose, "p1")
		k.tells(controller.Message, controller.ParcelUnknown)
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

// A courier who has the door open may have it opened once more, though the recipient was given more time meanwhile.
func TestTakeBackReopens(t *testing.T) {
	story(t, func(k *cabinet) {
		k.overdue()
		k.does(controller.ActChoose, "p1")
		k.sees(controller.SlotOpen)
		later := parcel("p1", "r-ada", controller.Small)
		later.Parcel.Due = time.Now().Add(time.Hour)
		k.check(k.desired(later))
		k.does(controller.ActReopen, "")
		k.sees(controller.SlotOpen)
		k.wantPulses("1:3")
		k.shuts(1)
		k.wantNoted("taken-back 1 p1")
	})
}
