package controller_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/controller"
)

func TestJammedDoorIsRetriedOnceThenOutOfService(t *testing.T) {
	story(t, func(k *cabinet) {
		slot := k.holds("p1", "r-ada")
		k.doors[slot].jammed = true
		k.touches("ada's finger")
		time.Sleep(6 * time.Second) // two waits for the switch
		k.tells(controller.Message, controller.DoorJammed)
		k.wantPulses("1:3") // the deposit, the pickup, its one retry
		k.wantNoted("jammed 1 p1")
		if k.count("collected") != 0 {
			t.Error("a parcel behind a jammed door counts as collected")
		}
	})
}

func TestNoThanksForAJammedDoor(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-ada", controller.Small)))
		k.doors[k.dropsOff("p1")].jammed = true
		k.touches("ada's finger")
		time.Sleep(6 * time.Second)
		k.sees(controller.Message)
		k.does(controller.ActOK, "")
		if v := k.sees(controller.Home); v.Note == controller.ThankYou {
			t.Error("thanks for nothing")
		}
	})
}

func TestJamAtTheDepositTakesTheNextSlot(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-ada", controller.Small)))
		k.doors[1].jammed = true
		k.signsIn()
		k.does(controller.ActChoose, "p1")
		k.does(controller.ActOK, "")
		time.Sleep(6 * time.Second)
		if v := k.sees(controller.DropOpen); v.Slot != 2 {
			t.Fatalf("after a jam slot %d is open, want 2", v.Slot)
		}
		k.shuts(2)
		k.wantNoted("deposited 2 p1")
	})
}

func TestDeadSupplyTakesTwoSlotsAtMost(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-ada", controller.Small)))
		for _, d := range k.doors {
			d.jammed = true
		}
		k.signsIn()
		k.does(controller.ActChoose, "p1")
		k.does(controller.ActOK, "")
		time.Sleep(12 * time.Second)
		k.tells(controller.Message, controller.DoorJammed)
		k.wantPulses("1:2 2:2")
	})
}

// A door that does not open, and is waited for, holds up no other one.
func TestJammedDoorHoldsUpNoOther(t *testing.T) {
	story(t, func(k *cabinet) {
		k.doors[1].set(func(d *door) { d.jammed = true })
		jammed := make(chan error, 1)
		go func() { jammed <- k.c.OpenForService(t.Context(), "9001", 1, "hinge") }()
		time.Sleep(time.Millisecond)
		begun := time.Now()
		k.check(k.c.OpenForService(t.Context(), "9001", 2, "hinge"))
		if waited := time.Since(begun); waited > time.Second {
			t.Errorf("the other door was opened after %v", waited)
		}
		if len(jammed) != 0 {
			t.Error("the jammed door was not waited for")
		}
		if err := <-jammed; !errors.Is(err, controller.ErrJammed) {
			t.Errorf("the jammed door: %v", err)
		}
		k.wantPulses("1:2 2:1")
	})
}

func TestFaultySwitchNeverBlocksAPulse(t *testing.T) {
	story(t, func(k *cabinet) {
		slot := k.holds("p1", "r-ada")
		k.doors[slot].blind = true
		k.touches("ada's finger")
		time.Sleep(3 * time.Second)
		k.sees(controller.SlotOpen)
		k.wantPulses("1:2")
		k.does(controller.ActTaken, "")
		k.sees(controller.Message)
		k.wantNoted("collected 1 p1")
	})
}

func TestDeadSwitchAndLockKeepTheParcel(t *testing.T) {
	story(t, func(k *cabinet) {
		slot := k.holds("p1", "r-ada")
		k.doors[slot].set(func(d *door) { d.blind, d.jammed = true, true })
		k.touches("ada's finger")
		time.Sleep(3 * time.Second)
		k.sees(controller.SlotOpen)
		k.does(controller.ActStuck, "")
		time.Sleep(10 * time.Minute) // she walks off
		k.sees(controller.Home)
		if k.count("collected") != 0 {
			t.Error("a parcel behind a door that nobody saw open counts as collected")
		}
		k.restart()
		k.doors[slot].set(func(d *door) { d.blind, d.jammed = false, false })
		time.Sleep(time.Minute)
		if k.count("collected") != 0 {
			t.Error("after a restart the parcel counts as collected")
		}
		k.touches("ada's finger")
		k.sees(controller.SlotOpen)
	})
}

func TestLostAnswerOfALock(t *testing.T) {
	story(t, func(k *cabinet) {
		slot := k.holds("p1", "r-ada")
		k.doors[slot].set(func(d *door) { d.pulseErr, d.open = errors.New("no answer"), true }) // it was heard all the same
		k.touches("ada's finger")
		k.sees(controller.SlotOpen)
		k.shuts(slot)
		k.wantNoted("collected 1 p1")

		k.check(k.desired(parcel("p2", "r-ada", controller.Small)))
		k.doors[slot].set(func(d *door) { d.open = false })
		if err := k.c.OpenForService(t.Context(), "9001", slot, "hinge"); err == nil {
			t.Error("a lock that is not driven and a door that stays shut are no error")
		}
	})
}

func TestForcedDoorIsAnAlarm(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		time.Sleep(time.Minute)
		k.doors[2].set(func(d *door) { d.open = true })
		time.Sleep(time.Second)
		k.wantNoted("forced 2")
		time.Sleep(3 * time.Minute)
		k.wantNoted("left-open 2")
		k.shuts(2)
		k.wantNoted("door-shut 2")
	})
}

