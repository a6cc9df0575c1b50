package controller_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/controller"
	"lockerd/matcher"
)

func TestJammedDoorIsRetriedOnceThenOutOfService(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-ada", controller.Small)))
		slot := k.dropsOff("p1")
		k.doors[slot].jammed = true
		k.touches("ada's finger")
		time.Sleep(6 * time.Second) // two waits for the switch
		if v := k.sees(controller.Message); v.Note != controller.DoorJammed {
			t.Errorf("the screen says %q", v.Note)
		}
		k.wantPulses("1:3") // the deposit, the pickup, its one retry
		k.wantNoted("jammed 1 p1")
		if k.count("collected") != 0 {
			t.Error("a parcel behind a jammed door counts as collected")
		}
	})
}

func TestFaultySwitchNeverBlocksAPulse(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-ada", controller.Small)))
		slot := k.dropsOff("p1")
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

func TestNoJournalNoPulse(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-ada", controller.Small)))
		k.dropsOff("p1")
		k.failing = true
		k.touches("ada's finger")
		if v := k.sees(controller.Message); v.Note != controller.CannotStore {
			t.Errorf("the screen says %q", v.Note)
		}
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
		k.people()
		k.check(k.desired(parcel("p1", "r-ada", controller.Small)))
		slot := k.dropsOff("p1")
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

func TestPowerCutWhileTheDoorIsOpen(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-ada", controller.Small)))
		slot := k.dropsOff("p1")
		k.touches("ada's finger")
		k.sees(controller.SlotOpen)
		k.restart()
		k.shuts(slot)
		k.wantNoted("collected 1 p1")
		k.wantPulses("1:2")
	})
}

func TestTriesSurviveARestart(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-ada", controller.Small)))
		k.dropsOff("p1")
		k.does(controller.ActPickUp, "")
		wrong := func() {
			k.sees(controller.AskAny)
			k.does(controller.ActWay, "passcode")
			k.does(controller.ActDigits, "4711")
			k.sees(controller.AskPasscode)
			k.does(controller.ActDigits, "999111")
		}
		for range 5 {
			wrong()
			k.sees(controller.RefusedView)
			k.does(controller.ActOK, "")
		}
		k.restart()
		k.does(controller.ActPickUp, "")
		wrong()
		if v := k.sees(controller.RefusedView); v.Note != controller.WaitBeforeTry || v.Wait <= 0 {
			t.Errorf("after a restart the screen says %q, wait %v", v.Note, v.Wait)
		}
		if n := k.count("refused"); n != 5 {
			t.Errorf("%d comparisons, want 5: the sixth must wait", n)
		}
	})
}

func TestManyWrongCodesAskForDigitsFirst(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p2", "r-bo", controller.Small)))
		k.dropsOff("p2")
		code := k.sealer.codes["p2"]
		wrong := strings.Map(func(r rune) rune { return '0' + (r-'0'+1)%10 }, code)
		k.does(controller.ActPickUp, "")
		for range 60 {
			k.sees(controller.AskAny)
			k.does(controller.ActDigits, wrong)
			if v := k.sees(controller.RefusedView); v.Wait > 30*time.Second {
				t.Fatalf("the cabinet waits %v", v.Wait)
			}
			time.Sleep(31 * time.Second)
			k.does(controller.ActOK, "")
		}
		k.sees(controller.AskTail)
		k.does(controller.ActDigits, "0815")
		k.sees(controller.AskWay)
		k.does(controller.ActWay, "code")
		k.sees(controller.AskCode)
		k.does(controller.ActDigits, code)
		k.sees(controller.SlotOpen)
		time.Sleep(25 * time.Hour) // the next day
		k.sees(controller.Home)
		k.does(controller.ActPickUp, "")
		k.sees(controller.AskAny)
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
		k.does(controller.ActDropOff, "")
		k.does(controller.ActDigits, "1001")
		k.does(controller.ActDigits, "314159")
		k.sees(controller.DropChoose)
		k.does(controller.ActChoose, "p5")
		if v := k.sees(controller.Message); v.Note != controller.NoFreeSlot {
			t.Errorf("the screen says %q", v.Note)
		}
		k.wantPulses("1:1 2:1 3:1 4:1")
	})
}

