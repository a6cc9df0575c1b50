package controller_test

import (
	"testing"
	"time"

	"lockerd/controller"
)

// TestChooseSlotAndSize: the best fit is proposed, and the courier may take another size or any free slot.
func TestChooseSlotAndSize(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-bo", controller.Small), parcel("p2", "r-bo", controller.Medium)))
		k.check(k.c.SetService("t-1", 2, "dirty", false))
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

func TestFullCabinet(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		for _, id := range []string{"p1", "p2", "p3", "p4", "p5"} {
			k.check(k.desired(parcel(id, "r-ada", controller.Small)))
		}
		for _, id := range []string{"p1", "p2", "p3", "p4"} {
			k.dropsOff(id)
		}
		k.signsIn()
		k.does(controller.ActChoose, "p5")
		k.tells(controller.Message, controller.CabinetFull)
		k.wantPulses("1:1 2:1 3:1 4:1")
	})
}
