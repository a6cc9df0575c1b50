package controller_test

import (
	"testing"
	"time"

	"lockerd/controller"
)

func TestNoJournalNoPulse(t *testing.T) {
	story(t, func(k *cabinet) {
		k.holds("p1", "r-ada")
		k.failing = true
		k.touches("ada's finger")
		k.tells(controller.Message, controller.CannotStore)
		k.wantPulses("1:1")
		k.failing = false
		time.Sleep(time.Minute)
		k.sees(controller.Home)
		k.touches("ada's finger")
		k.sees(controller.SlotOpen)
	})
}

func TestPowerCutDuringAPulseNeverPulsesAgain(t *testing.T) {
	story(t, func(k *cabinet) {
		slot := k.holds("p1", "r-ada")
		// The intent is committed, then the power fails: the result is never written.
		k.doors[slot].set(func(d *door) { d.onPulse = func() { k.failing = true } })
		k.touches("ada's finger")
		k.doors[slot].set(func(d *door) { d.open, d.onPulse = false, nil })
		k.stop()
		k.failing = false
		k.start()
		k.wantPulses("1:2")
		k.wantNoted("indeterminate 1 p1")
		k.touches("ada's finger") // the parcel is still hers
		k.sees(controller.SlotOpen)
	})
}

func TestPowerCutDuringAPulseThatOpened(t *testing.T) {
	story(t, func(k *cabinet) {
		slot := k.holds("p1", "r-ada")
		k.doors[slot].set(func(d *door) { d.onPulse = func() { k.failing = true } })
		k.touches("ada's finger")
		k.stop()
		k.failing = false
		k.start() // the door stands open
		k.wantNoted("indeterminate 1 p1")
		k.shuts(slot)
		k.wantNoted("collected 1 p1")
		k.wantPulses("1:2")
	})
}

func TestPowerCutWhileTheDoorIsOpen(t *testing.T) {
	story(t, func(k *cabinet) {
		slot := k.holds("p1", "r-ada")
		k.touches("ada's finger")
		k.sees(controller.SlotOpen)
		k.restart()
		k.shuts(slot)
		k.wantNoted("collected 1 p1")
		k.wantPulses("1:2")
	})
}

// What Ada said at the open door outlives a power cut, her last word of several; at the shut door it counts.
func TestPowerCutAfterAWord(t *testing.T) {
	const ret, taken, nothing, reopen = controller.ActReturn, controller.ActTaken, controller.ActNothing, controller.ActReopen
	for name, test := range map[string]struct {
		taps []controller.Act
		want string
	}{
		"send it back":                {[]controller.Act{ret}, "recalled 1 p1"},
		"taken":                       {[]controller.Act{taken}, "collected 1 p1"},
		"nothing inside":              {[]controller.Act{nothing}, "nothing-inside 1 p1"},
		"send it back, no, taken":     {[]controller.Act{ret, taken}, "collected 1 p1"},
		"taken, no, send it back":     {[]controller.Act{taken, ret}, "recalled 1 p1"},
		"send it back, opened anew":   {[]controller.Act{ret, reopen}, "collected 1 p1"},
		"opened anew, send it back":   {[]controller.Act{reopen, ret}, "recalled 1 p1"},
		"nothing inside, a tap twice": {[]controller.Act{nothing, nothing}, "nothing-inside 1 p1"},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(k *cabinet) {
				slot := k.holds("p1", "r-ada")
				k.touches("ada's finger")
				k.sees(controller.SlotOpen)
				for _, tap := range test.taps {
					k.does(tap, "")
					time.Sleep(2 * time.Second) // of a pulse and its door
				}
				k.restart()
				k.restart() // it went again
				k.shuts(slot)
				time.Sleep(2 * time.Second)
				k.wantNoted(test.want)
				if n := k.count("recalled") + k.count("nothing-inside") + k.count("collected"); n != 1 {
					t.Errorf("%d words of what became of p1: %v", n, k.journal())
				}
				if back, p := test.want == "recalled 1 p1", k.parcel("p1"); back != (p.Phase == controller.CalledIn) {
					t.Errorf("the parcel is %s", p.Phase)
				}
				if states, err := k.store.Remembered(); err != nil || (len(states.Slots) != 0) != (test.want == "nothing-inside 1 p1") {
					t.Errorf("slots are %+v, %v", states.Slots, err)
				}
			})
		})
	}
}

