package controller_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"lockerd/controller"
)

// loses has answers of a door's switch lost, while somebody has time to ask for them.
func (k *cabinet) loses(slot controller.Slot, answers int) {
	k.doors[slot].set(func(d *door) { d.lost = answers })
	time.Sleep(time.Second)
}

// fallsSilent has a door's switch answer no more, for long enough to be noticed.
func (k *cabinet) fallsSilent(slot controller.Slot) {
	k.doors[slot].set(func(d *door) { d.blind = true })
	time.Sleep(10 * time.Second)
}

// A lost answer of a lock board loses no deposit and no collection, and is no alarm.
func TestLostAnswers(t *testing.T) {
	for lost := range 4 {
		story(t, func(k *cabinet) {
			k.people()
			k.check(k.desired(parcel("p1", "r-ada", controller.Small)))
			k.signsIn()
			k.puts("p1")
			k.loses(1, lost)
			k.shuts(1)
			k.sees(controller.DropDone)
			k.wantNoted("deposited 1 p1")
			k.does(controller.ActOK, "")
			k.does(controller.ActBack, "")
			k.sees(controller.Home)
			k.touches("ada's finger")
			k.sees(controller.SlotOpen)
			k.loses(1, lost)
			k.shuts(1)
			k.tells(controller.Message, controller.ThankYou)
			k.wantNoted("collected 1 p1")
			time.Sleep(5 * time.Minute)
			if n := k.count("forced") + k.count("left-open") + k.count("sensor-gone"); n != 0 {
				t.Errorf("%d lost: %d alarms: %v", lost, n, k.journal())
			}
		})
	}
}

// An alarm ends with the door that is shut, whatever answers are lost before.
func TestAlarmEndsAfterLostAnswers(t *testing.T) {
	var mu sync.Mutex
	var told []controller.What
	story(t, func(k *cabinet) {
		k.stop()
		k.extend = func(p *controller.Parts) {
			p.Alarm = func(_ controller.Slot, what controller.What) {
				mu.Lock()
				defer mu.Unlock()
				told = append(told, what)
			}
		}
		k.startProgram()
		time.Sleep(time.Minute)
		k.doors[1].set(func(d *door) { d.open = true }) // by force
		time.Sleep(time.Second)
		k.loses(1, 1)
		k.shuts(1)
		mu.Lock()
		defer mu.Unlock()
		if want := []controller.What{controller.Forced, ""}; !slices.Equal(told, want) {
			t.Errorf("the siren was told %q, want %q", told, want)
		}
	})
}

// What Ada took before the power went is collected when the door is shut, whatever answers are lost, and after a
// silence as well.
func TestPowerCutAndLostAnswers(t *testing.T) {
	for name, silence := range map[string]func(*cabinet){
		"lost":   func(k *cabinet) { k.loses(1, 2) },
		"silent": func(k *cabinet) { k.fallsSilent(1); k.doors[1].set(func(d *door) { d.blind = false }) },
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(k *cabinet) {
				k.holds("p1", "r-ada")
				k.touches("ada's finger")
				k.sees(controller.SlotOpen)
				k.restart()
				time.Sleep(time.Second)
				silence(k)
				k.shuts(1)
				time.Sleep(2 * time.Second)
				k.wantNoted("collected 1 p1")
			})
		})
	}
}

// Where the switch of an open door falls silent, the word of whoever stands there counts: the screen asks for it.
func TestSwitchFallsSilentAtAnOpenDoor(t *testing.T) {
	t.Run("of a courier", func(t *testing.T) {
		story(t, func(k *cabinet) {
			k.people()
			k.check(k.desired(parcel("p1", "r-ada", controller.Small)))
			k.signsIn()
			k.puts("p1")
			k.fallsSilent(1)
			k.sees(controller.DropOpen)
			k.does(controller.ActOK, "")
			k.sees(controller.DropDone)
			k.wantNoted("deposited 1 p1")
		})
	})
	t.Run("of a courier who looks inside", func(t *testing.T) {
		story(t, func(k *cabinet) {
			k.abandoned()
			k.signsIn()
			k.does(controller.ActLook, "1")
			k.sees(controller.DropLook)
			k.fallsSilent(1)
			k.tells(controller.DropLook, controller.SayWhatIsInside)
			k.does(controller.ActInside, "")
			k.sees(controller.DropDone)
			k.wantNoted("deposited 1 p1")
		})
	})
	for act, noted := range map[controller.Act]string{
		controller.ActTaken: "collected 1 p1", controller.ActNothing: "nothing-inside 1 p1", controller.ActReturn: "recalled 1 p1",
	} {
		for name, before := range map[string]bool{"said before": true, "said then": false} {
			t.Run("of a recipient, "+string(act)+" "+name, func(t *testing.T) {
				story(t, func(k *cabinet) {
					k.holds("p1", "r-ada")
					k.touches("ada's finger")
					k.sees(controller.SlotOpen)
					if before {
						k.does(act, "")
					}
					k.fallsSilent(1)
					if v := k.screen.now(); !before && (v.Screen != controller.SlotOpen || !v.Blind) {
						t.Errorf("the screen is %+v", v)
					}
					if !before {
						k.does(act, "")
					}
					k.wantNoted(noted)
				})
			})
		}
	}
}

