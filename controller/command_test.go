package controller_test

import (
	"errors"
	"testing"
	"time"

	"lockerd/controller"
)

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

func TestRemoteCapSurvivesARestart(t *testing.T) {
	longStory(t, func(k *cabinet) {
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

func TestServiceNeedsAReason(t *testing.T) {
	story(t, func(k *cabinet) {
		if err := k.c.OpenForService(t.Context(), "9001", 1, " "); err == nil {
			t.Error("opened without a reason")
		}
		k.wantPulses("")
		k.check(k.c.OpenForService(t.Context(), "9001", 1, "hinge"))
		k.wantPulses("1:1")
		k.check(k.c.SetService("9001", 1, "hinge", false))
		if err := k.c.SetService("9001", 99, "hinge", false); !errors.Is(err, controller.ErrNoSlot) {
			t.Errorf("slot 99: %v", err)
		}
	})
}
