package controller_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"lockerd/controller"
)

// TestRefusedParcelGoesBackToTheCourier: what its recipient puts back is opened for nobody but the courier, who
// takes it back together with what is overdue, in one go.
func TestRefusedParcelGoesBackToTheCourier(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		late := parcel("p2", "r-bo", controller.Small)
		late.Parcel.Due = time.Now().Add(time.Hour)
		k.check(k.desired(parcel("p1", "r-bo", controller.Small), late, parcel("p3", "r-ada", controller.Medium)))
		refused, overdue := k.dropsOff("p1"), k.dropsOff("p2")
		k.does(controller.ActPickUp, "")
		k.sees(controller.AskAny)
		k.does(controller.ActDigits, k.sealer.codes["p1"])
		k.sees(controller.SlotOpen)
		k.does(controller.ActReturn, "")
		k.tells(controller.SlotOpen, controller.PutBack)
		k.shuts(refused)
		k.sees(controller.Message)
		k.wantNoted("recalled 1 p1")
		if p, err := k.store.Parcel("p1"); err != nil || p.Phase != controller.CalledIn || p.Slot != refused {
			t.Errorf("the parcel is %+v (%v)", p, err)
		}
		time.Sleep(10 * time.Second)
		k.does(controller.ActPickUp, "")
		k.does(controller.ActDigits, k.sealer.codes["p1"]) // spent
		k.sees(controller.RefusedView)
		k.does(controller.ActBack, "")
		time.Sleep(2 * time.Hour)
		k.signsIn()
		if v := k.screen.now(); v.ManyToOpen() != 2 {
			t.Errorf("%d parcels are to be taken back, want 2", v.ManyToOpen())
		}
		k.does(controller.ActAll, "")
		for _, slot := range []controller.Slot{refused, overdue} {
			if v := k.sees(controller.SlotOpen); v.Slot != slot || !v.Staff {
				t.Errorf("slot %d is open, staff %v; want slot %d", v.Slot, v.Staff, slot)
			}
			k.does(controller.ActReturn, "") // is not for couriers
			k.shuts(slot)
		}
		if v := k.sees(controller.DropChoose); len(v.Parcels) != 1 {
			t.Errorf("work left: %v", v.Parcels)
		}
		k.wantNoted("taken-back 1 p1")
		k.wantNoted("taken-back 2 p2")
		k.wantPulses("1:3 2:2")
	})
}

// TestCourierOpensAgain: opening a door again is no taking back; an empty slot is said so in the journal.
func TestCourierOpensAgain(t *testing.T) {
	story(t, func(k *cabinet) {
		slot := k.holds("p1", "r-bo")
		k.check(k.desired(controller.DesiredRecord{Key: "parcel/p1", Gone: true}))
		k.signsIn()
		k.does(controller.ActChoose, "p1")
		k.sees(controller.SlotOpen)
		k.does(controller.ActReopen, "")
		k.sees(controller.SlotOpen)
		k.wantPulses("1:3")
		if n := k.count("taken-back"); n != 0 {
			t.Error("the parcel counts as taken back while its door is open")
		}
		k.shuts(slot)
		k.sees(controller.DropChoose)
		k.wantNoted("taken-back 1 p1")
	})
}

// TestSizeIsAskedWhereNobodySaidIt: the courier says the size, and the slot fits.
func TestSizeIsAskedWhereNobodySaidIt(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-bo", 0)))
		k.signsIn()
		k.does(controller.ActChoose, "p1")
		if v := k.sees(controller.DropSlot); v.Free[controller.Small] != 2 || v.Free[controller.Large] != 1 || v.Slot != 0 {
			t.Errorf("free are %v, proposed is %d", v.Free, v.Slot)
		}
		k.does(controller.ActOK, "") // nothing is proposed yet
		k.sees(controller.DropSlot)
		k.does(controller.ActSize, "2")
		if v := k.sees(controller.DropSlot); v.Slot != 3 {
			t.Errorf("slot %d is proposed for a medium parcel", v.Slot)
		}
		k.does(controller.ActOK, "")
		if v := k.sees(controller.DropOpen); v.Slot != 3 {
			t.Errorf("slot %d for a medium parcel", v.Slot)
		}
	})
}

// TestNamesAreShownOnce: after a door was open the list of what is left names nobody.
func TestNamesAreShownOnce(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-ada", controller.Small), parcel("p2", "r-ada", controller.Small), parcel("p3", "r-ada", controller.Medium)))
		k.dropsOff("p1")
		k.dropsOff("p2")
		k.dropsOff("p3")
		k.touches("ada's finger")
		if v := k.sees(controller.YourParcels); v.Masked != "A*" {
			t.Errorf("the first list names %q", v.Masked)
		}
		k.does(controller.ActChoose, "p1")
		k.sees(controller.SlotOpen)
		k.shuts(1)
		if v := k.sees(controller.YourParcels); v.Masked != "" || len(v.Parcels) != 2 {
			t.Errorf("the second list names %q and has %d parcels", v.Masked, len(v.Parcels))
		}
	})
}

