package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/controller"
	"lockerd/drivers/fingerprint"
	"lockerd/drivers/fingerprint/fingerprinttest"
	"lockerd/drivers/uart"
)

// A finger that the module did not find is told as missed before its image goes up, so that it counts as a
// try even when it is taken away meanwhile.
func TestMissIsToldBeforeTheImage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := enrolModulePeople(t)
		w := newWire(t, nil)
		present := those(all, "bo")
		f := w.sensor(&present)
		f.compare = "auto"
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		captured := make(chan error, 1)
		var told []controller.Progress
		go func() {
			_, err := f.Capture(ctx, controller.ToCompare, func(p controller.Progress) {
				if told = append(told, p); p.Missed {
					w.module.Lift()
					w.module.SetPace(true)
				}
			})
			captured <- err
		}()
		time.Sleep(3 * time.Second) // the page is filled
		w.module.Put(fingerOf("ada"), 2)
		time.Sleep(3 * time.Second)
		stop()
		if err := <-captured; !errors.Is(err, context.Canceled) {
			t.Errorf("a finger that was taken away gives %v", err)
		}
		if !slices.ContainsFunc(told, func(p controller.Progress) bool { return p.Missed }) {
			t.Errorf("told was %+v, and no miss", told)
		}
	})
}

// What is wrong with the module, its port or the settings is told with what to do about it.
func TestModuleTroubleSaysWhatToDo(t *testing.T) {
	dead := func(w *wire) { w.module.Fail(fingerprinttest.Dead) }
	damaged := func(w *wire) { w.module.Fail(fingerprinttest.Checksum) }
	silent := func(w *wire) { w.module.Fail(fingerprinttest.Silent) }
	for name, test := range map[string]struct {
		password uint32
		fault    func(*wire)
		want     string
	}{
		"password": {password: 0xC0FFEE, want: "fingerprint.password"},
		"dead":     {fault: dead, want: "replace the module"},
		"damaged":  {fault: damaged, want: "cable"},
		"silent":   {fault: silent, want: "plug"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				flash := fingerprinttest.NewFlash()
				flash.Password = test.password
				w := newWire(t, &flash)
				if test.fault != nil {
					test.fault(w)
				}
				w.module.Put(fingerOf("ada"), 1)
				begun := time.Now()
				_, err := w.sensor(&[]controller.FirstIdentification{}).Capture(t.Context(), controller.ToCompare, func(controller.Progress) {})
				if !errors.Is(err, controller.ErrSensorGone) || !strings.Contains(err.Error(), test.want) {
					t.Errorf("%v, want %q", err, test.want)
				}
				if took := time.Since(begun); took > 15*time.Second {
					t.Errorf("told after %v", took)
				}
			})
		})
	}
	for path, want := range map[string]string{"/dev/null": "another device", "/dev/no-such-port": "plug"} {
		f := &finger{module: fingerprint.New(uart.New(path, 57600), fingerprint.Options{}), compare: "host"}
		_, err := f.Capture(t.Context(), controller.ToCompare, func(controller.Progress) {})
		if !errors.Is(err, controller.ErrSensorGone) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}