func TestCourierLargerAndCancel(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-bo", controller.Small)))
		k.does(controller.ActDropOff, "")
		k.does(controller.ActDigits, "1001")
		k.does(controller.ActDigits, "314159")
		k.sees(controller.DropChoose)
		k.puts("p1")
		k.does(controller.ActLarger, "")
		if v := k.sees(controller.DropOpen); v.Slot != 3 {
			t.Fatalf("the larger slot is %d, want 3", v.Slot)
		}
		k.does(controller.ActBack, "")
		k.sees(controller.DropLook)
		k.does(controller.ActNothing, "")
		k.shuts(3)
		if v := k.sees(controller.DropChoose); len(v.Looks) != 0 {
			t.Errorf("to look into are %v", v.Looks)
		}
		if codes, err := k.store.Codes(); k.count("deposited") != 0 || k.count("code-issued") != 0 || len(codes) != 0 || err != nil {
			t.Error("a cancelled deposit was stored or a code issued")
		}
	})
}

func TestWrongCourierSecret(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.does(controller.ActDropOff, "")
		for _, number := range []string{"1001", "7777"} {
			k.sees(controller.StaffNumber)
			k.does(controller.ActDigits, number)
			k.sees(controller.StaffSecret)
			k.does(controller.ActDigits, "271828")
			if v := k.sees(controller.StaffNumber); v.Note != controller.WrongSignIn {
				t.Errorf("%s: the screen says %q", number, v.Note)
			}
		}
	})
}

func TestRecalledParcelGoesToTheCourierOnly(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-ada", controller.Small)))
		slot := k.dropsOff("p1")
		k.check(k.desired(controller.DesiredRecord{Key: "parcel/p1", Gone: true}))
		k.touches("ada's finger")
		k.sees(controller.RefusedView)
		k.does(controller.ActBack, "")
		k.sees(controller.Home)
		k.does(controller.ActDropOff, "")
		k.does(controller.ActDigits, "1001")
		k.does(controller.ActDigits, "314159")
		if v := k.sees(controller.DropChoose); len(v.Parcels) != 1 || !v.Parcels[0].Back {
			t.Fatalf("the courier's list is %v", v.Parcels)
		}
		k.does(controller.ActChoose, "p1")
		k.sees(controller.SlotOpen)
		k.shuts(slot)
		k.wantNoted("taken-back 1 p1")
	})
}

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

func TestRemoteCommands(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		open := func(id string, slot controller.Slot) error {
			return k.c.Execute(t.Context(), controller.RemoteCommand{ID: id, Action: "open", Slot: slot, By: "op", Reason: "asked by phone"})
		}
		k.check(open("c1", 1))
		k.check(open("c1", 1)) // the same command again does nothing
		k.wantPulses("1:1")
		if err := open("c2", 99); !errors.Is(err, controller.ErrNoSlot) {
			t.Errorf("slot 99: %v", err)
		}
		k.check(open("c3", 2))
		if err := open("c4", 3); err == nil {
			t.Error("a fourth remote opening within an hour was carried out")
		}
		k.restart()
		k.check(open("c1", 1))
		k.wantPulses("1:1 2:1")
		if n := k.count("command-refused"); n != 2 {
			t.Errorf("%d refusals noted, want 2", n)
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

func TestUnpluggedModule(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-ada", controller.Small)))
		k.dropsOff("p1")
		k.finger.fail <- controller.ErrSensorGone
		synctest.Wait()
		k.wantNoted("sensor-gone 0")
		k.does(controller.ActPickUp, "")
		for _, kind := range k.sees(controller.AskAny).Offers {
			if kind == matcher.Fingerprint {
				t.Error("a finger is offered without a module")
			}
		}
		time.Sleep(2 * time.Second)
		k.touches("ada's finger")
		k.wantNoted("sensor-back 0")
		k.sees(controller.SlotOpen)
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

func TestFingerAgainAfterARefusal(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-ada", controller.Small)))
		k.dropsOff("p1")
		k.touches("poor")
		k.sees(controller.RefusedView)
		k.touches("ada's finger") // without a tap between
		k.sees(controller.SlotOpen)
	})
}

func TestServiceNeedsAReason(t *testing.T) {
	story(t, func(k *cabinet) {
		if err := k.c.OpenForService(t.Context(), "9001", 1, " "); err == nil {
			t.Error("opened without a reason")
		}
		k.wantPulses("")
		k.check(k.c.OpenForService(t.Context(), "9001", 1, "hinge"))
		k.wantPulses("1:1")
		k.check(k.c.SetService(t.Context(), "9001", 1, true, "hinge"))
		if err := k.c.SetService(t.Context(), "9001", 99, true, "hinge"); !errors.Is(err, controller.ErrNoSlot) {
			t.Errorf("slot 99: %v", err)
		}
	})
}

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

func TestJamAtTheDepositTakesTheNextSlot(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-ada", controller.Small)))
		k.doors[1].jammed = true
		k.does(controller.ActDropOff, "")
		k.does(controller.ActDigits, "1001")
		k.does(controller.ActDigits, "314159")
		k.sees(controller.DropChoose)
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

func TestForcedSoonAfterAPickup(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-ada", controller.Small)))
		slot := k.dropsOff("p1")
		time.Sleep(time.Second)
		k.doors[slot].set(func(d *door) { d.open = true })
		time.Sleep(time.Second)
		k.wantNoted("forced 1")
	})
}

