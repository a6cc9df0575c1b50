package main

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"lockerd/drivers/fingerprint"
	"lockerd/drivers/fingerprint/fingerprinttest"
	"lockerd/drivers/sandbox"
	"lockerd/drivers/uart"
	"lockerd/matcher"
	ridges "lockerd/matcher/fingerprint"
)

// prints are first identifications of fingers that nobody owns, taken as an enrolment takes them: three
// impressions over an emulated module's wire, and the module's own character file. All stories share them,
// since growing and enrolling a finger takes its time.
var prints = desk{enrolled: map[string]matcher.Identification{}}

// desk is where people enrol: a module of its own, opened for the first finger.
type desk struct {
	mu       sync.Mutex
	enrolled map[string]matcher.Identification // by sandbox words, for example "ada left"
	box      *sandbox.Cabinet                  // nil until the first finger
	module   *fingerprint.Module
	closers  []func() error
}

// open starts the module.
func (d *desk) open() error {
	dir, err := os.MkdirTemp("", "lockerd-desk-")
	if err != nil {
		return err
	}
	d.closers = append(d.closers, func() error { return os.RemoveAll(dir) })
	if d.box, err = sandbox.New(sandbox.Options{Slots: 1, Dir: dir, Model: fingerprinttest.R503}); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.box.Run(ctx) }()
	port := uart.New(d.box.ModulePort(), 57600)
	d.module = fingerprint.New(port, fingerprint.Options{Bauds: []int{57600}, Poll: 5 * time.Millisecond})
	d.closers = append(d.closers, func() error { cancel(); return <-ended }, port.Close)
	return nil
}

// close ends the module, if there was a finger.
func (d *desk) close() error {
	var errs []error
	for len(d.closers) > 0 {
		last := len(d.closers) - 1
		errs = append(errs, d.closers[last]())
		d.closers = d.closers[:last]
	}
	return errors.Join(errs...)
}

// first returns the first identification of a finger, for example "ada left".
func (d *desk) first(words string) (matcher.Identification, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if id, ok := d.enrolled[words]; ok {
		return id, nil
	}
	if d.box == nil {
		if err := d.open(); err != nil {
			return matcher.Identification{}, err
		}
	}
	id, err := d.enrol(words)
	if err == nil {
		d.enrolled[words] = id
	}
	return id, err
}

func (d *desk) enrol(words string) (matcher.Identification, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var samples []matcher.Sample
	for range 3 {
		if _, err := d.box.Words("finger " + words); err != nil {
			return matcher.Identification{}, err
		}
		image, err := d.module.Capture(ctx, fingerprint.Progress{})
		if err != nil {
			return matcher.Identification{}, err
		}
		samples = append(samples, matcher.Sample{
			Kind: matcher.Fingerprint, Bytes: image.Pix, Width: image.Width, Height: image.Height, DPI: image.DPI,
		})
	}
	id, err := ridges.New(ridges.Options{}).Enrol(samples)
	if err != nil {
		return id, err
	}
	if err := d.module.Features(ctx, 1); err != nil {
		return id, err
	}
	id.Character, err = d.module.UploadTemplate(ctx, 1)
	return id, err
}
