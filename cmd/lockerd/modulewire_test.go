package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/controller"
	"lockerd/drivers/fingerprint"
	"lockerd/drivers/fingerprint/fingerprinttest"
	"lockerd/matcher"
)

// plainFinger is a finger of the emulated module without ridges: this file is about pages, not about images.
type plainFinger uint64

func (f plainFinger) Identity() uint64 { return uint64(f) }

func (f plainFinger) Impression(n uint64, width, height int) []byte {
	pix := make([]byte, width*height)
	for i := range pix {
		if (i%width+int(n))/(3+int(f))%2 == 1 {
			pix[i] = 255
		}
	}
	return pix
}

// modulePeople are whose fingers the module is to know, by the names of their first identifications.
var modulePeople = []string{"ada", "bo", "third", "fourth"}

func fingerOf(name string) plainFinger { return plainFinger(slices.Index(modulePeople, name)) }

// cuts are the ways in which an exchange with the module ends too early: lockerd is killed, the module loses its
// power, or the capture is cancelled, because somebody touches the screen.
var cuts = []string{"lockerd", "power", "touch"}

// wire is the cable between a cabinet and an emulated module. It can be cut after so many bytes from the host.
type wire struct {
	t      *testing.T
	module *fingerprinttest.Module

	mu     sync.Mutex
	host   net.Conn
	sent   int                           // bytes of the host so far
	sends  []int                         // and where each packet ended
	cut    int                           // after so many bytes, once; negative never
	cutBy  string                        // how: see cuts
	leave  func()                        // ends the capture that runs
	ended  bool                          // the host has
	lose   func(fingerprint.Packet) bool // packets of the host that get lost; nil for none
	served sync.WaitGroup
}

func newWire(t *testing.T, flash *fingerprinttest.Flash) *wire {
	w := &wire{t: t, cut: -1}
	w.module = fingerprinttest.New(fingerprinttest.Options{Model: fingerprinttest.R307, Flash: flash})
	w.plug()
	t.Cleanup(func() { w.unplug(); w.served.Wait() })
	return w
}

// plug gives the module its power, and the host a line to it.
func (w *wire) plug() {
	host, module := net.Pipe()
	w.mu.Lock()
	w.host = host
	w.mu.Unlock()
	powered := w.module
	w.served.Go(func() { powered.Serve(w.t.Context(), module) })
}

func (w *wire) unplug() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.host.Close()
}

func (w *wire) line() (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return nil, io.ErrClosedPipe
	}
	return w.host, nil
}

func (w *wire) Read(b []byte) (int, error) {
	host, err := w.line()
	if err != nil {
		return 0, err
	}
	return host.Read(b)
}

func (w *wire) SetDeadline(at time.Time) error {
	host, err := w.line()
	if err != nil {
		return err
	}
	return host.SetDeadline(at)
}

func (w *wire) Write(b []byte) (int, error) {
	host, err := w.line()
	if err != nil {
		return 0, err
	}
	if p, _, err := fingerprint.ParsePacket(b); err == nil && w.lose != nil && w.lose(p) {
		return len(b), nil
	}
	w.mu.Lock()
	left := w.cut - w.sent
	cut := w.cut >= 0 && left < len(b)
	if cut {
		w.cut = -1
	} else {
		w.sent += len(b)
		w.sends = append(w.sends, w.sent)
	}
	w.mu.Unlock()
	if !cut {
		return host.Write(b)
	}
	if w.cutBy == "touch" {
		defer w.leave()
		return host.Write(b)
	}
	if left > 0 {
		host.Write(b[:left])
	}
	synctest.Wait() // the module carries out what it received
	if w.cutBy == "power" {
		w.unplug()
		return 0, io.ErrClosedPipe
	}
	w.mu.Lock()
	w.ended = true
	w.mu.Unlock()
	return 0, io.ErrClosedPipe
}

// Reopen is fingerprint.Bus's.
func (w *wire) Reopen() error {
	if _, err := w.line(); err != nil {
		return err
	}
	w.unplug()
	w.plug()
	return nil
}

// restarted is the line of a cabinet that starts anew, with the module as it is.
func (w *wire) restarted() *wire {
	w.mu.Lock()
	defer w.mu.Unlock()
	return &wire{t: w.t, module: w.module, host: w.host, cut: -1}
}

// sensor is a cabinet's finger at the wire.
func (w *wire) sensor(present *[]controller.FirstIdentification) *finger {
	return &finger{
		module:  fingerprint.New(w, fingerprint.Options{Poll: 10 * time.Millisecond}),
		compare: "module", log: slog.New(slog.DiscardHandler),
		present: func() []controller.FirstIdentification { return *present },
	}
}

// shows lays a finger on the glass and returns whom the module says it to be, or "".
func (w *wire) shows(f *finger, name string) (string, error) {
	w.module.Put(fingerOf(name), 9)
	defer w.module.Lift()
	return w.captures(f)
}

// captures waits for a finger and returns whom the module says it to be, or "".
func (w *wire) captures(f *finger) (string, error) {
	ctx, stop := context.WithTimeout(w.t.Context(), time.Minute)
	defer stop()
	w.leave = stop
	f.laid = false // the finger before was lifted
	sample, err := f.Capture(ctx, controller.ToCompare, func(controller.Progress) {})
	if err != nil || sample.Module == nil || !sample.Module.Found {
		return "", err
	}
	return sample.Module.First, nil
}

// enrolModulePeople makes everybody's character file, on a module of its own.
func enrolModulePeople(t *testing.T) map[string]controller.FirstIdentification {
	t.Helper()
	w, all := newWire(t, nil), map[string]controller.FirstIdentification{}
	m := fingerprint.New(w, fingerprint.Options{Poll: time.Millisecond})
	for _, name := range modulePeople {
		w.module.Put(fingerOf(name), 1)
		err := m.Look(t.Context())
		if err == nil {
			err = m.Features(t.Context(), 1)
		}
		character, uploadErr := m.UploadTemplate(t.Context(), 1)
		if err := errors.Join(err, uploadErr); err != nil {
			t.Fatal(err)
		}
		all[name] = controller.FirstIdentification{ID: name, Recipient: controller.RecipientID("r-" + name),
			Identification: matcher.Identification{Kind: matcher.Fingerprint, Character: character}}
	}
	return all
}

func those(all map[string]controller.FirstIdentification, names ...string) []controller.FirstIdentification {
	var firsts []controller.FirstIdentification
	for _, name := range names {
		firsts = append(firsts, all[name])
	}
	return firsts
}
