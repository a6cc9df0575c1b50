package controller_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"lockerd/controller"
)

// service lists what the journal says about slot 1's service.
func (k *cabinet) service() []string {
	entries, err := k.store.Since(0, 10000)
	k.check(err)
	var lines []string
	for _, e := range entries {
		if e.What == controller.SlotService && e.Slot == 1 {
			lines = append(lines, e.Detail)
		}
	}
	return lines
}

// TestServiceLinesOfACancelledDeposit: no slot comes back into service in the journal that did not leave it there.
func TestServiceLinesOfACancelledDeposit(t *testing.T) {
	const out = "out of service: deposit not finished: look inside"
	for name, test := range map[string]struct {
		does func(*cabinet)
		want []string
	}{
		"shuts the door": {func(k *cabinet) { k.shuts(1) }, nil},
		"cancels, empty": {func(k *cabinet) { k.does(controller.ActBack, ""); k.does(controller.ActNothing, ""); k.shuts(1) },
			[]string{out, "in service"}},
		"cancels, broken": {func(k *cabinet) { k.does(controller.ActBack, ""); k.does(controller.ActBroken, ""); k.shuts(1) },
			[]string{out, "out of service: reported by the courier; deposit not finished: look inside"}},
		"cancels, no word": {func(k *cabinet) { k.does(controller.ActBack, ""); time.Sleep(5 * time.Minute) }, []string{out}},
		"leaves":           {func(k *cabinet) { time.Sleep(5 * time.Minute) }, []string{out}},
		"wants a larger":   {func(k *cabinet) { k.does(controller.ActLarger, "") }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(k *cabinet) {
				k.courierFor("p1")
				k.puts("p1")
				test.does(k)
				time.Sleep(time.Second)
				if got := k.service(); !slices.Equal(got, test.want) {
					t.Errorf("the journal says %q, want %q", got, test.want)
				}
			})
		})
	}
}

// A slot whose door could not be driven for a deposit stays marked, and the journal says so at once, unless the lock was
// surely not pulsed: then the slot is as it was, and the next one is proposed.
func TestServiceLineOfAPulseThatFailed(t *testing.T) {
	silent := errors.New("the board does not answer")
	unplugged := fmt.Errorf("%w: the line is gone", controller.ErrNotPulsed)
	marked := []string{"out of service: deposit not finished: look inside"}
	for name, test := range map[string]struct {
		fails []error // of one pulse after the other; nil for one that opens no door
		want  []string
	}{
		"nobody knows":                 {[]error{silent}, marked},
		"nothing was pulsed":           {[]error{unplugged}, nil},
		"pulsed once, then not again":  {[]error{nil, unplugged}, marked},
		"pulsed once, then in silence": {[]error{nil, silent}, marked},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(k *cabinet) {
				k.courierFor("p1")
				k.doors[1].set(func(d *door) {
					d.jammed, d.pulseErr = true, test.fails[0]
					d.onPulse = func() { d.pulseErr = test.fails[1] }
				})
				k.does(controller.ActChoose, "p1")
				k.does(controller.ActOK, "")
				time.Sleep(10 * time.Second)
				k.wantNoted("pulse-unseen 1 p1")
				if got := k.service(); !slices.Equal(got, test.want) {
					t.Errorf("the journal says %q, want %q", got, test.want)
				}
				k.restart()
				k.signsIn()
				if v := k.sees(controller.DropChoose); (len(v.Looks) != 0) != (test.want != nil) {
					t.Errorf("to look into are %v", v.Looks)
				}
			})
		})
	}
}

// A lock that could not be driven is proposed when no other slot is free, and as before once it could be.
func TestUndrivenSlotIsProposedLast(t *testing.T) {
	story(t, func(k *cabinet) {
		k.courierFor("p1")
		proposed := func() controller.Slot {
			t.Helper()
			k.does(controller.ActChoose, "p1")
			v := k.sees(controller.DropSlot)
			k.does(controller.ActBack, "")
			k.sees(controller.DropChoose)
			return v.Slot
		}
		k.doors[1].set(func(d *door) { d.pulseErr = controller.ErrNotPulsed })
		k.does(controller.ActChoose, "p1")
		k.does(controller.ActOK, "")
		time.Sleep(time.Minute)
		k.signsIn()
		if slot := proposed(); slot != 2 {
			t.Errorf("slot %d is proposed", slot)
		}
		for slot := controller.Slot(2); slot <= 4; slot++ {
			k.check(k.c.SetService("9001", slot, "painted", false))
		}
		if slot := proposed(); slot != 1 {
			t.Errorf("slot %d is proposed, and only 1 is free", slot)
		}
		k.check(k.c.SetService("9001", 2, "", true))
		k.doors[1].set(func(d *door) { d.pulseErr = nil })
		if err := k.c.OpenForService(t.Context(), "9001", 1, "mended"); err != nil {
			t.Fatal(err)
		}
		k.shuts(1)
		if slot := proposed(); slot != 1 {
			t.Errorf("slot %d is proposed after 1 was mended", slot)
		}
	})
}
