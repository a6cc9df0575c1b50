package main

import (
	"context"
	"fmt"
	"time"

	"lockerd/controller"
)

// What the people of the sandbox know by heart.
const (
	courierNumber, courierSecret       = "1001", "314159"
	technicianNumber, technicianSecret = "9001", "161803"
	adaPhone, adaTail                  = "+8613800004711", "4711"
	boPhone                            = "+8613800000815"
	adaPattern, adaPasscode            = "04576", "271828"
)

// welcome makes Ada, her identifications and a parcel that waits for her, the first time.
func (t *town) welcome(ctx context.Context) error {
	if !t.fresh {
		return nil
	}
	fmt.Println("first start: Ada enrols at the touchscreen and a courier brings her a parcel …")
	if err := t.front.say("pace off"); err != nil {
		return err
	}
	defer t.front.say("pace on")
	if err := t.employ(ctx); err != nil {
		return err
	}
	ada, err := t.desk.addPerson(ctx, "Ada", adaPhone)
	if err != nil {
		return err
	}
	if err := t.enrolAda(ctx, ada); err != nil {
		return err
	}
	if _, err := t.desk.addPerson(ctx, "Bo", boPhone); err != nil {
		return err
	}
	if err := t.desk.assign(ctx, "P-1001", ada); err != nil {
		return err
	}
	_, err = t.dropOff(ctx, "P-1001")
	return err
}

// employ makes the courier and the technician.
func (t *town) employ(ctx context.Context) error {
	err := t.desk.post(ctx, "/staff", map[string]any{"number": courierNumber, "name": "Courier", "role": "courier", "secret": courierSecret, "one_time": false}, nil)
	if err != nil {
		return err
	}
	return t.desk.post(ctx, "/staff", map[string]any{"number": technicianNumber, "name": "Technician", "role": "technician", "secret": technicianSecret, "one_time": true}, nil)
}

// enrolAda stores two fingers, a pattern and a passcode at the touchscreen, consent first.
func (t *town) enrolAda(ctx context.Context, id string) error {
	code, err := t.desk.invite(ctx, id)
	if err != nil {
		return err
	}
	if err := t.begin(ctx, controller.ActEnrol, controller.EnrolInvite); err != nil {
		return err
	}
	if err := t.invited(ctx, code); err != nil {
		return err
	}
	for range 3 { // to fingers, pattern and passcode
		if err := t.screen.at(ctx, controller.EnrolConsent, controller.ActConsent, ""); err != nil {
			return err
		}
	}
	if t.voice { // her voice another day
		if err := t.screen.at(ctx, controller.EnrolConsent, controller.ActSkip, ""); err != nil {
			return err
		}
	}
	for _, finger := range []string{"ada", "ada left"} {
		for range 3 {
			if err := t.impression(ctx, finger); err != nil {
				return err
			}
		}
	}
	for range 2 {
		if err := t.screen.at(ctx, controller.EnrolPattern, controller.ActPattern, adaPattern); err != nil {
			return err
		}
	}
	for range 2 {
		if err := t.screen.at(ctx, controller.EnrolPasscode, controller.ActDigits, adaPasscode); err != nil {
			return err
		}
	}
	return t.screen.at(ctx, controller.EnrolDone, controller.ActOK, "")
}

// invited types the invitation's code until it has come down to the cabinet.
func (t *town) invited(ctx context.Context, code string) error {
	return eventually(ctx, func() error {
		if err := t.screen.at(ctx, controller.EnrolInvite, controller.ActDigits, code); err != nil {
			return err
		}
		v, err := t.screen.sees(ctx, controller.EnrolConsent, controller.EnrolKept, controller.EnrolInvite)
		if err == nil && v.screen == controller.EnrolInvite {
			time.Sleep(200 * time.Millisecond)
			err = fmt.Errorf("the invitation is not taken: %s", v.text)
		}
		return err
	})
}

// begin taps on the home screen and waits for what follows.
func (t *town) begin(ctx context.Context, act controller.Act, next controller.Screen) error {
	if err := t.home(ctx); err != nil {
		return err
	}
	if err := t.screen.at(ctx, controller.Home, act, ""); err != nil {
		return err
	}
	_, err := t.screen.sees(ctx, next)
	return err
}

// home leaves whatever is shown.
func (t *town) home(ctx context.Context) error {
	return eventually(ctx, func() error {
		v, _ := t.screen.now()
		if v.screen == controller.Home {
			return nil
		}
		t.screen.does(controller.ActBack, "") // a view that moved on meanwhile refuses it
		time.Sleep(50 * time.Millisecond)
		return fmt.Errorf("the touchscreen does not go home from %q", v.screen)
	})
}

