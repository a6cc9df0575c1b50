package main

import (
	"fmt"

	periph "periph.io/x/conn/v3/gpio"

	"lockerd/configs"
	"lockerd/controller"
	"lockerd/drivers/siren"
)

// siren opens the siren's line, silent from the very first moment.
func (o opener) siren(h *hardware, w *wires) error {
	out, activeLow, err := o.sirenPin(h, w)
	if err != nil {
		return fmt.Errorf("cannot open the siren's line: %w", err)
	}
	return o.addSiren(h, out, activeLow)
}

// sirenPin opens the pin. A line of the GPIO chip is opened active-low where it is; an expander's pin is as the
// relays on it are.
func (o opener) sirenPin(h *hardware, w *wires) (out periph.PinOut, activeLow bool, err error) {
	line := configs.ParseLine(o.cfg.Siren.Line)
	if line.Board == "" {
		out, err = h.output(o.line(o.cfg.Siren.Line, "lockerd siren", o.cfg.Siren.ActiveLow))
		return out, false, err
	}
	chip, pin, err := w.pin(line)
	if err != nil {
		return nil, false, err
	}
	b, _ := o.cfg.Board(line.Board)
	out, err = chip.Out(pin)
	return out, b.RelayActiveLow, err
}

func (o opener) addSiren(h *hardware, out periph.PinOut, activeLow bool) (err error) {
	h.siren, err = siren.New(out, activeLow, o.cfg.Siren.AtMost, o.log)
	if err != nil {
		return fmt.Errorf("cannot set up the siren: %w", err)
	}
	h.closers = append([]func() error{h.siren.Close}, h.closers...) // before its line is closed
	return nil
}

// alarm makes noise about a door, and ends it when the door is shut.
func (d *cabinet) alarm(slot controller.Slot, what controller.What) {
	switch {
	case d.hardware.siren == nil:
	case what == "":
		d.hardware.siren.Hush(int(slot))
	case what == controller.Forced || d.cfg.Siren.LeftOpen:
		d.hardware.siren.Sound(int(slot))
	}
}
