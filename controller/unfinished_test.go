package controller_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"lockerd/controller"
)

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

// setsOut has a technician take a slot out of service.
func (k *cabinet) setsOut(slot controller.Slot) {
	k.t.Helper()
	k.check(k.c.SetService("t-1", slot, "dirty", false))
}

func TestUnfinishedDepositBlocksItsSlot(t *testing.T) {
	for name, end := range map[string]func(*cabinet){
		"the courier is gone": func(k *cabinet) { time.Sleep(3 * time.Minute); k.shuts(1) },
		"the disk refuses":    func(k *cabinet) { k.failing = true; k.shuts(1); k.failing = false; time.Sleep(time.Minute) },
		"the power is cut":    func(k *cabinet) { k.restart(); k.shuts(1) },
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(k *cabinet) {
				k.people()
				k.check(k.desired(parcel("p1", "r-ada", controller.Small), parcel("p2", "r-bo", controller.Small)))
				k.signsIn()
				k.puts("p1")
				end(k)
				if slot := k.dropsOff("p2"); slot != 2 {
					t.Errorf("the next parcel was put into slot %d, where one may lie", slot)
				}
			})
		})
	}
}

// TestNoDoorIsLearnedDuringADeposit: nor while a parcel may lie where a deposit was not finished.
func TestNoDoorIsLearnedDuringADeposit(t *testing.T) {
	story(t, func(k *cabinet) {
		k.courierFor("p1")
		k.puts("p1")
		for _, when := range []string{"under way", "not finished"} {
			if err := k.c.PulseToLearn(t.Context(), "t-1", 2, []controller.Slot{1, 2}); err == nil || !strings.Contains(err.Error(), "look inside first") {
				t.Errorf("while a deposit is %s: %v", when, err)
			}
			time.Sleep(3 * time.Minute)
			k.sees(controller.Home)
		}
		k.wantPulses("1:1")
		k.shuts(1)
		k.check(k.c.SetService("t-1", 1, "", true))
		k.check(k.c.PulseToLearn(t.Context(), "t-1", 2, nil))
		k.wantPulses("1:1 2:1")
	})
}

// TestUnfinishedDepositIsFinished: the next courier looks inside, and the parcel that lies there is stored.
func TestUnfinishedDepositIsFinished(t *testing.T) {
	for name, say := range map[string]func(*cabinet){
		"said, then shut": func(k *cabinet) { k.does(controller.ActInside, ""); k.shuts(1) },
		"shut, then said": func(k *cabinet) {
			k.shuts(1)
			k.tells(controller.DropLook, controller.SayWhatIsInside)
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

// TestUnfinishedDepositIsCleared: an empty slot is free again; who says nothing of what is inside leaves the mark, also
// on a broken one, which is out of service, too.
func TestUnfinishedDepositIsCleared(t *testing.T) {
	for name, test := range map[string]struct {
		say   func(*cabinet)
		slot  controller.Slot // that is proposed next
		looks int
	}{
		"empty":        {func(k *cabinet) { k.does(controller.ActNothing, ""); k.shuts(1) }, 1, 0},
		"broken":       {func(k *cabinet) { k.does(controller.ActBroken, ""); k.shuts(1) }, 2, 1}, // what is inside was not said
		"says nothing": {func(k *cabinet) { k.shuts(1); time.Sleep(5 * time.Minute); k.signsIn() }, 2, 1},
		"leaves":       {func(k *cabinet) { k.does(controller.ActBack, ""); k.shuts(1) }, 2, 1},
		"by technician": {func(k *cabinet) {
			k.shuts(1)
			k.check(k.c.SetService("t-1", 1, "", true))
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
		"broken":          {func(k *cabinet) { k.does(controller.ActBroken, ""); k.shuts(1) }, 2, 1},
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

// TestJamStands: a door that jams while it is not known what lies behind it stays out of service, and to be looked
// behind, and its parcel expected, whatever the courier says next.
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
					want := []controller.SlotState{{Slot: 1, OutOfService: "jammed", Unfinished: true, Parcel: "p1"}}
					if err != nil || !slices.Equal(kept.Slots, want) {
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

// TestLargerDoorLeavesNoSlotUnseen: the parcel may still lie in the slot that was too small, until it is stored
// elsewhere; if it is not, somebody looks into that slot.
func TestLargerDoorLeavesNoSlotUnseen(t *testing.T) {
	stored := func(k *cabinet, second controller.Slot) { k.shuts(second); k.sees(controller.DropDone); k.shuts(1) }
	for name, test := range map[string]struct {
		ends  func(k *cabinet, second controller.Slot)
		looks []controller.Slot
	}{
		"stored in the larger one": {stored, nil},
		"cancelled, the second is empty": {func(k *cabinet, second controller.Slot) {
			k.does(controller.ActBack, "")
			k.does(controller.ActNothing, "")
			k.shuts(second)
			k.shuts(1)
		}, []controller.Slot{1}},
		"cancelled, it is in the second": {func(k *cabinet, second controller.Slot) {
			k.does(controller.ActBack, "")
			k.does(controller.ActInside, "")
			stored(k, second)
		}, nil},
		"gone": {func(k *cabinet, second controller.Slot) {
			time.Sleep(3 * time.Minute)
			k.shuts(second)
			k.shuts(1)
			k.signsIn()
		}, []controller.Slot{1, 3}},
		"none is large enough": {func(k *cabinet, second controller.Slot) {
			k.does(controller.ActLarger, "")
			k.does(controller.ActLarger, "")
			k.tells(controller.Message, controller.NoFreeSlot)
			for _, slot := range []controller.Slot{1, second, 4} {
				k.shuts(slot)
			}
		}, []controller.Slot{1, 3, 4}},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(k *cabinet) {
				k.courierFor("p1")
				k.puts("p1")
				k.does(controller.ActLarger, "")
				test.ends(k, k.sees(controller.DropOpen).Slot)
				if k.screen.now().Screen != controller.DropChoose {
					k.does(controller.ActOK, "")
				}
				if v := k.sees(controller.DropChoose); !slices.Equal(v.Looks, test.looks) {
					t.Errorf("the courier is asked to look into %v, want %v", v.Looks, test.looks)
				}
				if lines := k.service(); len(lines) != min(1, len(test.looks)) {
					t.Errorf("the journal says of slot 1 %q", lines)
				}
			})
		})
	}
}
