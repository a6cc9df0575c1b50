package controller_test

import (
	"errors"
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

// A slot whose door could not be driven for a deposit stays marked, and the journal says so at once.
func TestServiceLineOfAPulseThatFailed(t *testing.T) {
	story(t, func(k *cabinet) {
		k.courierFor("p1")
		k.doors[1].set(func(d *door) { d.pulseErr = errors.New("the board does not answer") })
		k.does(controller.ActChoose, "p1")
		k.does(controller.ActOK, "")
		time.Sleep(5 * time.Second)
		k.wantNoted("pulse-unseen 1 p1")
		if got, want := k.service(), []string{"out of service: deposit not finished: look inside"}; !slices.Equal(got, want) {
			t.Errorf("the journal says %q, want %q", got, want)
		}
	})
}
