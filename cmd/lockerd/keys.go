package main

import (
	"context"
	"fmt"
	"time"

	"lockerd/controller"
	"lockerd/drivers/keypad"
)

// readKeypad hands what is typed on the keypad to the session at the screen.
func (d *cabinet) readKeypad(ctx context.Context) error {
	line := keypad.Line{Max: 16, Idle: d.cfg.Kiosk.Patience}
	return keypad.Serve(ctx, d.hardware.keypad, d.told("keypad"), func(k keypad.Key) {
		now := time.Now()
		line.Expire(now)
		answer := controller.Answer{Act: controller.ActTyping}
		if digits, done := line.Press(k, now); done {
			answer = controller.Answer{Act: controller.ActDigits, Text: digits}
		} else {
			answer.Text = fmt.Sprint(line.Len())
		}
		d.answer(answer)
	})
}

// readScanner hands the codes that a courier scans to the session at the screen.
func (d *cabinet) readScanner(ctx context.Context) error {
	return keypad.Serve(ctx, d.hardware.scanner, d.told("barcode scanner"), func(code string) {
		d.answer(controller.Answer{Act: controller.ActScan, Text: code})
	})
}

// answer hands on what was typed. What comes faster than anybody types is dropped.
func (d *cabinet) answer(a controller.Answer) {
	if err := d.controller.Answer(a); err != nil {
		d.log.Debug("what was typed was not taken", "act", a.Act, "err", err)
	}
}

// told returns a function that logs when a device comes and goes.
func (d *cabinet) told(device string) func(error) {
	return func(err error) {
		if err != nil {
			d.log.Warn(device+" does not answer", "err", err, "advice", "check its plug, then its path in the settings")
			return
		}
		d.log.Info(device + " is ready")
	}
}
