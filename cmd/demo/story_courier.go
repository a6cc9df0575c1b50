package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"lockerd/controller"
)

// newCourier is employed with a badge; the first secret is made up, and they choose another one at the touchscreen.
func (t *teller) newCourier(ctx context.Context) error {
	const number, badge, chosen = "1002", "badge-1002-demo", "662607"
	var member struct{ Secret string }
	if err := t.desk.post(ctx, "/staff", map[string]any{"number": number, "role": "courier", "badge": badge}, &member); err != nil {
		return err
	}
	if err := t.settled(ctx); err != nil {
		return err
	}
	if err := t.home(ctx); err != nil {
		return err
	}
	if err := t.screen.at(ctx, controller.Home, controller.ActScan, badge); err != nil {
		return err
	}
	for _, digits := range []string{member.Secret, chosen, chosen} {
		if _, err := t.screen.sees(ctx, controller.StaffSecret, controller.StaffNew); err != nil {
			return err
		}
		v, _ := t.screen.now()
		if err := t.screen.at(ctx, v.screen, controller.ActDigits, digits); err != nil {
			return err
		}
	}
	if _, err := t.screen.sees(ctx, controller.DropChoose); err != nil {
		return err
	}
	return eventually(ctx, func() error {
		var staff []struct {
			Number  string
			OneTime bool `json:"one_time"`
		}
		err := t.desk.get(ctx, "/staff", &staff)
		for _, m := range staff {
			if m.Number == number && m.OneTime {
				return errors.New("the information system has not heard of the secret that was chosen")
			}
		}
		return err
	})
}

// walkUp has a courier bring a parcel that nobody assigned, for somebody of whom the phone number alone is known.
func (t *teller) walkUp(ctx context.Context) error {
	settings := map[string]any{"policy": "", "codes": "", "off": []string{"voice"}, "walk_up": true, "consent": "courier"}
	if err := t.desk.put(ctx, "/cabinets/"+cabinetID+"/settings", settings, nil); err != nil {
		return err
	}
	if err := t.settled(ctx); err != nil {
		return err
	}
	if err := t.signIn(ctx); err != nil {
		return err
	}
	if err := t.screen.at(ctx, controller.DropChoose, controller.ActPhone, ""); err != nil {
		return err
	}
	if err := t.screen.at(ctx, controller.DropPhone, controller.ActDigits, "13800002718"); err != nil {
		return err
	}
	v, err := t.screen.sees(ctx, controller.DropSlot)
	if err != nil {
		return err
	}
	parcel, _, _ := strings.Cut(v.text, " ")
	if !strings.Contains(v.text, "2718") {
		return fmt.Errorf("the courier cannot compare the number: %s", v.text)
	}
	if err := t.screen.at(ctx, controller.DropSlot, controller.ActSize, "1"); err != nil {
		return err
	}
	if err := t.screen.at(ctx, controller.DropSlot, controller.ActOK, ""); err != nil {
		return err
	}
	if v, err = t.screen.sees(ctx, controller.DropOpen); err != nil {
		return err
	}
	t.slot = v.slot
	if err := t.putIn(ctx, v.slot); err != nil {
		return err
	}
	for _, what := range []string{"announced", "consent-noted", "deposited"} {
		if err := t.arrived(ctx, controller.What(what), parcel); err != nil {
			return err
		}
	}
	if err := t.codeOpens(ctx, parcel); err != nil {
		return err
	}
	return t.decide(ctx, "", "")
}

// takesBack has a courier take back two parcels, which were recalled, in one go.
func (t *teller) takesBack(ctx context.Context) error {
	slots := map[int]string{}
	for _, id := range []string{"B-1", "B-2"} {
		if err := t.parcelFor(ctx, id, t.bo); err != nil {
			return err
		}
		slots[t.slot] = id
		if err := t.desk.post(ctx, "/parcels/"+id+"/recall", nil, nil); err != nil {
			return err
		}
	}
	if err := t.settled(ctx); err != nil {
		return err
	}
	if err := t.signIn(ctx); err != nil {
		return err
	}
	if err := t.screen.at(ctx, controller.DropChoose, controller.ActAll, ""); err != nil {
		return err
	}
	for len(slots) > 0 {
		var v view
		err := eventually(ctx, func() error { // the door before may be shown for a moment longer
			if v, _ = t.screen.now(); v.screen != controller.SlotOpen || slots[v.slot] == "" {
				return fmt.Errorf("shown is %s, slot %d; want one of %v open", v.screen, v.slot, slots)
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, words := range []string{"parcel out of %d", "door %d shut"} {
			if err := t.front.say(fmt.Sprintf(words, v.slot)); err != nil {
				return err
			}
		}
		if err := t.arrived(ctx, controller.TakenBack, slots[v.slot]); err != nil {
			return err
		}
		delete(slots, v.slot)
	}
	_, err := t.screen.sees(ctx, controller.DropChoose)
	return err
}
