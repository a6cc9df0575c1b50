package main

import (
	"context"
	"fmt"

	"lockerd/controller"
)

func (t *teller) enrols(ctx context.Context) (err error) {
	if t.ada, err = t.desk.addPerson(ctx, "Ada", adaPhone); err != nil {
		return err
	}
	if t.bo, err = t.desk.addPerson(ctx, "Bo", boPhone); err != nil {
		return err
	}
	if err := t.enrolAda(ctx, t.ada); err != nil {
		return err
	}
	return eventually(ctx, func() error {
		var person struct {
			Kinds    map[string]int
			Consents []struct{ Kind string }
		}
		if err := t.desk.get(ctx, "/people/"+t.ada, &person); err != nil {
			return err
		}
		if person.Kinds["fingerprint"] != 2 || person.Kinds["pattern"] != 1 || person.Kinds["passcode"] != 1 || len(person.Consents) != 3 {
			return fmt.Errorf("the information system has %v with %d consents", person.Kinds, len(person.Consents))
		}
		return nil
	})
}

// parcelFor assigns a parcel and has it dropped off.
func (t *teller) parcelFor(ctx context.Context, id, person string) (err error) {
	if err := t.desk.assign(ctx, id, person); err != nil {
		return err
	}
	t.slot, err = t.dropOff(ctx, id)
	return err
}

func (t *teller) adaGetsParcel(ctx context.Context) error {
	if err := t.parcelFor(ctx, "S-1", t.ada); err != nil {
		return err
	}
	_, err := t.desk.notice(ctx, "arrival", "S-1")
	return err
}

func (t *teller) fingerOpens(ctx context.Context) error {
	before, err := t.opened(ctx)
	if err != nil {
		return err
	}
	v, err := t.touch(ctx, "ada")
	if err != nil {
		return err
	}
	return t.opensOnly(ctx, v, before)
}

// opened returns how often each slot's door was seen to open so far.
func (t *teller) opened(ctx context.Context) (map[int]int, error) {
	all, err := t.desk.events(ctx)
	count := make(map[int]int)
	for _, e := range all {
		if e.What == string(controller.Opened) {
			count[e.Slot]++
		}
	}
	return count, err
}

// opensOnly checks that the slot at hand, and no other, opened since before.
func (t *teller) opensOnly(ctx context.Context, v view, before map[int]int) error {
	if v.screen != controller.SlotOpen || v.slot != t.slot {
		return fmt.Errorf("the touchscreen shows %q, slot %d (%s); want slot %d open", v.screen, v.slot, v.text, t.slot)
	}
	return eventually(ctx, func() error {
		after, err := t.opened(ctx)
		for slot, n := range after {
			if slot != t.slot && n != before[slot] {
				return fmt.Errorf("slot %d opened, too", slot)
			}
		}
		if err == nil && after[t.slot] != before[t.slot]+1 {
			err = fmt.Errorf("slot %d opened %d times, want once", t.slot, after[t.slot]-before[t.slot])
		}
		return err
	})
}

func (t *teller) collected(ctx context.Context) error { return t.collects(ctx, "S-1") }

// collects shuts the door and waits for the event.
func (t *teller) collects(ctx context.Context, parcel string) error {
	if err := t.shut(ctx, t.slot); err != nil {
		return err
	}
	return t.arrived(ctx, controller.CollectedIt, parcel)
}

// arrived waits until the information system has the event, exactly once.
func (t *teller) arrived(ctx context.Context, what controller.What, parcel string) error {
	return eventually(ctx, func() error {
		n, err := t.desk.count(ctx, string(what), parcel)
		if err == nil && n != 1 {
			err = fmt.Errorf("%d events %q about parcel %s arrived, want 1", n, what, parcel)
		}
		return err
	})
}

// afterTail goes from home to the screen that asks for a kind, by the phone's last digits.
func (t *teller) afterTail(ctx context.Context, way, tail string) error {
	if err := t.begin(ctx, controller.ActPickUp, controller.AskAny); err != nil {
		return err
	}
	if err := t.screen.at(ctx, controller.AskAny, controller.ActWay, way); err != nil {
		return err
	}
	return t.screen.at(ctx, controller.AskTail, controller.ActDigits, tail)
}

func (t *teller) byPattern(ctx context.Context) error {
	if err := t.parcelFor(ctx, "S-2", t.ada); err != nil {
		return err
	}
	return t.byMemory(ctx, "S-2", "pattern", controller.AskPattern, controller.ActPattern, adaPattern)
}

func (t *teller) byPasscode(ctx context.Context) error {
	if err := t.parcelFor(ctx, "S-3", t.ada); err != nil {
		return err
	}
	return t.byMemory(ctx, "S-3", "passcode", controller.AskPasscode, controller.ActDigits, adaPasscode)
}

func (t *teller) byMemory(ctx context.Context, parcel, way string, ask controller.Screen, act controller.Act, secret string) error {
	before, err := t.opened(ctx)
	if err != nil {
		return err
	}
	if err := t.afterTail(ctx, way, adaTail); err != nil {
		return err
	}
	if err := t.screen.at(ctx, ask, act, secret); err != nil {
		return err
	}
	v, err := t.screen.sees(ctx, controller.SlotOpen, controller.RefusedView)
	if err != nil {
		return err
	}
	if err := t.opensOnly(ctx, v, before); err != nil {
		return err
	}
	return t.collects(ctx, parcel)
}

func (t *teller) stranger(ctx context.Context) error {
	if err := t.parcelFor(ctx, "S-4", t.ada); err != nil {
		return err
	}
	before, err := t.opened(ctx)
	if err != nil {
		return err
	}
	v, err := t.touch(ctx, "stranger")
	if err != nil {
		return err
	}
	after, err := t.opened(ctx)
	if err == nil && (v.screen != controller.RefusedView || v.text == "" || fmt.Sprint(before) != fmt.Sprint(after)) {
		err = fmt.Errorf("a stranger sees %q (%s); doors %v, before %v", v.screen, v.text, after, before)
	}
	if err != nil {
		return err
	}
	if v, err = t.touch(ctx, "ada left"); err != nil { // her second finger, and the slot is free again
		return err
	}
	if err := t.opensOnly(ctx, v, before); err != nil {
		return err
	}
	return t.collects(ctx, "S-4")
}
