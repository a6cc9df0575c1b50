package main

import (
	"context"
	"fmt"
	"strconv"

	periph "periph.io/x/conn/v3/gpio"

	"lockerd/drivers/fingerprint"
	"lockerd/drivers/gpio"
	"lockerd/drivers/keypad"
	"lockerd/drivers/lock"
	"lockerd/drivers/microphone"
)

// pi opens real lines and ports. A serial port, microphone or keypad that is not there yet is waited for;
// a line that is not there is an error, since a cabinet with unknown doors must not run.
func (o opener) pi(h *hardware) error {
	w, err := o.wires(h)
	if err != nil {
		return err
	}
	bank := lock.NewBank(o.cfg.Lock.Gap, o.cfg.Lock.Coils())
	for _, s := range o.cfg.Slots {
		if err := o.lock(h, w, s, bank); err != nil {
			return err
		}
	}
	if o.cfg.Siren.Line != "" {
		if err := o.siren(h, w); err != nil {
			return err
		}
	}
	if o.cfg.Fingerprint.Port != "" {
		if err := o.piModule(h); err != nil {
			return err
		}
	}
	if o.cfg.Microphone.Device != "" {
		h.addMicrophone(microphone.Microphone{Source: microphone.Arecord(o.cfg.Microphone.Device)})
	}
	if err := o.piKeys(h); err != nil {
		return err
	}
	h.console = o.cfg.Console.Port
	h.run = func(ctx context.Context) error { <-ctx.Done(); return nil }
	return nil
}

func (o opener) piModule(h *hardware) error {
	var options fingerprint.Options
	if o.cfg.Fingerprint.Wakeup != "" {
		touch, err := h.input(o.line(o.cfg.Fingerprint.Wakeup, "lockerd touch", o.cfg.Fingerprint.WakeupActiveLow))
		if err != nil {
			return fmt.Errorf("cannot open the fingerprint module's touch line: %w", err)
		}
		options.Touch, options.TouchLevel = touch, periph.High
	}
	o.addModule(h, o.cfg.Fingerprint.Port, options)
	return nil
}

// piKeys opens what types: a keypad and a barcode scanner.
func (o opener) piKeys(h *hardware) error {
	k := o.cfg.Keypad
	if k.Device != "" {
		h.keypad = keypad.Device{Path: k.Device}
	}
	if o.cfg.Scanner.Device != "" {
		h.scanner = keypad.Scanner{Path: o.cfg.Scanner.Device}
	}
	if len(k.Rows) == 0 {
		return nil
	}
	var matrix keypad.Matrix
	var err error
	if matrix.Keys, err = keypad.ParseKeys(k.Keys); err != nil {
		return fmt.Errorf("cannot read keypad.keys: %w", err)
	}
	for _, name := range k.Rows {
		row, err := gpio.OpenIn(o.line(name, "lockerd keypad", false), periph.PullUp)
		if err != nil {
			return fmt.Errorf("cannot open a row of the keypad: %w", err)
		}
		h.closers = append(h.closers, row.Close)
		matrix.Rows = append(matrix.Rows, row)
	}
	for _, name := range k.Columns {
		line := o.line(name, "lockerd keypad", false)
		line.OpenDrain = true
		column, err := gpio.OpenOut(line, periph.High)
		if err != nil {
			return fmt.Errorf("cannot open a column of the keypad: %w", err)
		}
		h.closers = append(h.closers, column.Close)
		matrix.Columns = append(matrix.Columns, column)
	}
	h.keypad = matrix
	return nil
}

// line is a line by its name ("GPIO16") or its offset ("16").
func (o opener) line(name, consumer string, activeLow bool) gpio.Line {
	line := gpio.Line{Chip: o.cfg.GPIO.Chip, Consumer: consumer, ActiveLow: activeLow}
	if offset, err := strconv.Atoi(name); err == nil {
		line.Offset = offset
	} else {
		line.Name = name
	}
	return line
}

// output opens a relay line with its coil off from the very first moment.
func (h *hardware) output(line gpio.Line) (periph.PinOut, error) {
	out, err := gpio.OpenOut(line, periph.Low)
	if err != nil {
		return nil, err
	}
	h.closers = append(h.closers, out.Close)
	return out, nil
}

// input opens a line that a contact pulls to its active level, against the kernel's pull.
func (h *hardware) input(line gpio.Line) (periph.PinIn, error) {
	pull := periph.PullDown
	if line.ActiveLow {
		pull = periph.PullUp
	}
	in, err := gpio.OpenIn(line, pull)
	if err != nil {
		return nil, err
	}
	h.closers = append(h.closers, in.Close)
	return in, nil
}
