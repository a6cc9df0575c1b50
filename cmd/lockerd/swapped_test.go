package main

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/gpio/gpiotest"

	"lockerd/controller"
	"lockerd/drivers/fingerprint"
	"lockerd/drivers/fingerprint/fingerprinttest"
)

// known is a module whose pages hold the fingers of those who are present.
type known struct {
	all     map[string]controller.FirstIdentification
	present []controller.FirstIdentification
	wire    *wire
	finger  *finger
}

// knowAdaAndBo returns a module that holds Ada and Bo, and has just found Ada.
func knowAdaAndBo(t *testing.T) *known {
	t.Helper()
	k := &known{all: enrolModulePeople(t), wire: newWire(t, nil)}
	k.present = those(k.all, "ada", "bo")
	k.finger = k.wire.sensor(&k.present)
	if who, err := k.wire.shows(k.finger, "ada"); who != "ada" || err != nil {
		t.Fatalf("before: %q, %v", who, err)
	}
	return k
}

// moduleThatHolds returns another module, whose first pages hold what a finger's features are there.
func moduleThatHolds(character []byte) *fingerprinttest.Module {
	flash := fingerprinttest.NewFlash()
	for page := range 4 {
		flash.Pages[page] = character
	}
	return fingerprinttest.New(fingerprinttest.Options{Model: fingerprinttest.R307, Flash: &flash})
}

// A module that is swapped for another is met anew, and what the other one holds is not believed; also while
// nobody shows a finger.
func TestSwappedModule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := knowAdaAndBo(t)
		all, w, f := k.all, k.wire, k.finger
		before, err := f.module.Handshake(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		watching, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- f.watch(watching) }()
		w.module.Fail(fingerprinttest.Silent) // its plug is pulled: the Pi's own serial port does not tell
		time.Sleep(4 * time.Second)
		w.unplug()
		w.module = moduleThatHolds(all["third"].Character)
		w.plug()
		time.Sleep(4 * time.Second)
		stop()
		<-ended
		for name, want := range map[string]string{"third": "", "ada": "ada", "bo": "bo"} {
			if who, err := w.shows(f, name); who != want || err != nil {
				t.Errorf("the finger of %s leads to %q, %v", name, who, err)
			}
		}
		if after, err := f.module.Handshake(t.Context()); err != nil || after.Meeting <= before.Meeting {
			t.Errorf("handshake %d after handshake %d, %v", after.Meeting, before.Meeting, err)
		}
	})
}

// A module is swapped for another one within a moment, and nothing tells: no question is lost, and nobody meets it
// anew. The page that it finds is read back, so that nobody's finger leads to another person, and from then on it knows
// whom it is to know.
func TestSwappedWithoutATrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := knowAdaAndBo(t)
		all, w, f := k.all, k.wire, k.finger
		old := w.host
		w.module = moduleThatHolds(all["third"].Character)
		w.plug()
		old.Close()
		if who, err := w.shows(f, "third"); who != "" || !errors.Is(err, controller.ErrSensorGone) {
			t.Errorf("the finger of third leads to %q, %v", who, err)
		}
		for _, name := range modulePeople {
			told(t, w, f, name, k.present, true)
		}
	})
}

// A parcel is recalled, or a person erased, while their finger lies on the glass: the page still holds them, but nobody
// is found, and the module is not taken for a dead one.
func TestGoneSinceThePagesWereWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := knowAdaAndBo(t)
		all, w, f := k.all, k.wire, k.finger
		erased := false
		w.lose = func(p fingerprint.Packet) bool {
			if p.PID == fingerprint.Command && fingerprint.Instruction(p.Content[0]) == fingerprint.GenImg {
				k.present, erased = those(all, "bo"), true
			}
			return false
		}
		if who, err := w.shows(f, "ada"); who != "" || err != nil || !erased {
			t.Errorf("the finger of who is gone leads to %q, %v", who, err)
		}
		told(t, w, f, "bo", k.present, true)
	})
}

// A module is swapped for another, whose pages hold somebody else, while a finger is awaited, or between two
// pages that are written, and what notices it is not the search. Nobody's finger leads to another person, and
// the next capture has the other module know whom it is to know.
func TestSwappedBeforeTheSearch(t *testing.T) {
	swap := func(w *wire, third []byte) {
		w.module = moduleThatHolds(third)
		w.module.Put(fingerOf("third"), 9)
		w.unplug() // what is sent next finds the other one
	}
	for name, prepare := range map[string]func(*testing.T, *wire, *finger, []byte){
		"awaited": func(t *testing.T, w *wire, f *finger, third []byte) {
			touch := &gpiotest.Pin{L: gpio.High}
			f.module = fingerprint.New(w, fingerprint.Options{Poll: 10 * time.Millisecond, Touch: touch, TouchLevel: gpio.Low})
			var watching sync.WaitGroup
			ctx, stop := context.WithCancel(t.Context())
			watching.Go(func() { f.watch(ctx) })
			watching.Go(func() {
				defer touch.Out(gpio.Low)
				time.Sleep(10 * time.Second)
				swap(w, third)
				time.Sleep(5 * time.Second)
			})
			t.Cleanup(func() { stop(); watching.Wait() })
		},
		"pages written": func(_ *testing.T, w *wire, f *finger, third []byte) {
			f.compare = "auto"
			looks := 0
			w.lose = func(p fingerprint.Packet) bool {
				if p.PID == fingerprint.Command && fingerprint.Instruction(p.Content[0]) == fingerprint.GenImg {
					if looks++; looks == 2 {
						swap(w, third)
					}
				}
				return false
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				all := enrolModulePeople(t)
				w := newWire(t, nil)
				present := those(all, "ada", "bo")
				f := w.sensor(&present)
				first := w.module
				prepare(t, w, f, all["third"].Character)
				who, err := w.captures(f)
				if w.module == first {
					t.Fatal("it was not swapped")
				}
				if who != "" || !errors.Is(err, controller.ErrSensorGone) {
					t.Errorf("the finger of third leads to %q, %v", who, err)
				}
				f.compare = "module"
				for _, name := range modulePeople {
					told(t, w, f, name, present, true)
				}
			})
		})
	}
}
