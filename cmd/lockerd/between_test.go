package main

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"sync"

	"lockerd/controller"
	"lockerd/matcher"
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

// supply is the power: it can go, and counts what was written before.
type supply struct {
	mu      sync.Mutex
	dead    bool // the power is gone
	atPulse bool // the power goes when the next pulse has been written down
	commits int
}

func (k *supply) set(change func(*supply)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	change(k)
}

// waits tells whether a power cut waits for the next pulse.
func (k *supply) waits() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.atPulse
}

// count is how often was written.
func (k *supply) count() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.commits
}

// shelf is the store under that power.
type shelf struct {
	controller.Shelf
	supply *supply
}

// Commit is controller.Shelf's.
func (s shelf) Commit(change controller.Change) error {
	s.supply.mu.Lock()
	defer s.supply.mu.Unlock()
	if s.supply.dead {
		return errors.New("the power is gone")
	}
	s.supply.commits++
	if change.Intent != nil && s.supply.atPulse {
		s.supply.dead, s.supply.atPulse = true, false
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
