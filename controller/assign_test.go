package controller_test

import (
	"testing"

	"lockerd/controller"
)

func TestAssignTwiceAndAfterTheEnd(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		for range 2 {
			k.check(k.desired(parcel("p1", "r-ada", controller.Small)))
		}
		slot := k.dropsOff("p1")
		k.check(k.desired(parcel("p1", "r-bo", controller.Large))) // lies there: only what does not matter changes
		k.touches("ada's finger")
		k.sees(controller.SlotOpen)
		k.shuts(slot)
		k.sees(controller.Message)
		k.check(k.desired(parcel("p1", "r-ada", controller.Small))) // late repetition of an ended parcel
		parcels, err := k.store.Parcels()
		if err != nil || len(parcels) != 0 {
			t.Errorf("after its end the parcel is %v, %v", parcels, err)
		}
		if n := k.count("assigned"); n != 1 {
			t.Errorf("the journal has %d assignments, want 1", n)
		}
	})
}

func TestRecalledWhileItsRecipientChooses(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-ada", controller.Small), parcel("p2", "r-ada", controller.Small)))
		k.dropsOff("p1")
		k.dropsOff("p2")
		k.touches("ada's finger")
		k.sees(controller.YourParcels)
		k.check(k.desired(controller.DesiredRecord{Key: "parcel/p1", Gone: true}))
		k.does(controller.ActChoose, "p1")
		k.sees(controller.Message)
		k.wantPulses("1:1 2:1")
	})
}

// A recall that arrives while the lock is pulsed takes nothing from a recipient who holds the parcel by then.
func TestRecalledWhileTheLockIsPulsed(t *testing.T) {
	for act, want := range map[controller.Act]string{controller.ActTaken: "collected 1 p1", controller.ActReturn: "recalled 1 p1"} {
		t.Run(string(act), func(t *testing.T) {
			story(t, func(k *cabinet) {
				slot := k.holds("p1", "r-ada")
				k.doors[slot].set(func(d *door) {
					d.onPulse = func() {
						d.onPulse = nil
						k.version++
						k.check(k.c.Assign(controller.DesiredChange{From: k.version - 1, To: k.version, Records: []controller.DesiredRecord{{Key: "parcel/p1", Gone: true}}}))
					}
				})
				k.touches("ada's finger")
				k.sees(controller.SlotOpen)
				k.does(act, "")
				k.shuts(slot)
				k.tells(controller.Message, controller.ThankYou)
				k.wantNoted(want)
			})
		})
	}
}
