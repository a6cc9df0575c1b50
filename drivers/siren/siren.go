// Package siren drives an output that makes noise while there is a reason for it, for instance a door that was
// forced. It falls silent by itself after a while, since nobody may be there to end it, and a horn that sounds
// for hours is heard by nobody.
package siren

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// MaxTime is the longest that a siren may be set to sound.
const MaxTime = 10 * time.Minute

// Siren is one output. Its methods may be called from several goroutines.
type Siren struct {
	pin       gpio.PinOut
	activeLow bool
	atMost    time.Duration
	log       *slog.Logger

	mu      sync.Mutex
	reasons map[int]bool
	ends    *time.Timer // while it sounds
	alarm   int         // counts the calls of Sound: a timer belongs to one of them
	closed  bool
}

// New returns a siren that is silent. ActiveLow says that it sounds while its pin is low; a pin that was opened
// active-low by its bus wants false. It sounds for atMost, over 0 and up to MaxTime.
func New(pin gpio.PinOut, activeLow bool, atMost time.Duration, log *slog.Logger) (*Siren, error) {
	if atMost <= 0 || atMost > MaxTime {
		return nil, fmt.Errorf("cannot make a siren that sounds for %v: use up to %v", atMost, MaxTime)
	}
	s := &Siren{pin: pin, activeLow: activeLow, atMost: atMost, log: log, reasons: map[int]bool{}}
	return s, s.drive(false)
}

// Sound begins to make noise for a reason, such as a door's number; a further reason makes it last from now on.
func (s *Siren) Sound(reason int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.reasons[reason] = true
	if s.ends != nil {
		s.ends.Stop()
	}
	s.alarm++
	alarm := s.alarm
	s.ends = time.AfterFunc(s.atMost, func() { s.tire(alarm) })
	s.tell(s.drive(true))
}

// Hush takes a reason away. With the last one the noise ends.
func (s *Siren) Hush(reason int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.reasons, reason)
	if len(s.reasons) == 0 {
		s.silence()
	}
}

// tire ends the noise although there are reasons, unless another alarm began since: the timer may go off while
// Sound is about to stop it.
func (s *Siren) tire(alarm int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if alarm != s.alarm {
		return
	}
	clear(s.reasons)
	s.silence()
}

func (s *Siren) silence() {
	if s.ends == nil {
		return
	}
	s.ends.Stop()
	s.ends = nil
	s.tell(s.drive(false))
}

// Close ends the noise for good.
func (s *Siren) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.ends != nil {
		s.ends.Stop()
		s.ends = nil
	}
	return s.drive(false)
}

func (s *Siren) tell(err error) {
	if err != nil {
		s.log.Error("the siren does not obey", "err", err)
	}
}

func (s *Siren) drive(on bool) error {
	level := gpio.Level(on != s.activeLow)
	err := s.pin.Out(level)
	if err != nil && !on { // a horn that stays on is worse than one that stays off
		err = errors.Join(err, s.pin.Out(level))
	}
	return err
}
