package siren

import (
	"log/slog"
	"testing"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/gpio/gpiotest"
)

// A timer that goes off while a new alarm begins comes too late to be stopped: it must not end the new alarm.
func TestOldTimerLeavesANewAlarm(t *testing.T) {
	pin := &gpiotest.Pin{L: gpio.High}
	s, err := New(pin, false, time.Minute, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	s.Sound(1)
	old := s.alarm
	s.Sound(2)
	s.tire(old)
	if pin.Read() != gpio.High {
		t.Error("the new alarm was ended by the old one's timer")
	}
	s.tire(s.alarm)
	if pin.Read() != gpio.Low {
		t.Error("it sounds after its own time")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
