package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"sync"
	"time"

	"lockerd/drivers/fingerprint"
	"lockerd/drivers/fingerprint/fingerprinttest"
	"lockerd/drivers/sandbox"
	"lockerd/drivers/uart"
	"lockerd/matcher"
	ridges "lockerd/matcher/fingerprint"
	"lockerd/matcher/fingerprint/synthetic"
)

// prints are the fingers of the stories, which nobody owns. All stories share them, since growing and
// enrolling a finger takes its time.
var prints = desk{enrolled: map[string]matcher.Identification{}}

// fingers are the fingers that there are, in sandbox words, and the names of their files: sorted by name,
// the first ones are the sandbox's people in its order.
var fingers = map[string]string{
	"ada": "1", "ada left": "2", "bo": "3", "bo left": "4", "stranger": "5", "third": "third", "third left": "third left",
}

// impressionsEnrolled of each finger are for the desk, so that no story shows an image that was enrolled.
const impressionsEnrolled, impressionsShown = 3, 3

// desk is where people enrol: first identifications are made there as at a cabinet, of three impressions over
// an emulated module's wire, with the module's own character file.
type desk struct {
	mu       sync.Mutex
	enrolled map[string]matcher.Identification // by sandbox words, for example "ada left"
	dir      string                            // of the images; empty until the first finger
	box      *sandbox.Cabinet
	module   *fingerprint.Module
	closers  []func() error
}

// open makes the fingers and starts the module, the first time. The caller holds mu.
func (d *desk) open() error {
	if d.dir != "" {
		return nil
	}
	dir, err := os.MkdirTemp("", "lockerd-desk-")
	if err != nil {
		return err
	}
	d.closers = append(d.closers, func() error { return os.RemoveAll(dir) })
	if err := growAll(dir); err != nil {
		return err
	}
	d.box, err = sandbox.New(sandbox.Options{
		Slots: 1, Dir: filepath.Join(dir, "desk"), Fingers: filepath.Join(dir, "enrolled"), Model: fingerprinttest.R503,
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.box.Run(ctx) }()
	port := uart.New(d.box.ModulePort(), 57600)
	d.module = fingerprint.New(port, fingerprint.Options{Poll: 5 * time.Millisecond})
	d.closers = append(d.closers, func() error { cancel(); return <-ended }, port.Close)
	d.dir = dir
	return nil
}

// growAll makes the impressions of every finger.
func growAll(dir string) error {
	var growing sync.WaitGroup
	errs := make(chan error, len(fingers))
	for words, name := range fingers {
		growing.Go(func() { errs <- grow(dir, words, name) })
	}
	growing.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// grow makes the impressions of a finger: dir/enrolled/NAME_N.png for the desk, dir/shown/NAME_N.png for the
// stories.
func grow(dir, words, name string) error {
	hash := fnv.New64a()
	hash.Write([]byte(words))
	finger := synthetic.New(hash.Sum64())
	for n := range impressionsEnrolled + impressionsShown {
		folder := filepath.Join(dir, "enrolled")
		if n >= impressionsEnrolled {
			folder = filepath.Join(dir, "shown")
		}
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return err
		}
		img := image.NewGray(image.Rect(0, 0, 192, 192))
		img.Pix = finger.Impression(uint64(n), 192, 192)
		var file bytes.Buffer
		if err := png.Encode(&file, img); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%s_%d.png", name, n)), file.Bytes(), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// shown returns the folder of the impressions for the stories.
func (d *desk) shown() (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	err := d.open()
	return filepath.Join(d.dir, "shown"), err
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
	if err := d.open(); err != nil {
		return matcher.Identification{}, err
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
	for range impressionsEnrolled {
		if _, err := d.box.Words("finger " + words); err != nil {
			return matcher.Identification{}, err
		}
		captured, err := d.module.Capture(ctx, fingerprint.Progress{})
		if err != nil {
			return matcher.Identification{}, err
		}
		samples = append(samples, matcher.Sample{
			Kind: matcher.Fingerprint, Bytes: captured.Pix, Width: captured.Width, Height: captured.Height, DPI: captured.DPI,
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