func TestHomeSaysWhatEverybodyShouldKnow(t *testing.T) {
	story(t, func(k *cabinet) {
		if v := k.sees(controller.Home); v.Note != "" || v.Free[controller.Small] != 2 {
			t.Errorf("note %q, free %v", v.Note, v.Free)
		}
		k.check(k.c.OpenForService(t.Context(), "t-1", 3, "hinge"))
		time.Sleep(time.Second)
		if v := k.sees(controller.Home); v.Note != controller.TechnicianHere {
			t.Errorf("while a door is open for service the screen says %q", v.Note)
		}
		k.shuts(3)
		if v := k.sees(controller.Home); v.Note != "" {
			t.Errorf("after it the screen says %q", v.Note)
		}
		for slot := controller.Slot(1); slot <= 4; slot++ {
			k.check(k.c.SetService("t-1", slot, "repairs", false))
		}
		if v := k.sees(controller.Home); v.Note != controller.OutOfService || v.Free[controller.Small] != 0 {
			t.Errorf("with no slot in service the screen says %q, free %v", v.Note, v.Free)
		}
		k.check(k.c.SetService("t-1", 1, "", false))
		if v := k.sees(controller.Home); v.Note != "" || v.Free[controller.Small] != 1 {
			t.Errorf("with a slot back the screen says %q, free %v", v.Note, v.Free)
		}
	})
}

// TestEraseAtTheCabinet: with an invitation a person erases everything, and a parcel that lies here for them
// gets a code, so that they can still have it.
func TestEraseAtTheCabinet(t *testing.T) {
	story(t, func(k *cabinet) {
		slot := k.holds("p1", "r-ada")
		if k.sealer.codes["p1"] != "" {
			t.Fatal("a specific recipient got a code")
		}
		k.invites("i1", "r-ada", "11223344")
		k.does(controller.ActEnrol, "")
		k.does(controller.ActDigits, "11223344")
		if v := k.sees(controller.EnrolKept); len(v.Offers) != 3 {
			t.Errorf("the screen says that %v are stored", v.Offers)
		}
		k.does(controller.ActErase, "")
		if v := k.sees(controller.EnrolErase); len(v.Offers) != 3 {
			t.Errorf("to be erased are %v", v.Offers)
		}
		if firsts, _ := k.store.FirstIdentifications("r-ada"); len(firsts) != 3 {
			t.Error("erased before it was confirmed")
		}
		k.does(controller.ActOK, "")
		k.tells(controller.Message, controller.NothingStored)
		if firsts, _ := k.store.FirstIdentifications("r-ada"); len(firsts) != 0 {
			t.Errorf("%d identifications are left", len(firsts))
		}
		k.wantNoted("erased 0")
		k.does(controller.ActOK, "")
		k.sees(controller.Home)
		k.touches("ada's finger")
		k.sees(controller.RefusedView)
		k.does(controller.ActOK, "")
		k.sees(controller.AskAny)
		k.collectsByCode("p1", slot)
		k.does(controller.ActEnrol, "")
		k.does(controller.ActDigits, "11223344")
		if v := k.sees(controller.EnrolInvite); v.Note != controller.InviteWrong {
			t.Errorf("the invitation works twice: %q", v.Note)
		}
	})
}

// TestErasureTakesTheTriesAlong: what was tried on somebody is nobody's affair once there is nothing to be guessed.
// What was tried under the phone's digits stays, since others may have them, too.
func TestErasureTakesTheTriesAlong(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-ada", controller.Small)))
		k.dropsOff("p1")
		for range 2 {
			k.does(controller.ActDigits, "4711")
			k.does(controller.ActWay, "passcode")
			k.does(controller.ActDigits, "999999")
			k.sees(controller.RefusedView)
			k.does(controller.ActBack, "")
			k.sees(controller.Home)
		}
		own := func() (own, digits int) {
			kept, err := k.store.Remembered()
			k.check(err)
			for _, t := range kept.Tries {
				if slices.Contains(controller.TriesOf("r-ada"), t.Key) {
					own += t.Count
				}
				if strings.HasPrefix(t.Key, "tail/") {
					digits += t.Count
				}
			}
			return own, digits
		}
		if own, digits := own(); own != 2 || digits != 2 {
			t.Fatalf("counted are %d of Ada and %d of her digits", own, digits)
		}
		k.invites("i1", "r-ada", "11223344")
		k.does(controller.ActEnrol, "")
		k.does(controller.ActDigits, "11223344")
		k.does(controller.ActErase, "")
		k.does(controller.ActOK, "")
		k.sees(controller.Message)
		if own, digits := own(); own != 0 || digits != 2 {
			t.Errorf("after the erasure %d of Ada and %d of her digits are counted", own, digits)
		}
	})
}

func TestEraseCanBeLeft(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.invites("i1", "r-ada", "11223344")
		k.does(controller.ActEnrol, "")
		k.does(controller.ActDigits, "11223344")
		k.does(controller.ActErase, "")
		k.sees(controller.EnrolErase)
		k.does(controller.ActBack, "")
		k.sees(controller.Home)
		if firsts, _ := k.store.FirstIdentifications("r-ada"); len(firsts) != 3 {
			t.Errorf("%d identifications are left, want all three", len(firsts))
		}
	})
}
