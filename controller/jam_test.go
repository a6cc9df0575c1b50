package controller_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"lockerd/controller"
)

// jams has a shut door stand still from now on, or give way again.
func (k *cabinet) jams(slot controller.Slot, jammed bool) {
	k.doors[slot].set(func(d *door) { d.jammed, d.open = jammed, false })
}

// remembered are the states of slots that outlast a power cut, in the order of the slots.
func (k *cabinet) remembered() []controller.SlotState {
	k.t.Helper()
	kept, err := k.store.Remembered()
	k.check(err)
	return kept.Slots
}

// TestWhatAJamLeavesToLookAt: a door that never opened has nothing behind it; one behind which a parcel may lie that no
// record knows is still to be looked behind.
func TestWhatAJamLeavesToLookAt(t *testing.T) {
	jammed := controller.SlotState{Slot: 1, OutOfService: "jammed"}
	doubtful := controller.SlotState{Slot: 1, OutOfService: "jammed", Unfinished: true, Parcel: "p1"}
	for name, test := range map[string]struct {
		happens func(*cabinet)
		want    controller.SlotState
	}{
		"at the first pulse of a deposit": {func(k *cabinet) {
			k.courierFor("p1")
			k.jams(1, true)
			k.does(controller.ActChoose, "p1")
			k.does(controller.ActOK, "")
			time.Sleep(5 * time.Second)
			k.sees(controller.DropOpen)
			k.shuts(2)
			k.sees(controller.DropDone)
		}, jammed},
		"opened once more at a deposit": {func(k *cabinet) {
			k.courierFor("p1")
			k.puts("p1")
			k.jams(1, true)
			k.does(controller.ActReopen, "")
			time.Sleep(5 * time.Second)
			k.tells(controller.Message, controller.DoorJammed)
		}, doubtful},
		"looked behind": {func(k *cabinet) {
			k.abandoned()
			k.jams(1, true)
			k.signsIn()
			k.does(controller.ActLook, "1")
			time.Sleep(5 * time.Second)
			k.tells(controller.Message, controller.DoorJammed)
		}, doubtful},
		"opened by a technician": {func(k *cabinet) {
			k.abandoned()
			k.jams(1, true)
			if err := k.c.OpenForService(t.Context(), "9001", 1, "to look"); !errors.Is(err, controller.ErrJammed) {
				t.Error(err)
			}
		}, doubtful},
		"at a pickup": {func(k *cabinet) {
			k.jams(k.holds("p1", "r-ada"), true)
			k.touches("ada's finger")
			time.Sleep(5 * time.Second)
			k.tells(controller.Message, controller.DoorJammed)
		}, jammed},
		"the power is cut during the first pulse": {func(k *cabinet) {
			k.courierFor("p1")
			k.doors[1].set(func(d *door) { d.jammed, d.onPulse = true, func() { k.failing = true } })
			k.does(controller.ActChoose, "p1")
			k.does(controller.ActOK, "")
			k.stop()
			k.failing = false
			k.start()
		}, controller.SlotState{Slot: 1, Unfinished: true, Parcel: "p1"}}, // nobody knows what became of the pulse
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(k *cabinet) {
				test.happens(k)
				k.restart()
				if got := k.remembered(); !slices.Equal(got, []controller.SlotState{test.want}) {
					t.Errorf("the slots are %+v, want %+v", got, test.want)
				}
				k.signsIn()
				if v := k.sees(controller.DropChoose); (len(v.Looks) == 1) != test.want.Unfinished {
					t.Errorf("to look into are %v", v.Looks)
				}
			})
		})
	}
}

// TestLookBehindADoorThatJammed: when it gives way again a courier says what is there; the slot stays out of service
// until a technician puts it back.
func TestLookBehindADoorThatJammed(t *testing.T) {
	jammed := controller.SlotState{Slot: 1, OutOfService: "jammed"}
	for act, lies := range map[controller.Act]controller.Slot{controller.ActInside: 1, controller.ActNothing: 0} {
		t.Run(string(act), func(t *testing.T) {
			story(t, func(k *cabinet) {
				k.abandoned()
				k.jams(1, true)
				k.signsIn()
				k.does(controller.ActLook, "1")
				time.Sleep(5 * time.Second)
				k.tells(controller.Message, controller.DoorJammed)
				k.does(controller.ActOK, "")
				k.jams(1, false)
				k.does(controller.ActLook, "1")
				k.sees(controller.DropLook)
				k.does(act, "")
				k.shuts(1)
				if got := k.remembered(); !slices.Equal(got, []controller.SlotState{jammed}) {
					t.Errorf("the slots are %+v", got)
				}
				if p, err := k.store.Parcel("p1"); err != nil || p.Slot != lies {
					t.Errorf("the parcel is %+v, %v", p, err)
				}
				if lines := k.service(); lines[len(lines)-1] != "out of service: jammed" {
					t.Errorf("the journal says %q", lines)
				}
				k.check(k.c.SetService("t-1", 1, "", false))
				if got := k.remembered(); len(got) != 0 {
					t.Errorf("put back in service: %+v", got)
				}
			})
		})
	}
}

