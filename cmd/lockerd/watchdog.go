package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"lockerd/controller"
)

// feedWatchdog tells systemd that the cabinet is ready, and then that it is alive: only while
// all that matters answers.
func (d *cabinet) feedWatchdog(ctx context.Context) error {
	select {
	case <-d.controller.Beat():
	case <-ctx.Done():
		return nil
	}
	if _, err := daemonNotify(daemon.SdNotifyReady); err != nil {
		d.log.Warn("systemd was not told that the cabinet is ready", "err", err)
	}
	interval, err := daemon.SdWatchdogEnabled(false)
	if err != nil || interval == 0 {
		<-ctx.Done()
		return nil
	}
	for ctx.Err() == nil {
		if err := d.alive(ctx, interval); err != nil {
			return err
		}
		wait(ctx, interval/4)
	}
	daemonNotify(daemon.SdNotifyStopping)
	return nil
}

// alive feeds the watchdog once, when all that must answer has: the loop at the screen, the store, the locks, one
// door in turn, and the link. The console is left out: a session may rightly last for minutes, a port may take
// no bytes, and neither may cost people their parcels.
func (d *cabinet) alive(ctx context.Context, within time.Duration) error {
	for _, must := range []struct {
		name   string
		answer func(context.Context)
	}{
		{"the loop at the screen", func(ctx context.Context) {
			select {
			case <-d.controller.Beat():
			case <-ctx.Done():
			}
		}},
		{"the locks", func(context.Context) { d.nextDoor().Shut() }}, // an error is an answer, too
		{"the link", func(context.Context) { d.online() }},
	} {
		if err := answers(ctx, within, must.answer); err != nil {
			return fmt.Errorf("%s: %w", must.name, err)
		}
	}
	var stored error
	if err := answers(ctx, within, func(context.Context) { _, stored = d.store.Parcels() }); err != nil {
		return fmt.Errorf("the store: %w", err)
	}
	if stored != nil {
		return fmt.Errorf("the store does not answer: %w", stored)
	}
	if ctx.Err() != nil {
		return nil
	}
	_, err := daemonNotify(daemon.SdNotifyWatchdog)
	return err
}

// answers gives an error where fn has not returned in time. A fn that hangs is left behind: the program ends.
func answers(ctx context.Context, within time.Duration, fn func(context.Context)) error {
	limited, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	done := make(chan struct{})
	go func() {
		fn(limited)
		close(done)
	}()
	select {
	case <-done:
	case <-limited.Done():
	}
	if ctx.Err() == nil && limited.Err() != nil {
		return fmt.Errorf("no answer for %v", within)
	}
	return nil
}

// nextDoor returns the doors one after another.
func (d *cabinet) nextDoor() controller.Lock {
	slots := slices.Sorted(maps.Keys(d.hardware.doors))
	d.asked++
	return d.hardware.doors[slots[d.asked%len(slots)]]
}

func daemonNotify(state string) (bool, error) { return daemon.SdNotify(false, state) }
