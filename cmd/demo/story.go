package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"

	"lockerd/controller"
)

// step is one thing that must hold, told in the order of the story.
type step struct {
	name string
	do   func(*teller, context.Context) error
}

// teller carries the story from step to step.
type teller struct {
	*town
	ada, bo string // opaque ids
	slot    int    // of the parcel at hand
}

var steps = []step{
	{"Ada enrols at the touchscreen: two fingers, a pattern, a passcode, with consent", (*teller).enrols},
	{"a parcel is assigned to Ada, a courier drops it off, and Ada is told of it", (*teller).adaGetsParcel},
	{"Ada's finger opens her slot and no other", (*teller).fingerOpens},
	{"the door is shut: collected, and the information system knows", (*teller).collected},
	{"the same by pattern", (*teller).byPattern},
	{"the same by passcode", (*teller).byPasscode},
	{"a stranger's finger opens nothing and is told so", (*teller).stranger},
	{"Bo stored nothing: a code is sent to him", (*teller).boGetsCode},
	{"a wrong code is refused, the right one opens, a second use is refused", (*teller).boUsesCode},
	{"codes for everyone: Ada gets one, too", (*teller).everyone},
	{"a policy of two kinds needs both", (*teller).twoKinds},
	{"an operator opens a door from afar", (*teller).fromAfar},
	{"the network is cut: pickup still works, and events arrive afterwards exactly once", (*teller).network},
	{"a technician signs in on the serial console, opens a slot with a reason, runs the self-test", (*teller).technician},
	{"after a restart everything is as it was", (*teller).restart},
}

// story is `make story`.
func story(ctx context.Context, args []string) error {
	var p places
	flags := placeFlags("story", &p)
	keepState := flags.Bool("keep", false, "leave the state behind and say where")
	if err := flags.Parse(args); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	dir, err := os.MkdirTemp("", "lockerd-story-")
	if err != nil {
		return err
	}
	addresses, err := freePorts(4)
	if err != nil {
		return err
	}
	p.dir, p.web, p.broker, p.kiosk, p.front = dir, addresses[0], addresses[1], addresses[2], addresses[3]
	err = tell(ctx, p)
	if *keepState || err != nil {
		fmt.Println("state and logs:", dir)
		return err
	}
	return os.RemoveAll(dir)
}

func tell(ctx context.Context, p places) error {
	begun := time.Now()
	town, err := open(ctx, p, false)
	if err != nil {
		return err
	}
	t := &teller{town: town}
	defer func() { t.stop() }()
	if err := t.employ(ctx); err != nil {
		return err
	}
	for i, s := range steps {
		at := time.Now()
		if err := s.do(t, ctx); err != nil {
			fmt.Printf("%2d  FAILED  %s\n", i+1, s.name)
			return fmt.Errorf("step %d: %w", i+1, err)
		}
		fmt.Printf("%2d  %5.1f s  %s\n", i+1, time.Since(at).Seconds(), s.name)
	}
	fmt.Printf("all %d steps held, in %.0f s\n", len(steps), time.Since(begun).Seconds())
	return nil
}

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

var eightDigits = regexp.MustCompile(`\b(\d{4}) ?(\d{4})\b`)

// code reads the pickup code in the newest notice about a parcel.
func (t *teller) code(ctx context.Context, parcel string) (string, error) {
	n, err := t.desk.notice(ctx, "code", parcel)
	if err != nil {
		return "", err
	}
	digits := eightDigits.FindStringSubmatch(n.Text)
	if digits == nil {
		return "", errors.New("the notice has no code of eight digits")
	}
	return digits[1] + digits[2], nil
}

func (t *teller) boGetsCode(ctx context.Context) error {
	if err := t.parcelFor(ctx, "S-5", t.bo); err != nil {
		return err
	}
	_, err := t.code(ctx, "S-5")
	return err
}

// enter types a code on the keypad, as people without a word for the screen do.
func (t *teller) enter(ctx context.Context, code string) (view, error) {
	if err := t.begin(ctx, controller.ActPickUp, controller.AskAny); err != nil {
		return view{}, err
	}
	if _, err := t.front.say("type " + code + "#"); err != nil {
		return view{}, err
	}
	return t.screen.sees(ctx, controller.SlotOpen, controller.RefusedView)
}

func (t *teller) boUsesCode(ctx context.Context) error {
	code, err := t.code(ctx, "S-5")
	if err != nil {
		return err
	}
	wrong := strings.Map(func(r rune) rune { return '0' + (r-'0'+1)%10 }, code)
	if err := t.refuses(ctx, wrong); err != nil {
		return err
	}
	if err := t.codeOpens(ctx, "S-5"); err != nil {
		return err
	}
	return t.refuses(ctx, code)
}

func (t *teller) refuses(ctx context.Context, code string) error {
	v, err := t.enter(ctx, code)
	if err == nil && v.screen != controller.RefusedView {
		err = fmt.Errorf("a code that is not live leads to %q", v.screen)
	}
	return err
}

// codeOpens picks a parcel up with the code of its notice.
func (t *teller) codeOpens(ctx context.Context, parcel string) error {
	before, err := t.opened(ctx)
	if err != nil {
		return err
	}
	code, err := t.code(ctx, parcel)
	if err != nil {
		return err
	}
	v, err := t.enter(ctx, code)
	if err != nil {
		return err
	}
	if err := t.opensOnly(ctx, v, before); err != nil {
		return err
	}
	return t.collects(ctx, parcel)
}

func (t *teller) everyone(ctx context.Context) error {
	if err := t.decide(ctx, "", "everyone"); err != nil {
		return err
	}
	if err := t.parcelFor(ctx, "S-6", t.ada); err != nil {
		return err
	}
	if err := t.codeOpens(ctx, "S-6"); err != nil {
		return err
	}
	return t.decide(ctx, "", "")
}

// decide sets policy and codes and waits until the cabinet has them.
func (t *teller) decide(ctx context.Context, policy, codes string) error {
	if err := t.desk.settings(ctx, policy, codes); err != nil {
		return err
	}
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
	_, err = t.front.say("door 9 shut")
	return err
}

func (t *teller) network(ctx context.Context) error {
	if err := t.parcelFor(ctx, "S-8", t.ada); err != nil {
		return err
	}
	if err := t.arrived(ctx, controller.Deposited, "S-8"); err != nil {
		return err
	}
	if _, err := t.front.say("network down"); err != nil {
		return err
	}
	if err := t.picksUpOffline(ctx); err != nil {
		return err
	}
	if n, err := t.desk.count(ctx, string(controller.CollectedIt), "S-8"); err != nil || n != 0 {
		return fmt.Errorf("%d events came through a network that is cut (%v)", n, err)
	}
	if _, err := t.front.say("network up"); err != nil {
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