// A switch that is silent for long is noted once, and when it answers again; a door that was opened by a pulse
// meanwhile is no alarm.
func TestSilentSwitchIsNoted(t *testing.T) {
	story(t, func(k *cabinet) {
		slot := k.holds("p1", "r-ada")
		wants := func(gone, back int, silent ...controller.Slot) {
			t.Helper()
			if g, b := k.count("sensor-gone 1"), k.count("sensor-back 1"); g != gone || b != back {
				t.Errorf("noted %d times gone and %d times back, want %d and %d", g, b, gone, back)
			}
			if got := k.c.SilentDoors(); !slices.Equal(got, silent) {
				t.Errorf("silent are %v, want %v", got, silent)
			}
		}
		wants(0, 0)
		k.fallsSilent(slot)
		wants(1, 0, 1)
		k.touches("ada's finger")
		time.Sleep(5 * time.Second)
		if v := k.sees(controller.SlotOpen); !v.Blind {
			t.Error("the screen waits for a switch that does not answer")
		}
		time.Sleep(time.Minute)
		wants(1, 0, 1)
		k.doors[slot].set(func(d *door) { d.blind = false })
		time.Sleep(2 * time.Second)
		wants(1, 1)
		k.shuts(slot)
		if n := k.count("forced"); n != 0 {
			t.Errorf("%d alarms: %v", n, k.journal())
		}
	})
}

// A door that stood open before the program started is no alarm, whatever answers are lost then and however long the
// switch is silent.
func TestOpenBeforeTheStart(t *testing.T) {
	for name, test := range map[string]struct {
		lost   int
		silent time.Duration
	}{
		"answered":           {},
		"one lost":           {lost: 1},
		"three lost":         {lost: 3},
		"silent for seconds": {silent: 10 * time.Second},
		"silent for minutes": {silent: 10 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(k *cabinet) {
				slot := k.holds("p1", "r-ada")
				k.touches("ada's finger")
				k.sees(controller.SlotOpen)
				k.stop()
				k.doors[slot].set(func(d *door) { d.lost, d.blind = test.lost, test.silent > 0 })
				k.startProgram()
				time.Sleep(test.silent)
				k.doors[slot].set(func(d *door) { d.blind = false })
				time.Sleep(5 * time.Second)
				if k.count("forced") != 0 {
					t.Error(k.journal())
				}
				k.shuts(slot)
				time.Sleep(time.Second)
				k.doors[slot].set(func(d *door) { d.open = true })
				time.Sleep(time.Second)
				if k.count("forced") != 1 {
					t.Errorf("opened by force after that, the journal is %v", k.journal())
				}
			})
		})
	}
}

// A door that stays shut while its switch is silent at the start is forced when it opens later.
func TestForcedAfterASilentStart(t *testing.T) {
	story(t, func(k *cabinet) {
		k.stop()
		k.doors[1].set(func(d *door) { d.blind = true })
		k.startProgram()
		time.Sleep(10 * time.Second)
		k.doors[1].set(func(d *door) { d.blind = false })
		time.Sleep(2 * time.Second)
		k.doors[1].set(func(d *door) { d.open = true })
		time.Sleep(time.Second)
		if k.count("forced") != 1 {
			t.Error(k.journal())
		}
	})
}

// A pulse is used up when its door is shut, though the switch was silent while it was open: opened again, it is forced.
func TestForcedAfterSilence(t *testing.T) {
	story(t, func(k *cabinet) {
		slot := k.holds("p1", "r-ada")
		k.touches("ada's finger")
		k.sees(controller.SlotOpen)
		time.Sleep(time.Second)
		k.fallsSilent(slot)
		k.doors[slot].set(func(d *door) { d.blind = false })
		time.Sleep(2 * time.Second)
		k.shuts(slot)
		time.Sleep(2 * time.Second)
		k.doors[slot].set(func(d *door) { d.open = true })
		time.Sleep(2 * time.Second)
		if k.count("forced") != 1 {
			t.Error(k.journal())
		}
	})
}
