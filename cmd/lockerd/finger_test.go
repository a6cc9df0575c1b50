package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/gpio/gpiotest"

	"lockerd/controller"
	"lockerd/drivers/fingerprint"
	"lockerd/drivers/fingerprint/fingerprinttest"
	"lockerd/drivers/uart"
	"lockerd/matcher"
)

// Provisioning is cut at every byte of the wire where something can change: behind every packet and in its
// middle, by the end of lockerd, of the module's power or of the session at the screen. The module held other people's pages before, and
// other people have a parcel afterwards. No page ever leads to another person, and none keeps a person who has
// no parcel here.
func TestProvisioningCutAtEveryStep(t *testing.T) {
	var all map[string]controller.FirstIdentification
	var steps []int
	synctest.Test(t, func(t *testing.T) {
		all = enrolModulePeople(t)
		steps = cutProvisioning(t, all, -1, "")
	})
	if len(steps) < 30 {
		t.Fatalf("provisioning took %d packets, which is too few to be true", len(steps))
	}
	begin := 0
	for _, end := range steps {
		for _, cut := range []int{begin, (begin + end) / 2} {
			for _, by := range cuts {
				t.Run(fmt.Sprintf("byte %d, %s", cut, by), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { cutProvisioning(t, all, cut, by) })
				})
			}
		}
		begin = end
	}
	t.Logf("%d packets, %d cuts", len(steps), 2*len(cuts)*len(steps))
}

// cutProvisioning has people come and go, and cuts the wire after so many bytes. It returns where the packets
// ended up to the last change of the pages.
func cutProvisioning(t *testing.T, all map[string]controller.FirstIdentification, cut int, by string) []int {
	flash := fingerprinttest.NewFlash() // what another cabinet left
	for page, name := range []string{"fourth", "third", "ada", "bo", "third", "ada"} {
		flash.Pages[page] = all[name].Character
	}
	w := newWire(t, &flash)
	w.cut, w.cutBy = cut, by
	present := those(all, "ada", "bo", "third")
	f := w.sensor(&present)
	step := func(names ...string) {
		present = those(all, names...)
		for _, name := range append(names, modulePeople...) {
			if w.cut >= 0 || cut < 0 { // what comes right after the cut is the next change
				told(t, w, f, name, present, false)
			}
		}
	}
	step("ada", "bo", "third")
	step("third", "fourth", "ada")
	steps := slices.Clone(w.sends)
	if w.ended { // lockerd starts again
		again := w.restarted()
		f, w = again.sensor(&present), again
	}
	present = those(all, "bo", "fourth", "third")
	for _, name := range modulePeople {
		told(t, w, f, name, present, true)
	}
	for number, held := range w.module.Flash().Pages {
		if !slices.ContainsFunc(present, func(first controller.FirstIdentification) bool {
			return slices.Equal(held[:len(first.Character)], first.Character)
		}) {
			t.Errorf("page %d holds somebody who has no parcel here", number)
		}
	}
	return steps
}

// told shows a finger: the module says who it is or nothing, never somebody else. Must says that it has to be
// found where its owner has a parcel; a wire that was cut is given another try.
func told(t *testing.T, w *wire, f *finger, name string, present []controller.FirstIdentification, must bool) {
	t.Helper()
	who, err := w.shows(f, name)
	if err != nil && must {
		who, err = w.shows(f, name)
	}
	if err != nil && must {
		t.Errorf("%s: %v", name, err)
	}
	here := slices.ContainsFunc(present, func(first controller.FirstIdentification) bool { return first.ID == name })
	if who != "" && (who != name || !here) {
		t.Errorf("the finger of %s leads to %s", name, who)
	}
	if must && here && who == "" {
		t.Errorf("the finger of %s is not found", name)
	}
}