// lift takes the finger off the module, for long enough that the module sees the empty glass.
func (t *town) lift() {
	t.front.say("lift")
	time.Sleep(300 * time.Millisecond)
}

// impression lays a finger on the module until the screen has taken it. As a person would it lifts the finger and
// lays it again where nothing happens for a while: a module on a busy machine may have missed that the glass was empty.
func (t *town) impression(ctx context.Context, finger string) error {
	v, err := t.screen.sees(ctx, controller.EnrolFinger)
	if err != nil {
		return err
	}
	defer t.lift()
	now := v
	for range 5 {
		if err := t.front.say("finger " + finger); err != nil {
			return err
		}
		patience, cancel := context.WithTimeout(ctx, 8*time.Second)
		now, err = t.screen.after(patience, v)
		cancel()
		if err == nil {
			return nil
		}
		t.lift()
	}
	return fmt.Errorf("the impression of finger %s is not taken: %s", finger, now.text)
}

// touch lays a finger on the module for a pickup and returns what the screen shows for it. Real fingers are
// not recognised every time, so that a person tries again.
func (t *town) touch(ctx context.Context, finger string) (v view, err error) {
	tries := 1
	if t.fingers != "" {
		tries = 3
	}
	for range tries {
		if v, err = t.touchOnce(ctx, finger); err != nil || v.screen != controller.RefusedView {
			break
		}
	}
	return v, err
}

func (t *town) touchOnce(ctx context.Context, finger string) (view, error) {
	if err := t.home(ctx); err != nil {
		return view{}, err
	}
	if err := t.front.say("finger " + finger); err != nil {
		return view{}, err
	}
	defer t.lift()
	return t.screen.sees(ctx, controller.SlotOpen, controller.RefusedView, controller.AskPasscode, controller.AskWay)
}

// dropOff has the courier put a parcel into a slot, which is returned.
func (t *town) dropOff(ctx context.Context, parcel string) (int, error) {
	if err := t.signIn(ctx); err != nil {
		return 0, err
	}
	v, err := t.choose(ctx, parcel)
	if err != nil {
		return 0, err
	}
	return v.slot, t.putIn(ctx, v.slot)
}

// putIn lays the courier's parcel into an open slot, shuts its door and signs out.
func (t *town) putIn(ctx context.Context, slot int) error {
	for _, words := range []string{"parcel into %d", "door %d shut"} {
		if err := t.front.say(fmt.Sprintf(words, slot)); err != nil {
			return err
		}
	}
	if _, err := t.screen.sees(ctx, controller.DropDone); err != nil {
		return err
	}
	return t.home(ctx)
}

// signIn signs the courier in, as soon as staff has come down to the cabinet.
func (t *town) signIn(ctx context.Context) error {
	if err := t.begin(ctx, controller.ActDropOff, controller.StaffNumber); err != nil {
		return err
	}
	return eventually(ctx, func() error {
		if err := t.screen.at(ctx, controller.StaffNumber, controller.ActDigits, courierNumber); err != nil {
			return err
		}
		if err := t.screen.at(ctx, controller.StaffSecret, controller.ActDigits, courierSecret); err != nil {
			return err
		}
		v, err := t.screen.sees(ctx, controller.DropChoose, controller.StaffNumber)
		if err == nil && v.screen != controller.DropChoose {
			err = fmt.Errorf("the courier is not signed in: %s", v.text)
		}
		return err
	})
}

// choose picks the parcel as soon as it has come down to the cabinet.
func (t *town) choose(ctx context.Context, parcel string) (v view, err error) {
	err = eventually(ctx, func() error {
		if err := t.screen.at(ctx, controller.DropChoose, controller.ActChoose, parcel); err != nil {
			return err
		}
		v, err = t.screen.sees(ctx, controller.DropSlot, controller.DropChoose)
		if err == nil && v.screen != controller.DropSlot {
			time.Sleep(100 * time.Millisecond)
			err = fmt.Errorf("parcel %s is not in the courier's list: %s", parcel, v.text)
		}
		return err
	})
	if err != nil {
		return v, err
	}
	if err := t.screen.at(ctx, controller.DropSlot, controller.ActOK, ""); err != nil {
		return v, err
	}
	return t.screen.sees(ctx, controller.DropOpen)
}

// shut takes the parcel out of an open slot and shuts its door.
func (t *town) shut(ctx context.Context, slot int) error {
	for _, words := range []string{"parcel out of %d", "door %d shut"} {
		if err := t.front.say(fmt.Sprintf(words, slot)); err != nil {
			return err
		}
	}
	_, err := t.screen.sees(ctx, controller.Message, controller.Home)
	return err
}
