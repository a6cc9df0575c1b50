package controller_test

import (
	"errors"
	"testing"
	"time"

	"lockerd/controller"
)

func TestAnswersToOldViewsDoNothing(t *testing.T) {
	story(t, func(k *cabinet) {
		old := k.sees(controller.Home).Number
		k.does(controller.ActPickUp, "")
		k.sees(controller.AskAny)
		if err := k.c.Answer(controller.Answer{View: old, Act: controller.ActDropOff}); !errors.Is(err, controller.ErrOldView) {
			t.Errorf("an old answer gives %v", err)
		}
		time.Sleep(time.Minute) // nobody answers
		k.sees(controller.Home)
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
