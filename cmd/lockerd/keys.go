package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lockerd/controller"
	"lockerd/drivers/keypad"
)

// betweenKeys is less than anybody takes from one key to the next.
const betweenKeys = 10 * time.Millisecond

// readKeypad hands what is typed on the keypad to the session at the screen. Digits that come faster than people
// type are not shown one by one, so that a broken keyboard leaves the screen to others.
func (d *cabinet) readKeypad(ctx context.Context) error {
	line := keypad.Line{Max: 16, Idle: d.cfg.Kiosk.Patience}
	var shown time.Time
	return keypad.Serve(ctx, d.hardware.keypad, d.told("keypad"), func(k keypad.Key) {
		now := time.Now()
		line.Expire(now)
		answer, nothing := controller.Answer{Act: controller.ActTyping}, line.Len() == 0
		if k == keypad.Clear && nothing {
			answer.Act = controller.ActHelp
		} else if digits, done := line.Press(k, now); done {
			answer = controller.Answer{Act: controller.ActDigits, Text: digits}
		} else if k.Digit() && now.Sub(shown) < betweenKeys {
			return
		} else {
			answer.Text, shown = fmt.Sprint(line.Len()), now
		}
		d.answer(ctx, answer)
	})
}

// sameLabel is within how long a code that is read again is the same label, which lies under the scanner.
const sameLabel = 800 * time.Millisecond

// readScanner hands the codes that a courier scans to the session at the screen.
func (d *cabinet) readScanner(ctx context.Context) error {
	var last string
	var at time.Time
	return keypad.Serve(ctx, d.hardware.scanner, d.told("barcode scanner"), func(code string) {
		again := code == last && time.Since(at) < sameLabel
		if last, at = code, time.Now(); again {
			return
		}
		d.answer(ctx, controller.Answer{Act: controller.ActScan, Text: code})
	})
}

// answer hands on what was typed. What is complete waits for a moment when the screen is busy; how many digits
// there are so far need not be shown then.
func (d *cabinet) answer(ctx context.Context, a controller.Answer) {
	err := d.controller.Answer(a)
	for try := 0; errors.Is(err, controller.ErrBusy) && a.Act != controller.ActTyping && try < 50 && ctx.Err() == nil; try++ {
		wait(ctx, 20*time.Millisecond)
		err = d.controller.Answer(a)
	}
	if err != nil {
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