// A door that nobody saw open, or that jammed when it was to be opened anew, is no parcel that was collected: after a
// power cut it is still its recipient's.
func TestPowerCutAtADoorThatNobodySawOpen(t *testing.T) {
	for name, happens := range map[string]func(*cabinet, controller.Slot){
		"its switch is silent": func(k *cabinet, slot controller.Slot) {
			k.doors[slot].set(func(d *door) { d.blind = true })
			k.touches("ada's finger")
			time.Sleep(10 * time.Second)
		},
		"opened anew, it jams": func(k *cabinet, slot controller.Slot) {
			k.touches("ada's finger")
			k.sees(controller.SlotOpen)
			k.doors[slot].set(func(d *door) { d.open, d.jammed = false, true })
			k.does(controller.ActStuck, "")
			time.Sleep(10 * time.Second)
		},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(k *cabinet) {
				slot := k.holds("p1", "r-ada")
				happens(k, slot)
				k.restart()
				k.doors[slot].set(func(d *door) { d.open, d.blind, d.jammed = false, false, false })
				time.Sleep(time.Minute)
				if p := k.parcel("p1"); p.Phase != controller.Stored || !p.Opened.IsZero() {
					t.Errorf("the parcel is %s, opened %v: %v", p.Phase, p.Opened, k.journal())
				}
			})
		})
	}
}

// A word that cannot be written down counts all the same once the door is shut.
func TestWordThatCannotBeWritten(t *testing.T) {
	story(t, func(k *cabinet) {
		slot := k.holds("p1", "r-ada")
		k.touches("ada's finger")
		k.failing = true
		k.does(controller.ActReturn, "")
		k.failing = false
		k.shuts(slot)
		k.wantNoted("recalled 1 p1")
	})
}

// Ada said that the parcel goes back, the power went, and she begins again before the door is shut: her last word counts.
func TestPowerCutAndAnotherWord(t *testing.T) {
	story(t, func(k *cabinet) {
		slot := k.holds("p1", "r-ada")
		k.touches("ada's finger")
		k.does(controller.ActReturn, "")
		k.restart()
		time.Sleep(time.Second)
		k.touches("ada's finger")
		k.sees(controller.SlotOpen)
		k.restart()
		k.shuts(slot)
		k.wantNoted("collected 1 p1")
		if k.count("recalled") != 0 {
			t.Errorf("it was recalled, too: %v", k.journal())
		}
	})
}

// What Ada says at the open door when she begins again after a power cut counts, not that the door was open before.
func TestPowerCutAndBegunAgain(t *testing.T) {
	for act, want := range map[controller.Act]string{
		controller.ActReturn: "recalled 1 p1", controller.ActNothing: "nothing-inside 1 p1", controller.ActTaken: "collected 1 p1",
	} {
		for wait := range 5 { // who reads the switch first is chance
			story(t, func(k *cabinet) {
				slot := k.holds("p1", "r-ada")
				k.touches("ada's finger")
				k.sees(controller.SlotOpen)
				k.restart() // the door stays open
				time.Sleep(time.Second + time.Duration(wait)*10*time.Millisecond)
				k.touches("ada's finger")
				k.sees(controller.SlotOpen)
				k.does(act, "")
				k.shuts(slot)
				k.wantNoted(want)
				if n := k.count("recalled") + k.count("nothing-inside") + k.count("collected"); n != 1 {
					t.Errorf("%d words of what became of p1: %v", n, k.journal())
				}
				if v := k.screen.now(); v.Note == controller.CannotStore {
					t.Errorf("the screen says %q", v.Note)
				}
			})
		}
	}
}

