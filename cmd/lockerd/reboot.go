package main

import (
	"context"
	"errors"
)

// errReboot ends the cabinet in order, so that the machine can be started anew.
var errReboot = errors.New("the machine is to be started anew")

// rebootStatus is the exit status by which systemd knows that the machine is to be started anew: the unit's
// RestartPreventExitStatus and ExecStopPost say so. So lockerd needs no right to do it.
const rebootStatus = 75

// reboot begins to end the cabinet. Whoever asks is not waited for.
func (d *cabinet) reboot() error {
	select {
	case d.rebooting <- struct{}{}:
	default: // it was asked for already
	}
	return nil
}

// awaitReboot is the part of the cabinet that ends when a reboot is asked for, and all others with it.
func (d *cabinet) awaitReboot(ctx context.Context) error {
	select {
	case <-d.rebooting:
		return errReboot
	case <-ctx.Done():
		return nil
	}
}

// Reboot is console.Care's.
func (m machine) Reboot() error { return m.reboot() }
