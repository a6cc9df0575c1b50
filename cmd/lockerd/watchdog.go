package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"lockerd/controller"
	"lockerd/drivers/watchdog"
)

// feedWatchdog tells systemd that the cabinet is ready, and then systemd and the kernel's watchdog, if the settings
// name one, that it is alive: only while all that matters answers. Systemd wants to hear that each interval, or never
// where that is 0. From the end of ctx until the parts have ended they are told as well, for a bounded time. A kernel's
// watchdog that cannot be opened costs nobody a parcel: it is told.
func (d *cabinet) feedWatchdog(ctx context.Context, interval time.Duration, ended <-chan struct{}) error {
	select {
	case <-d.controller.Beat():
	case <-ctx.Done():
		return nil
	}
	if _, err := daemonNotify(daemon.SdNotifyReady); err != nil {
		d.log.Warn("systemd was not told that the cabinet is ready", "err", err)
	}
	if d.cfg.Watchdog.Device != "" {
		interval = d.openWatchdog(interval)
	}
	if interval == 0 {
		<-ctx.Done()
		return nil
	}
	for ctx.Err() == nil {
		if err := d.alive(ctx, interval-interval/4); err != nil {
			return err
		}
		wait(ctx, interval/4)
	}
	daemonNotify(daemon.SdNotifyStopping)
	return d.feedUntil(ended, interval)
}

// systemdInterval is how often systemd wants to hear that the program is alive; 0 where it does not.
func systemdInterval() time.Duration {
	interval, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		return 0
	}
	return interval
}

// openWatchdog arms the kernel's watchdog and returns how often all that matters has to answer: at systemd's interval,
// 0 for none, or at the watchdog's where that is shorter.
func (d *cabinet) openWatchdog(interval time.Duration) time.Duration {
	dog, err := watchdog.Open(d.cfg.Watchdog.Device, d.cfg.Watchdog.Timeout)
	if err != nil {
		d.unwatched.Store(true)
		d.log.Warn("the kernel's watchdog cannot be used: a machine that hangs stays so", "err", err, "advice", watchdogAdvice)
		return interval
	}
	d.dog = dog
	if dog.Timeout != d.cfg.Watchdog.Timeout {
		d.log.Warn("the kernel's watchdog has a timeout of its own", "timeout", dog.Timeout, "wanted", d.cfg.Watchdog.Timeout)
	}
	if interval == 0 || interval > dog.Timeout {
		return dog.Timeout
	}
	return interval
}

// watchdogAdvice is what to do about a watchdog that cannot be opened.
const watchdogAdvice = "load the board's driver, or: modprobe softdog; look who else feeds it, and whether watchdog.timeout is one that it can have"

// endsWithin is how long the parts may take to end: systemd's TimeoutStopSec.
const endsWithin = 15 * time.Second

// feedUntil feeds the watchdogs while the parts of the cabinet end, so that a machine that is stopped in order does not
// start anew in the middle of that.
func (d *cabinet) feedUntil(ended <-chan struct{}, interval time.Duration) error {
	late := time.After(endsWithin)
	for {
		if err := d.feed(); err != nil {
			return err
		}
		select {
		case <-ended:
			return nil
		case <-late:
			return fmt.Errorf("the cabinet has not ended for %v", endsWithin)
		case <-time.After(interval / 4):
		}
	}
}

// alive feeds the watchdogs once, when all that must answer has, together within that time: the loop at the screen, the
// locks, one door in turn, the link, and the store. The console is left out: a session may rightly last for minutes, a
// port may take no bytes, and neither may cost people their parcels.
func (d *cabinet) alive(ctx context.Context, within time.Duration) error {
	door := d.nextDoor()
	err := allAnswer(ctx, within, []part{
		{"the loop at the screen", func(ctx context.Context) error {
			select {
			case <-d.controller.Beat():
			case <-ctx.Done():
			}
			return nil
		}},
		{"the locks", func(context.Context) error { door.Shut(); return nil }}, // a switch that fails has answered
		{"the link", func(context.Context) error { d.online(); return nil }},
		{"the store", func(context.Context) error { _, err := d.store.Parcels(); return err }},
	})
	if err != nil || ctx.Err() != nil {
		return err
	}
	return d.feed()
}

// feed feeds the watchdogs once.
func (d *cabinet) feed() error {
	if d.dog != nil {
		if err := d.dog.Feed(); err != nil {
			return err
		}
	}
	_, err := daemonNotify(daemon.SdNotifyWatchdog)
	return err
}

// part is what must answer.
type part struct {
	name   string
	answer func(context.Context) error
}

// allAnswer asks the parts one after another. It returns the error of one that fails, or one that names the part that
// had not answered when the time for all of them was over; none at the end of ctx. An answer that hangs is left behind:
// the program ends.
func allAnswer(ctx context.Context, within time.Duration, parts []part) error {
	limited, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for _, p := range parts {
		begun, done := time.Now(), make(chan error, 1)
		go func() { done <- p.answer(limited) }()
		var err error
		select {
		case err = <-done:
		case <-limited.Done():
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case limited.Err() != nil:
			return fmt.Errorf("%s: no answer for %v, and all that must answer has %v", p.name, time.Since(begun).Round(time.Millisecond), within)
		case err != nil:
			return fmt.Errorf("%s: %w", p.name, err)
		}
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