// Data that gets lost on the way must not leave the page to whoever's features lay in the module's buffer.
func TestPageIsReadBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := enrolModulePeople(t)
		w := newWire(t, nil)
		present := those(all, "bo")
		f := w.sensor(&present)
		if _, err := w.shows(f, "ada"); err != nil { // leaves Ada's features in the buffer
			t.Fatal(err)
		}
		lost := 0
		w.lose = func(p fingerprint.Packet) bool {
			data := p.PID == fingerprint.Data || p.PID == fingerprint.LastData
			if data {
				lost++
			}
			return data
		}
		present = those(all, "bo", "third")
		if who, err := w.shows(f, "ada"); who != "" || err != nil || lost == 0 {
			t.Errorf("Ada's finger, %d packets lost: %q, %v", lost, who, err)
		}
		for number, held := range w.module.Flash().Pages {
			if !slices.Equal(held[:len(all["bo"].Character)], all["bo"].Character) {
				t.Errorf("page %d holds what was in the buffer", number)
			}
		}
		w.lose = nil
		if who, err := w.shows(f, "third"); who != "third" || err != nil {
			t.Errorf("after the line was mended: %q, %v", who, err)
		}
	})
}

// A module that is swapped for another is met anew, and what the other one holds is not believed; also while
// nobody shows a finger.
func TestSwappedModule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := enrolModulePeople(t)
		w := newWire(t, nil)
		present := those(all, "ada", "bo")
		f := w.sensor(&present)
		if who, err := w.shows(f, "ada"); who != "ada" || err != nil {
			t.Fatalf("before: %q, %v", who, err)
		}
		before, err := f.module.Handshake(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		watching, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- f.watch(watching) }()
		w.module.Fail(fingerprinttest.Silent) // its plug is pulled: the Pi's own serial port does not tell
		time.Sleep(4 * time.Second)
		flash := fingerprinttest.NewFlash()
		for page := range 4 {
			flash.Pages[page] = all["third"].Character
		}
		other := fingerprinttest.New(fingerprinttest.Options{Model: fingerprinttest.R307, Flash: &flash})
		w.unplug()
		w.module = other
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

// A finger that the module did not find is told as missed before its image goes up, so that it counts as a
// try even when it is taken away meanwhile.
func TestMissIsToldBeforeTheImage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := enrolModulePeople(t)
		w := newWire(t, nil)
		present := those(all, "bo")
		f := w.sensor(&present)
		f.compare = "auto"
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		captured := make(chan error, 1)
		var told []controller.Progress
		go func() {
			_, err := f.Capture(ctx, controller.ToCompare, func(p controller.Progress) {
				if told = append(told, p); p.Missed {
					w.module.Lift()
					w.module.SetPace(true)
				}
			})
			captured <- err
		}()
		time.Sleep(3 * time.Second) // the page is filled
		w.module.Put(fingerOf("ada"), 2)
		time.Sleep(3 * time.Second)
		stop()
		if err := <-captured; !errors.Is(err, context.Canceled) {
			t.Errorf("a finger that was taken away gives %v", err)
		}
		if !slices.ContainsFunc(told, func(p controller.Progress) bool { return p.Missed }) {
			t.Errorf("told was %+v, and no miss", told)
		}
	})
}

// A finger on the glass need not wait until sixty pages are filled, where its image can decide; what is
// missing is filled later.
func TestFingerComesBeforeThePages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := enrolModulePeople(t)
		w := newWire(t, nil)
		present := those(all, modulePeople...)
		f := w.sensor(&present)
		f.compare = "auto"
		w.module.Put(fingerOf("ada"), 2)
		sample, err := f.Capture(t.Context(), controller.ToCompare, func(controller.Progress) {})
		if err != nil || len(sample.Bytes) == 0 || sample.Character != nil {
			t.Fatalf("the first finger: %d bytes of image, %d of character file, %v", len(sample.Bytes), len(sample.Character), err)
		}
		if n := len(w.module.Flash().Pages); n != 0 {
			t.Errorf("%d pages were filled before the finger was read", n)
		}
		w.module.Lift()
		ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
		defer stop()
		if _, err := f.Capture(ctx, controller.ToCompare, func(controller.Progress) {}); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("nobody came: %v", err)
		}
		for _, name := range modulePeople {
			if who, err := w.shows(f, name); who != name || err != nil {
				t.Errorf("the finger of %s leads to %q, %v", name, who, err)
			}
		}
	})
}

