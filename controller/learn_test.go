package controller_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"lockerd/controller"
)

// TestNoDoorIsLearnedBeforeALook: behind a door that is out of service may lie what no record knows, so a technician
// has to say that it does not, whatever reason was typed. Slots that are out only while the wiring is learned need no word.
func TestNoDoorIsLearnedBeforeALook(t *testing.T) {
	for _, reason := range []string{"jammed", "hinge is loose", "commissioning"} {
		t.Run(reason, func(t *testing.T) {
			story(t, func(k *cabinet) {
				k.check(k.c.SetService("t-1", 1, reason, false))
				err := k.c.PulseToLearn(t.Context(), "t-1", 2, nil)
				if err == nil || !strings.Contains(err.Error(), "look inside first") || !strings.Contains(err.Error(), "[1]") {
					t.Errorf("without a look: %v", err)
				}
				k.wantPulses("")
				k.check(k.c.PulseToLearn(t.Context(), "t-1", 2, []controller.Slot{1}))
				k.wantPulses("2:1")
			})
		})
	}
}

// TestALookCountsForItsSlotsAlone: a slot that goes out of service after the technician looked was not looked into.
func TestALookCountsForItsSlotsAlone(t *testing.T) {
	story(t, func(k *cabinet) {
		k.check(k.c.Learn("t-1", 1, true))
		k.check(k.c.Learn("t-1", 2, true))
		k.check(k.c.SetService("t-1", 1, "hinge is loose", false))
		looked := []controller.Slot{1}
		k.check(k.c.PulseToLearn(t.Context(), "t-1", 2, looked))
		k.check(k.c.SetService("t-1", 2, "reported stuck", false))
		if err := k.c.PulseToLearn(t.Context(), "t-1", 1, looked); err == nil || !strings.Contains(err.Error(), "[2]") {
			t.Errorf("nobody looked into slot 2: %v", err)
		}
		k.wantPulses("2:1")
	})
}

// states returns what is remembered of the slots, by slot.
func (k *cabinet) states() map[controller.Slot]controller.SlotState {
	kept, err := k.store.Remembered()
	k.check(err)
	states := map[controller.Slot]controller.SlotState{}
	for _, s := range kept.Slots {
		states[s.Slot] = s
	}
	return states
}

// TestLearningKeepsTheRest: a slot that is out of service while the wiring is learned gets no parcel, whatever else was
// said of it stays and can change meanwhile, also over a restart, and putting it back in service ends both.
func TestLearningKeepsTheRest(t *testing.T) {
	story(t, func(k *cabinet) {
		k.courierFor("p1")
		k.puts("p1")
		marked := k.states()[1]
		k.check(k.c.Learn("t-1", 1, true))
		k.check(k.c.Learn("t-1", 2, true))
		k.check(k.c.SetService("t-1", 1, "hinge is loose", false))
		marked.OutOfService = "hinge is loose"
		time.Sleep(3 * time.Minute)
		k.shuts(1)
		k.restart()
		if got := k.states(); !got[1].Learning || got[1].Parcel != "p1" || !got[1].Unfinished || got[1].OutOfService != "hinge is loose" || got[2].Out() != "commissioning" {
			t.Errorf("while the wiring is learned: %+v, marked before as %+v", got, marked)
		}
		for _, door := range k.c.Doors() {
			if door.Slot <= 2 && !door.Out {
				t.Errorf("slot %d is in service", door.Slot)
			}
		}
		k.check(k.c.Learn("t-1", 1, false))
		if got := k.states()[1]; got != marked {
			t.Errorf("afterwards: %+v, want %+v", got, marked)
		}
		k.check(k.c.SetService("t-1", 2, "", false))
		if got, ok := k.states()[2]; ok {
			t.Errorf("in service: %+v", got)
		}
		if err := k.c.Learn("t-1", 99, true); !errors.Is(err, controller.ErrNoSlot) {
			t.Errorf("a slot that is not there: %v", err)
		}
	})
}

// TestOpenToTest: a test opens no door behind which a parcel lies or may lie, also when a courier begins a deposit while
// the test is under way.
func TestOpenToTest(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-bo", controller.Small)))
		k.check(k.c.OpenToTest(t.Context(), "t-1", 2))
		k.shuts(2)
		k.wantPulses("2:1")
		k.signsIn()
		k.puts("p1")
		if err := k.c.OpenToTest(t.Context(), "t-1", 1); !errors.Is(err, controller.ErrOut) {
			t.Errorf("during a deposit: %v", err)
		}
		k.shuts(1)
		time.Sleep(time.Minute)
		if err := k.c.OpenToTest(t.Context(), "t-1", 1); !errors.Is(err, controller.ErrTaken) {
			t.Errorf("a parcel lies there: %v", err)
		}
		if err := k.c.OpenToTest(t.Context(), "t-1", 99); !errors.Is(err, controller.ErrNoSlot) {
			t.Errorf("a slot that is not there: %v", err)
		}
		k.wantPulses("1:1 2:1")
	})
}
