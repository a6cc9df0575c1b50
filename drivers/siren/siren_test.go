package siren_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/gpio/gpiotest"

	"lockerd/drivers/siren"
)

func silent(t *testing.T, pin *gpiotest.Pin, want bool, when string) {
	t.Helper()
	if got := pin.Read() == gpio.Low; got != want {
		t.Errorf("%s: silent is %v", when, got)
	}
}

// It sounds while there is a reason, and no longer than it may.
func TestSiren(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pin := &gpiotest.Pin{L: gpio.High}
		s, err := siren.New(pin, false, 30*time.Second, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		silent(t, pin, true, "new")
		s.Hush(1)
		silent(t, pin, true, "nothing to end")
		s.Sound(1)
		s.Sound(2)
		silent(t, pin, false, "two doors")
		s.Hush(1)
		silent(t, pin, false, "one of them is shut")
		s.Hush(2)
		silent(t, pin, true, "both are shut")

		s.Sound(1)
		time.Sleep(20 * time.Second)
		s.Sound(2) // anew for as long
		time.Sleep(20 * time.Second)
		silent(t, pin, false, "20 s after the second")
		time.Sleep(11 * time.Second)
		silent(t, pin, true, "after its time")
		s.Sound(3)
		silent(t, pin, false, "another door")
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		silent(t, pin, true, "closed")
		s.Sound(4)
		silent(t, pin, true, "sounded after the end")
	})
}

// mute is a pin that takes no level.
type mute struct {
	*gpiotest.Pin
	tries int
}

func (m *mute) Out(gpio.Level) error { m.tries++; return errors.New("no answer") }

func TestSirenThatDoesNotObey(t *testing.T) {
	var log strings.Builder
	pin := &mute{Pin: &gpiotest.Pin{}}
	s, err := siren.New(pin, false, time.Second, slog.New(slog.NewTextHandler(&log, nil)))
	if err == nil || pin.tries != 2 {
		t.Errorf("switched off %d times, %v", pin.tries, err)
	}
	s.Sound(1)
	s.Hush(1)
	if strings.Count(log.String(), "the siren does not obey") != 2 {
		t.Errorf("the log says %s", &log)
	}
	for _, d := range []time.Duration{0, -1, siren.MaxTime + 1} {
		if _, err := siren.New(&gpiotest.Pin{}, false, d, nil); err == nil {
			t.Errorf("%v is taken", d)
		}
	}
}

// A siren that sounds at a low level is silent at a high one, from the first moment.
func TestSirenActiveLow(t *testing.T) {
	pin := &gpiotest.Pin{L: gpio.Low}
	s, err := siren.New(pin, true, time.Second, slog.New(slog.DiscardHandler))
	if err != nil || pin.Read() != gpio.High {
		t.Fatalf("%v, %v", pin.Read(), err)
	}
	s.Sound(1)
	if pin.Read() != gpio.Low {
		t.Error("it is silent")
	}
	s.Close()
}