func TestForcedSoonAfterAPickup(t *testing.T) {
	story(t, func(k *cabinet) {
		slot := k.holds("p1", "r-ada")
		time.Sleep(time.Second)
		k.doors[slot].set(func(d *door) { d.open = true })
		time.Sleep(time.Second)
		k.wantNoted("forced 1")
	})
}

func TestDoorThatIsOpenAtTheStart(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.stop()
		k.doors[1].set(func(d *door) { d.open = true })
		k.start()
		k.check(k.desired(parcel("p1", "r-ada", controller.Small)))
		if slot := k.dropsOff("p1"); slot != 2 {
			t.Errorf("the parcel was put into slot %d, want 2: door 1 stands open", slot)
		}
		if n := k.count("forced"); n != 0 {
			t.Error("a door that was open before the start is an alarm")
		}
	})
}

// TestBeatWhileADoorIsHeldShut: whoever holds a door shut starves no watchdog, however long the switch is waited for;
// nor is a door that gives way late an alarm.
func TestBeatWhileADoorIsHeldShut(t *testing.T) {
	story(t, func(k *cabinet) {
		k.stop()
		k.extend = func(p *controller.Parts) { p.Times.Jam = 30 * time.Second }
		k.startProgram()
		slot := k.holds("p1", "r-ada")
		k.doors[slot].set(func(d *door) { d.jammed = true })
		k.touches("ada's finger")
		for held := time.Now(); time.Since(held) < 55*time.Second; time.Sleep(500 * time.Millisecond) {
			select {
			case <-k.c.Beat():
			case <-time.After(time.Second):
				t.Fatalf("no beat after %v", time.Since(held))
			}
		}
		k.doors[slot].set(func(d *door) { d.jammed, d.open = false, true })
		k.sees(controller.SlotOpen)
		if k.count("forced") != 0 {
			t.Error("a door that gave way late is an alarm")
		}
	})
}

// However long the switches take to answer within their bounds, the loop at the screen goes round for the watchdog, and
// nobody waits for one door after the other.
func TestBeatWhileSwitchesAreSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const answer = 5 * time.Second // of a busy line
		k := newCabinet(t)
		k.extend = func(p *controller.Parts) {
			for slot, lock := range p.Doors {
				p.Doors[slot] = slowSwitch{lock, answer}
			}
		}
		k.start()
		watched, done := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(watched)
			for {
				begun := time.Now()
				select {
				case <-k.c.Beat():
				case <-done:
					return
				}
				if took := time.Since(begun); took > 10*time.Millisecond {
					t.Errorf("the loop did not go round for %v", took)
				}
				time.Sleep(100 * time.Millisecond)
			}
		}()
		within := func(screen controller.Screen, most time.Duration) {
			t.Helper()
			begun := time.Now()
			for synctest.Wait(); k.screen.now().Screen != screen; synctest.Wait() {
				if time.Sleep(100 * time.Millisecond); time.Since(begun) > most {
					t.Fatalf("the screen is %q after %v, want %q", k.screen.now().Screen, most, screen)
				}
			}
		}
		within(controller.Home, answer)
		k.does(controller.ActDropOff, "")
		within(controller.StaffNumber, answer)
		k.does(controller.ActBack, "")
		within(controller.Home, answer+time.Second)
		time.Sleep(time.Minute)
		close(done)
		<-watched
		k.stop()
	})
}

// A look at the doors that takes long is not drawn over what was seen later.
func TestSlowLookAtTheDoors(t *testing.T) {
	opens := func(slot controller.Slot) func(*cabinet) {
		return func(k *cabinet) { k.doors[slot].set(func(d *door) { d.open = true }) }
	}
	serviced := func(k *cabinet) { k.check(k.c.OpenForService(t.Context(), "9001", 1, "to see")) }
	for name, test := range map[string]struct {
		begins, then func(*cabinet) // a look, which takes long, and what happens meanwhile
		note         controller.Note
	}{
		"for another screen":            {func(k *cabinet) { k.does(controller.ActDropOff, "") }, opens(1), ""},
		"for another door":              {opens(2), opens(1), ""},
		"for a sensor that fell silent": {func(k *cabinet) { k.finger.fail <- controller.ErrSensorGone }, serviced, controller.TechnicianHere},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newCabinet(t)
				last := &slowOnce{}
				k.extend = func(p *controller.Parts) {
					last.Lock = p.Doors[4]
					p.Doors[4] = last
				}
				k.start()
				last.takes.Store(int64(3 * time.Second))
				test.begins(k)
				time.Sleep(time.Second)
				test.then(k)
				time.Sleep(time.Second)
				if last.takes.Load() != 0 {
					t.Fatal("nobody looked at the doors")
				}
				time.Sleep(2 * time.Second)
				if v := k.screen.now(); !v.Doors[0].Open || v.Note != test.note {
					t.Errorf("the screen %q shows door 1 open: %v, and says %q, want %q", v.Screen, v.Doors[0].Open, v.Note, test.note)
				}
				k.stop()
			})
		})
	}
}

// slowOnce is a lock whose switch takes a while to answer one question.
type slowOnce struct {
	controller.Lock
	takes atomic.Int64 // nanoseconds, of the next answer
}

// Shut is controller.Lock's.
func (s *slowOnce) Shut() (bool, error) {
	shut, err := s.Lock.Shut()
	time.Sleep(time.Duration(s.takes.Swap(0)))
	return shut, err
}

// slowSwitch is a lock whose switch takes a while to answer.
type slowSwitch struct {
	controller.Lock
	takes time.Duration
}

// Shut is controller.Lock's.
func (s slowSwitch) Shut() (bool, error) {
	time.Sleep(s.takes)
	return s.Lock.Shut()
}
