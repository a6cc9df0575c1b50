package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/controller"
	"lockerd/drivers/fingerprint"
	"lockerd/drivers/fingerprint/fingerprinttest"
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
			if p, err := f.module.Parameters(t.Context()); err != nil || p.Baud != 57600 { // what was left unread is no answer
				t.Errorf("%s: the next question: %+v, %v", model, p, err)
			}
			t.Logf("%s: 60 pages in %.1f s, decided in %.2f s", model, filled.Seconds(), decided.Seconds())
			if filled > time.Minute || decided > time.Second {
				t.Errorf("%s: 60 pages in %v, decided in %v", model, filled, decided)
			}
		})
	}
}