func TestPowerCutDuringAPulseThatOpened(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-ada", controller.Small)))
		slot := k.dropsOff("p1")
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

func TestLostAnswerOfALock(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-ada", controller.Small)))
		slot := k.dropsOff("p1")
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

func TestManyUnknownFingersAskForDigitsFirst(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-ada", controller.Small)))
		k.dropsOff("p1")
		for range 20 {
			k.touches("a stranger's finger")
			k.sees(controller.RefusedView)
			time.Sleep(31 * time.Second)
			k.does(controller.ActBack, "")
			k.sees(controller.Home)
		}
		k.touches("ada's finger")
		k.sees(controller.AskTail)
		k.wantPulses("1:1")
		k.does(controller.ActDigits, "4711")
		k.sees(controller.AskFinger)
		k.touches("ada's finger")
		k.sees(controller.SlotOpen)
	})
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
				k.does(controller.ActDropOff, "")
				k.does(controller.ActDigits, "1001")
				k.does(controller.ActDigits, "314159")
				k.sees(controller.DropChoose)
				k.puts("p1")
				end(k)
				if slot := k.dropsOff("p2"); slot != 2 {
					t.Errorf("the next parcel was put into slot %d, where one may lie", slot)
				}
			})
		})
	}
}

func TestDeadSwitchAndLockKeepTheParcel(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-ada", controller.Small)))
		slot := k.dropsOff("p1")
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

func TestDeadSupplyTakesTwoSlotsAtMost(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-ada", controller.Small)))
		for _, d := range k.doors {
			d.jammed = true
		}
		k.does(controller.ActDropOff, "")
		k.does(controller.ActDigits, "1001")
		k.does(controller.ActDigits, "314159")
		k.sees(controller.DropChoose)
		k.does(controller.ActChoose, "p1")
		k.does(controller.ActOK, "")
		time.Sleep(12 * time.Second)
		if v := k.sees(controller.Message); v.Note != controller.DoorJammed {
			t.Errorf("the screen says %q", v.Note)
		}
		k.wantPulses("1:2 2:2")
	})
}

func TestRemoteCapSurvivesARestart(t *testing.T) {
	story(t, func(k *cabinet) {
		time.Sleep(5 * time.Hour)
		open := func(id string) error {
			return k.c.Execute(t.Context(), controller.RemoteCommand{ID: id, Action: "open", Slot: 1, By: "op", Reason: "asked by phone"})
		}
		for _, id := range []string{"c1", "c2", "c3"} {
			k.check(open(id))
		}
		k.restartProgram()
		if err := open("c4"); err == nil {
			t.Error("a restart of the program forgot the remote openings")
		}
	})
}
