package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"
)

// step is one thing that must hold, told in the order of the story.
type step struct {
	name string
	do   func(*teller, context.Context) error
	// voice says that it is told only where voices are compared.
	voice bool
}

// teller carries the story from step to step.
type teller struct {
	*town
	ada, bo string // opaque ids
	slot    int    // of the parcel at hand
}

var steps = []step{
	{"Ada enrols at the touchscreen: two fingers, a pattern, a passcode, with consent", (*teller).enrols, false},
	{"a parcel is assigned to Ada, a courier drops it off, and Ada is told of it", (*teller).adaGetsParcel, false},
	{"Ada's finger opens her slot and no other", (*teller).fingerOpens, false},
	{"the door is shut: collected, and the information system knows", (*teller).collected, false},
	{"the same by pattern", (*teller).byPattern, false},
	{"the same by passcode", (*teller).byPasscode, false},
	{"Ada adds her voice, with another invitation: five strings of digits", (*teller).enrolsVoice, true},
	{"voice and passcode together open; another speaker, other digits, a replay and silence do not", (*teller).byVoice, true},
	{"a stranger's finger opens nothing and is told so", (*teller).stranger, false},
	{"Bo stored nothing: a code is sent to him", (*teller).boGetsCode, false},
	{"a wrong code is refused, the right one opens, a second use is refused", (*teller).boUsesCode, false},
	{"codes for everyone: Ada gets one, too", (*teller).everyone, false},
	{"a policy of two kinds needs both", (*teller).twoKinds, false},
	{"a new courier scans a badge and chooses a secret in place of the first one", (*teller).newCourier, false},
	{"a courier brings a parcel by its recipient's phone number, who agreed to the locker and gets a code", (*teller).walkUp, false},
	{"two recalled parcels are taken back in one go", (*teller).takesBack, false},
	{"an operator opens a door from afar", (*teller).fromAfar, false},
	{"the network is cut: pickup still works, and events arrive afterwards exactly once", (*teller).network, false},
	{"a technician signs in on the serial console, opens a slot with a reason, runs the self-test", (*teller).technician, false},
	{"after a restart everything is as it was", (*teller).restart, false},
}

// story is `make story`.
func story(ctx context.Context, args []string) error {
	var p places
	flags := placeFlags("story", &p)
	keepState := flags.Bool("keep", false, "leave the state behind and say where")
	if err := parse(flags, args); err != nil {
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
	told := slices.DeleteFunc(slices.Clone(steps), func(s step) bool { return s.voice && !p.voice })
	for i, s := range told {
		at := time.Now()
		if err := s.do(t, ctx); err != nil {
			fmt.Printf("%2d  FAILED  %s\n", i+1, s.name)
			return fmt.Errorf("step %d: %w", i+1, err)
		}
		fmt.Printf("%2d  %5.1f s  %s\n", i+1, time.Since(at).Seconds(), s.name)
	}
	fmt.Printf("all %d steps held, in %.0f s\n", len(told), time.Since(begun).Seconds())
	return nil
}
