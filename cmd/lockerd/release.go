package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"lockerd/drivers/lock"
)

// releaseLocks switches every coil off that may have been left on: systemd runs it when lockerd has ended,
// however it ended (ExecStopPost). A pulse that this program times itself is weaker than one that a lock
// board or the kernel times: killed between its two edges, it leaves the level to the kernel, and a
// Raspberry Pi's keeps it. A slot that cannot be reached does not keep the others from it.
func releaseLocks(_ context.Context, args []string) error {
	cfg, err := settings("release", args)
	if err != nil {
		return err
	}
	if cfg.Hardware == "sandbox" {
		fmt.Println("the sandbox has no lines to release")
		return nil
	}
	o := opener{cfg: cfg, log: slog.New(slog.DiscardHandler)}
	released, err := o.release()
	fmt.Printf("released %d of %d locks\n", released, len(cfg.Slots))
	return err
}

// release opens each slot's lock, which is undriven from its first moment, switches it off, and lets go.
func (o opener) release() (released int, err error) {
	h := newHardware()
	w, err := o.wires(h)
	bank, faults := lock.NewBank(0, 1), []error{err}
	for _, s := range o.cfg.Slots {
		s.Switch = "" // no door is asked
		if err := o.lock(h, w, s, bank); err != nil {
			faults = append(faults, err)
		}
	}
	if o.cfg.Siren.Line != "" {
		faults = append(faults, o.siren(h, w))
	}
	for _, l := range h.locks {
		if err := l.Release(); err != nil {
			faults = append(faults, err)
			continue
		}
		released++
	}
	for _, close := range h.closers {
		faults = append(faults, close())
	}
	return released, errors.Join(faults...)
}
