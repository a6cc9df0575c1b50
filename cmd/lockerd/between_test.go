package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"lockerd/controller"
	"lockerd/matcher"
	"lockerd/store"
)

// screen remembers what is shown and hands it on to the kiosk.
type screen struct {
	next controller.Display

	mu      sync.Mutex
	view    controller.View
	changed chan struct{} // closed with the next Show
}

func newScreen() *screen { return &screen{changed: make(chan struct{})} }

// begin forgets what was shown by a cabinet that ran before, whose views were numbered apart.
func (s *screen) begin(next controller.Display) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next, s.view = next, controller.View{}
}

// Show is controller.Display's.
func (s *screen) Show(v controller.View) {
	s.next.Show(v)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.view = v
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *screen) now() (controller.View, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.view, s.changed
}

// postOffice is where codes are sent from: a controller.Sealer for a cabinet that stands alone.
type postOffice struct {
	mu    sync.Mutex
	codes map[controller.ParcelID]string
}

// SealCode is controller.Sealer's.
func (p *postOffice) SealCode(parcel controller.Parcel, code string) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.codes[parcel.ID] = code
	return []byte("sealed"), nil
}

// SealEnrolment is controller.Sealer's.
func (p *postOffice) SealEnrolment(controller.Enrolment) ([]byte, error) {
	return []byte("sealed"), nil
}

// SealSecret is controller.Sealer's.
func (p *postOffice) SealSecret(string, []byte, matcher.Identification) ([]byte, error) {
	return []byte("sealed"), nil
}

func (p *postOffice) code(parcel controller.ParcelID) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.codes[parcel]
}

// secrets returns what nobody may read anywhere.
func (p *postOffice) secrets() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append(slices.Collect(maps.Values(p.codes)), courierSecret, passcodeOfAll)
}

// disk is what happens to the disk.
type disk struct {
	mu      sync.Mutex
	full    bool
	dead    bool // the power is gone
	atPulse bool // the power goes when the next pulse has been written down
	commits int
}

func (k *disk) set(change func(*disk)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	change(k)
}

// waits tells whether a power cut waits for the next pulse.
func (k *disk) waits() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.atPulse
}

// count is how often was written.
func (k *disk) count() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.commits
}

// shelf is the store on that disk.
type shelf struct {
	controller.Shelf
	disk *disk
}

// Commit is controller.Shelf's.
func (s shelf) Commit(change controller.Change) error {
	s.disk.mu.Lock()
	defer s.disk.mu.Unlock()
	switch {
	case s.disk.dead:
		return errors.New("the power is gone")
	case s.disk.full:
		return fmt.Errorf("cannot write: %w", store.ErrNoSpace)
	}
	s.disk.commits++
	if change.Intent != nil && s.disk.atPulse {
		s.disk.dead, s.disk.atPulse = true, false
	}
	return s.Shelf.Commit(change)
}

// logbook is the daemon's log.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