// At a real module's pace, in virtual time: sixty people are known within a minute, and a finger within a second.
func TestModuleAtItsPace(t *testing.T) {
	for _, model := range []fingerprinttest.Model{fingerprinttest.R307, fingerprinttest.R503} {
		synctest.Test(t, func(t *testing.T) {
			w := newWire(t, nil)
			w.unplug()
			w.module = fingerprinttest.New(fingerprinttest.Options{Model: model})
			w.plug()
			var present []controller.FirstIdentification
			f := w.sensor(&present)
			w.module.Put(fingerOf("ada"), 1)
			sample, err := f.Capture(t.Context(), controller.ToEnrol, func(controller.Progress) {})
			if err != nil || len(sample.Character) == 0 {
				t.Fatalf("enrolled a character file of %d bytes, %v", len(sample.Character), err)
			}
			w.module.Lift()
			for n := range 60 {
				present = append(present, controller.FirstIdentification{ID: fmt.Sprint("person ", n),
					Identification: matcher.Identification{Kind: matcher.Fingerprint, Character: sample.Character}})
			}
			w.module.SetPace(true)
			begun := time.Now()
			if err := f.provision(t.Context()); err != nil || len(f.pages) != 60 {
				t.Fatalf("%d pages, %v", len(f.pages), err)
			}
			filled := time.Since(begun)
			w.module.Put(fingerOf("ada"), 2)
			begun = time.Now()
			found, err := f.search(t.Context(), func(controller.Progress) {})
			decided := time.Since(begun)
			if err != nil || !found.Module.Found {
				t.Errorf("%s: %+v, %v", model, found.Module, err)
			}
			t.Logf("%s: 60 pages in %.1f s, decided in %.2f s", model, filled.Seconds(), decided.Seconds())
			if filled > time.Minute || decided > time.Second {
				t.Errorf("%s: 60 pages in %v, decided in %v", model, filled, decided)
			}
		})
	}
}

// What is wrong with the module, its port or the settings is told with what to do about it.
func TestModuleTroubleSaysWhatToDo(t *testing.T) {
	dead := func(w *wire) { w.module.Fail(fingerprinttest.Dead) }
	damaged := func(w *wire) { w.module.Fail(fingerprinttest.Checksum) }
	silent := func(w *wire) { w.module.Fail(fingerprinttest.Silent) }
	for name, test := range map[string]struct {
		password uint32
		fault    func(*wire)
		want     string
	}{
		"password": {password: 0xC0FFEE, want: "fingerprint.password"},
		"dead":     {fault: dead, want: "replace the module"},
		"damaged":  {fault: damaged, want: "cable"},
		"silent":   {fault: silent, want: "plug"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				flash := fingerprinttest.NewFlash()
				flash.Password = test.password
				w := newWire(t, &flash)
				if test.fault != nil {
					test.fault(w)
				}
				w.module.Put(fingerOf("ada"), 1)
				begun := time.Now()
				_, err := w.sensor(&[]controller.FirstIdentification{}).Capture(t.Context(), controller.ToCompare, func(controller.Progress) {})
				if !errors.Is(err, controller.ErrSensorGone) || !strings.Contains(err.Error(), test.want) {
					t.Errorf("%v, want %q", err, test.want)
				}
				if took := time.Since(begun); took > 15*time.Second {
					t.Errorf("told after %v", took)
				}
			})
		})
	}
	for path, want := range map[string]string{"/dev/null": "another device", "/dev/no-such-port": "plug"} {
		f := &finger{module: fingerprint.New(uart.New(path, 57600), fingerprint.Options{}), compare: "host"}
		_, err := f.Capture(t.Context(), controller.ToCompare, func(controller.Progress) {})
		if !errors.Is(err, controller.ErrSensorGone) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}

// A module is swapped for another, whose pages hold somebody else, while a finger is awaited, or between two
// pages that are written, and what notices it is not the search. Nobody's finger leads to another person, and
// the next capture has the other module know whom it is to know.
func TestSwappedBeforeTheSearch(t *testing.T) {
	swap := func(w *wire, third []byte) {
		flash := fingerprinttest.NewFlash()
		for page := range 4 {
			flash.Pages[page] = third
		}
		w.module = fingerprinttest.New(fingerprinttest.Options{Model: fingerprinttest.R307, Flash: &flash})
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