// TestBrokenSlotIsLookedInto: the parcel may lie in a slot that the courier calls broken, until it is stored elsewhere.
func TestBrokenSlotIsLookedInto(t *testing.T) {
	for name, test := range map[string]struct {
		ends  func(*cabinet)
		looks []controller.Slot
		said  string // of slot 1, last
	}{
		"stored in the next": {func(k *cabinet) {
			k.shuts(2)
			k.sees(controller.DropDone)
			k.does(controller.ActOK, "")
		}, nil, "out of service: reported by the courier"},
		"gone": {func(k *cabinet) {
			time.Sleep(3 * time.Minute)
			k.shuts(2)
			k.signsIn()
		}, []controller.Slot{1, 2}, "out of service: reported by the courier; deposit not finished: look inside"},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(k *cabinet) {
				k.courierFor("p1")
				k.puts("p1")
				k.does(controller.ActBroken, "")
				if v := k.sees(controller.DropOpen); v.Slot != 2 {
					t.Errorf("slot %d is open", v.Slot)
				}
				k.shuts(1)
				test.ends(k)
				if v := k.sees(controller.DropChoose); !slices.Equal(v.Looks, test.looks) {
					t.Errorf("to look into are %v, want %v", v.Looks, test.looks)
				}
				if lines := k.service(); lines[len(lines)-1] != test.said {
					t.Errorf("the journal says %q, want %q last", lines, test.said)
				}
			})
		})
	}
}

// TestSlotThatIsNoLongerFree: a door that jams for a technician, while a courier's deposit waits for it, is not pulsed
// again: the next slot opens.
func TestSlotThatIsNoLongerFree(t *testing.T) {
	story(t, func(k *cabinet) {
		k.courierFor("p1")
		k.does(controller.ActChoose, "p1")
		k.sees(controller.DropSlot)
		k.jams(1, true)
		tried := make(chan error, 1)
		go func() { tried <- k.c.OpenForService(t.Context(), "9001", 1, "hinge") }()
		time.Sleep(time.Millisecond)
		k.does(controller.ActOK, "")
		if err := <-tried; !errors.Is(err, controller.ErrJammed) {
			t.Error(err)
		}
		if v := k.sees(controller.DropOpen); v.Slot != 2 {
			t.Errorf("slot %d is open, want 2", v.Slot)
		}
		k.wantPulses("1:2 2:1")
	})
}

// TestOpenToTestWaitsForTheDoor: a test that waits for a door looks when it is its turn, whether anything may lie there by
// then; what it does not open, it does not say in the journal that it opens.
func TestOpenToTestWaitsForTheDoor(t *testing.T) {
	for name, test := range map[string]struct {
		begins func(*cabinet)
		pulses string
	}{
		"it jams for somebody else": {func(k *cabinet) { k.jams(1, true); k.c.OpenForService(k.t.Context(), "9001", 1, "hinge") }, "1:2"},
		"a courier opens it":        {func(k *cabinet) { k.does(controller.ActOK, "") }, "1:1"},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(k *cabinet) {
				k.courierFor("p1")
				k.does(controller.ActChoose, "p1")
				k.sees(controller.DropSlot)
				go test.begins(k)
				time.Sleep(time.Millisecond) // that holds the door now
				if err := k.c.OpenToTest(t.Context(), "t-1", 1); !errors.Is(err, controller.ErrOut) {
					t.Errorf("the test says %v", err)
				}
				k.wantPulses(test.pulses)
				entries, err := k.store.Since(0, 10000)
				k.check(err)
				if slices.ContainsFunc(entries, func(e controller.Entry) bool { return e.Detail == "open: self-test" }) {
					t.Error("the journal says that the test opens the door")
				}
			})
		})
	}
}

// TestTechnicianWhoseDoorDidNotOpen: a technician is here for as long as their door is open, not when it is opened for
// somebody else later.
func TestTechnicianWhoseDoorDidNotOpen(t *testing.T) {
	for name, hinders := range map[string]func(*cabinet){
		"jammed":     func(k *cabinet) { k.jams(1, true) },
		"no journal": func(k *cabinet) { k.failing = true },
		"no switch":  func(k *cabinet) { k.doors[1].set(func(d *door) { d.blind = true }) },
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(k *cabinet) {
				k.holds("p1", "r-ada")
				hinders(k)
				k.c.OpenForService(t.Context(), "t-1", 1, "hinge")
				k.failing = false
				k.doors[1].set(func(d *door) { d.jammed, d.blind, d.open = false, false, false })
				time.Sleep(5 * time.Minute)
				k.touches("ada's finger")
				k.sees(controller.SlotOpen)
				time.Sleep(3 * time.Minute) // she leaves her door open
				if v := k.sees(controller.Home); v.Note == controller.TechnicianHere {
					t.Error("the screen says that a technician is here")
				}
			})
		})
	}
}

// TestSlotThatNobodyLookedInto: a technician who took a marked slot out of service for a reason of their own puts it back
// only when they looked inside; whatever else they say, no parcel goes there.
func TestSlotThatNobodyLookedInto(t *testing.T) {
	story(t, func(k *cabinet) {
		k.abandoned()
		k.check(k.c.SetService("t-1", 1, "hinge", false))
		if err := k.c.SetService("t-1", 1, "", false); !errors.Is(err, controller.ErrLookInside) {
			t.Errorf("put back in service: %v", err)
		}
		want := controller.SlotState{Slot: 1, OutOfService: "hinge", Unfinished: true, Parcel: "p1"}
		if got := k.remembered(); !slices.Equal(got, []controller.SlotState{want}) {
			t.Errorf("the slots are %+v, want %+v", got, want)
		}
		if lines := k.service(); lines[len(lines)-1] != "out of service: hinge; deposit not finished: look inside" {
			t.Errorf("the journal says %q", lines)
		}
		k.check(k.c.SetService("t-1", 1, "", true))
		if got := k.remembered(); len(got) != 0 {
			t.Errorf("put back in service: %+v", got)
		}
	})
}
