package main

import (
	"context"
	"fmt"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// feedWatchdog tells systemd that the cabinet is ready, and then that it is alive: only while the loop at
// the screen goes round and the store answers.
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

// alive feeds the watchdog once, when the loops that matter have answered.
func (d *cabinet) alive(ctx context.Context, within time.Duration) error {
	select {
	case <-d.controller.Beat():
	case <-ctx.Done():
		return nil
	case <-time.After(within):
		return fmt.Errorf("the loop at the screen has hung for %v", within)
	}
	if _, err := d.store.Parcels(); err != nil {
		return fmt.Errorf("the store does not answer: %w", err)
	}
	_, err := daemonNotify(daemon.SdNotifyWatchdog)
	return err
}

func daemonNotify(state string) (bool, error) { return daemon.SdNotify(false, state) }
