package main

import (
	"context"
	"fmt"

	"lockerd/controller"
)

// decide sets policy and codes and waits until the cabinet has them.
func (t *teller) decide(ctx context.Context, policy, codes string) error {
	if err := t.desk.settings(ctx, policy, codes); err != nil {
		return err
	}
	return t.settled(ctx)
}

// settled waits until the cabinet has everything that was decided for it.
func (t *teller) settled(ctx context.Context) error {
	return eventually(ctx, func() error {
		var cabinet struct{ Version, Reported uint64 }
		err := t.desk.get(ctx, "/cabinets/"+cabinetID, &cabinet)
		if err == nil && cabinet.Reported != cabinet.Version {
			err = fmt.Errorf("the cabinet has version %d of %d", cabinet.Reported, cabinet.Version)
		}
		return err
	})
}

func (t *teller) twoKinds(ctx context.Context) error {
	if err := t.decide(ctx, "fingerprint+passcode", ""); err != nil {
		return err
	}
	if err := t.parcelFor(ctx, "S-7", t.ada); err != nil {
		return err
	}
	before, err := t.opened(ctx)
	if err != nil {
		return err
	}
	v, err := t.touch(ctx, "ada")
	if err != nil {
		return err
	}
	if v.screen != controller.AskPasscode {
		return fmt.Errorf("after the finger the touchscreen shows %q (%s)", v.screen, v.text)
	}
	if err := t.screen.at(ctx, controller.AskPasscode, controller.ActDigits, adaPasscode); err != nil {
		return err
	}
	if v, err = t.screen.sees(ctx, controller.SlotOpen, controller.RefusedView); err != nil {
		return err
	}
	if err := t.opensOnly(ctx, v, before); err != nil {
		return err
	}
	if err := t.collects(ctx, "S-7"); err != nil {
		return err
	}
	return t.decide(ctx, "", "")
}

func (t *teller) fromAfar(ctx context.Context) error {
	if err := t.home(ctx); err != nil {
		return err
	}
	t.slot = 9
	before, err := t.opened(ctx)
	if err != nil {
		return err
	}
	order := map[string]any{"action": "open", "slot": t.slot, "reason": "asked by phone"}
	if err := t.desk.post(ctx, "/cabinets/"+cabinetID+"/commands", order, nil); err != nil {
		return err
	}
	if err := t.opensOnly(ctx, view{screen: controller.SlotOpen, slot: t.slot}, before); err != nil {
		return err
	}
	err = t.front.say("door 9 shut")
	return err
}

func (t *teller) network(ctx context.Context) error {
	if err := t.parcelFor(ctx, "S-8", t.ada); err != nil {
		return err
	}
	if err := t.arrived(ctx, controller.Deposited, "S-8"); err != nil {
		return err
	}
	if err := t.front.say("network down"); err != nil {
		return err
	}
	if err := t.picksUpOffline(ctx); err != nil {
		return err
	}
	if n, err := t.desk.count(ctx, string(controller.CollectedIt), "S-8"); err != nil || n != 0 {
		return fmt.Errorf("%d events came through a network that is cut (%v)", n, err)
	}
	if err := t.front.say("network up"); err != nil {
		return err
	}
	if err := t.arrived(ctx, controller.CollectedIt, "S-8"); err != nil {
		return err
	}
	return t.withoutGaps(ctx)
}

func (t *teller) picksUpOffline(ctx context.Context) error {
	v, err := t.touch(ctx, "ada")
	if err != nil {
		return err
	}
	if v.screen != controller.SlotOpen || v.slot != t.slot {
		return fmt.Errorf("without network the touchscreen shows %q (%s)", v.screen, v.text)
	}
	return t.shut(ctx, t.slot)
}

// withoutGaps checks that every journal line of the cabinet arrived exactly once.
func (t *teller) withoutGaps(ctx context.Context) error {
	all, err := t.desk.events(ctx)
	if err != nil {
		return err
	}
	seen := make(map[uint64]int)
	var last uint64
	for _, e := range all {
		if len(e.Epoch) > 0 {
			seen[e.Seq]++
			last = max(last, e.Seq)
		}
	}
	for seq := uint64(1); seq <= last; seq++ {
		if seen[seq] != 1 {
			return fmt.Errorf("journal line %d arrived %d times", seq, seen[seq])
		}
	}
	return nil
}

func (t *teller) restart(ctx context.Context) error {
	if err := t.parcelFor(ctx, "S-9", t.ada); err != nil {
		return err
	}
	t.stop()
	again, err := open(ctx, t.places, false)
	if err != nil {
		return err
	}
	t.town = again
	before, err := t.opened(ctx)
	if err != nil {
		return err
	}
	v, err := t.touch(ctx, "ada")
	if err != nil {
		return err
	}
	if err := t.opensOnly(ctx, v, before); err != nil {
		return err
	}
	return t.collects(ctx, "S-9")
}