// A door that is shut while it is pulsed for Ada, who began again after a power cut, is open for her and nothing else:
// what she says then counts.
func TestShutWhileBegunAgain(t *testing.T) {
	for act, want := range map[controller.Act]string{controller.ActReturn: "recalled 1 p1", controller.ActTaken: "collected 1 p1"} {
		t.Run(string(act), func(t *testing.T) {
			story(t, func(k *cabinet) {
				slot := k.holds("p1", "r-ada")
				k.touches("ada's finger")
				k.sees(controller.SlotOpen)
				k.restart() // the door stays open
				time.Sleep(time.Second)
				k.doors[slot].set(func(d *door) {
					d.onPulse = func() { // it takes half a second
						d.onPulse, d.open = nil, false
						d.mu.Unlock()
						time.Sleep(200 * time.Millisecond)
						d.mu.Lock()
					}
				})
				k.touches("ada's finger")
				time.Sleep(2 * time.Second)
				k.does(act, "")
				k.shuts(slot)
				time.Sleep(time.Second)
				k.wantNoted(want)
				if n := k.count("recalled") + k.count("collected"); n != 1 {
					t.Errorf("%d words of what became of p1: %v", n, k.journal())
				}
				if v := k.screen.now(); v.Note == controller.CannotStore {
					t.Errorf("the screen says %q", v.Note)
				}
			})
		})
	}
}

// recalledAtOpenDoor has Ada open her parcel's door, and the parcel recalled while it is open.
func (k *cabinet) recalledAtOpenDoor() controller.Slot {
	k.t.Helper()
	slot := k.holds("p1", "r-ada")
	k.touches("ada's finger")
	k.sees(controller.SlotOpen)
	k.check(k.desired(controller.DesiredRecord{Key: "parcel/p1", Gone: true}))
	return slot
}

// A parcel that is recalled while Ada has its door open, before the power goes, counts as recalled until a courier has
// looked: she may have put it back, or not have taken it.
func TestRecalledThenPowerCut(t *testing.T) {
	for name, happens := range map[string]func(k *cabinet, slot controller.Slot){
		"she said nothing yet": func(k *cabinet, slot controller.Slot) {
			k.restart()
			k.shuts(slot)
		},
		"she puts it back": func(k *cabinet, slot controller.Slot) {
			k.does(controller.ActReturn, "")
			k.restart()
			k.shuts(slot)
		},
		"she put it back, and that could not be written": func(k *cabinet, slot controller.Slot) {
			k.does(controller.ActReturn, "")
			k.failing = true
			k.shuts(slot)
			time.Sleep(2 * time.Second)
			k.failing = false
			time.Sleep(time.Hour)
			k.restart()
		},
		"the power goes again when a courier takes it back": func(k *cabinet, slot controller.Slot) {
			k.restart() // the door stays open
			k.signsIn()
			k.doors[slot].set(func(d *door) { d.onPulse = func() { k.failing = true } })
			k.does(controller.ActChoose, "p1")
			time.Sleep(time.Second)
			k.doors[slot].set(func(d *door) { d.onPulse = nil })
			k.stop()
			k.failing = false
			k.start()
			k.wantNoted("indeterminate 1 p1")
			k.shuts(slot)
		},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(k *cabinet) {
				happens(k, k.recalledAtOpenDoor())
				time.Sleep(time.Minute)
				if p := k.parcel("p1"); p.Phase != controller.CalledIn || k.count("collected") != 0 {
					t.Errorf("the parcel is %s: %v", p.Phase, k.journal())
				}
			})
		})
	}
}

// Where a courier opens the door that a recipient left open before the power went, the courier says what is inside.
func TestTakenBackAfterPowerCut(t *testing.T) {
	for wait := range 5 { // who reads the switch first is chance
		story(t, func(k *cabinet) {
			slot := k.recalledAtOpenDoor()
			k.restart() // the door stays open
			k.signsIn()
			time.Sleep(time.Second + time.Duration(wait)*10*time.Millisecond)
			k.does(controller.ActChoose, "p1")
			k.sees(controller.SlotOpen)
			k.shuts(slot)
			k.wantNoted("taken-back 1 p1")
			if k.count("collected") != 0 || k.screen.now().Note == controller.CannotStore {
				t.Errorf("the screen says %q, the journal %v", k.screen.now().Note, k.journal())
			}
		})
	}
}
