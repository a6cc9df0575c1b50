package controller_test

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"time"

	"lockerd/controller"
	"lockerd/matcher"
)

// door is a lock's coil and its door in memory, behind the real driver: a pulse opens it unless it is jammed.
type door struct {
	mu       sync.Mutex
	open     bool
	jammed   bool
	blind    bool // the switch does not answer
	lost     int  // how many answers of the switch are lost
	pulses   int
	onPulse  func()
	pulseErr error
}

// Pulse is lock.Coil's.
func (d *door) Pulse(context.Context, time.Duration) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.pulseErr != nil {
		return d.pulseErr
	}
	d.pulses++
	if d.onPulse != nil {
		d.onPulse()
	}
	d.open = d.open || !d.jammed
	return nil
}

// Off is lock.Coil's.
func (d *door) Off() error { return nil }

// Shut is lock.Door's.
func (d *door) Shut() (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lost > 0 {
		d.lost--
		return false, errors.New("an answer was lost")
	}
	if d.blind {
		return false, errors.New("switch does not answer")
	}
	return !d.open, nil
}

func (d *door) set(change func(*door)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(d)
}

// sensor is a fingerprint module, or a sensor of another kind, that gives what is put on it.
type sensor struct {
	kind matcher.Kind
	put  chan matcher.Sample
	fail chan error
}

func (s *sensor) Kind() matcher.Kind { return s.kind }

func (s *sensor) Capture(ctx context.Context, _ controller.Purpose, seen func(controller.Progress)) (matcher.Sample, error) {
	select {
	case <-ctx.Done():
		return matcher.Sample{}, ctx.Err()
	case err := <-s.fail:
		return matcher.Sample{}, err
	case sample := <-s.put:
		seen(controller.Progress{Touched: true, Fraction: 1})
		return sample, nil
	}
}

// ridges compares fingers by their bytes; "poor" is a capture that cannot be used.
type ridges struct{}

func (r ridges) Enrol(samples []matcher.Sample) (matcher.Identification, error) {
	for _, s := range samples {
		if !bytes.Equal(s.Bytes, samples[0].Bytes) {
			return matcher.Identification{}, &matcher.QualityError{Advice: matcher.SameFinger}
		}
	}
	return r.Extract(samples[0])
}

// screen remembers the newest view and the screens that were shown.
type screen struct {
	mu    sync.Mutex
	view  controller.View
	shown []controller.Screen
}

func (s *screen) Show(v controller.View) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v.Number != s.view.Number {
		s.shown = append(s.shown, v.Screen)
	}
	s.view = v
}

func (s *screen) now() controller.View {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.view
}

// sealer notes the codes that would be sent.
type sealer struct {
	mu        sync.Mutex
	codes     map[controller.ParcelID]string
	enrolment controller.Enrolment
}

func (s *sealer) SealCode(p controller.Parcel, code string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.codes[p.ID] = code
	return []byte("sealed"), nil
}

func (s *sealer) SealEnrolment(e controller.Enrolment) ([]byte, error) {
	s.enrolment = e
	return []byte("sealed"), nil
}

func (s *sealer) SealSecret(number string, old []byte, _ matcher.Identification) ([]byte, error) {
	return []byte("sealed " + number), nil
}

// failingShelf refuses to commit while the cabinet says so.
type failingShelf struct {
	controller.Shelf
	cabinet *cabinet
}

var errDisk = errors.New("no space left on device")

func (f failingShelf) Commit(c controller.Change) error {
	if f.cabinet.failing {
		return errDisk
	}
	return f.Shelf.Commit(c)
}
