package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"lockerd/controller"
	"lockerd/drivers/fingerprint"
	"lockerd/drivers/uart"
	"lockerd/matcher"
)

// finger makes a fingerprint module the controller's sensor. Where a finger is compared is a setting:
//
//	host    the image goes up the wire and is compared here
//	module  the module compares with its own pages, into which the people with a parcel here were put
//	auto    the module first, where its false match rate is good enough; what it does not find goes up the wire
type finger struct {
	module  *fingerprint.Module
	compare string
	present func() []controller.FirstIdentification // whom the module is to know
	log     *slog.Logger

	mu      sync.Mutex   // one capture at a time
	laid    bool         // the last capture's finger may still lie on the glass
	meeting int          // the handshake under which pages were filled: after another it may be another module
	pages   map[int]page // nil until the module's library is known
}

// page is what a page of the module holds: whose finger, and which character file of it. The zero value is
// an empty page.
type page struct {
	first string // names the first identification; empty while the page is being written or cleared
	sum   [sha256.Size]byte
	head  [sha256.Size]byte // of the telling bytes
	tells int               // how many these are
}

// telling is how many bytes tell one character file from another: all of a ZFM-20's, a third of an R503's.
const telling = 512

// pageOf is the page that holds a first identification's character file.
func pageOf(first controller.FirstIdentification) page {
	tells := min(telling, len(first.Character))
	return page{first.ID, sha256.Sum256(first.Character), sha256.Sum256(first.Character[:tells]), tells}
}

// Kind returns matcher.Fingerprint.
func (f *finger) Kind() matcher.Kind { return matcher.Fingerprint }

// Capture waits for a finger to be laid on the glass.
func (f *finger) Capture(ctx context.Context, purpose controller.Purpose, seen func(controller.Progress)) (matcher.Sample, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	sample, err := f.capture(ctx, purpose, seen)
	if err != nil && ctx.Err() == nil && !errors.Is(err, fingerprint.ErrPoor) && !errors.Is(err, fingerprint.ErrNoFinger) {
		f.pages = nil // whatever it was, the pages are not trusted any more
	}
	return sample, sensorError(err)
}

func (f *finger) capture(ctx context.Context, purpose controller.Purpose, seen func(controller.Progress)) (matcher.Sample, error) {
	info, err := f.module.Handshake(ctx)
	if err != nil {
		return matcher.Sample{}, err
	}
	if info.Meeting != f.meeting {
		f.meeting, f.pages = info.Meeting, nil
	}
	seen(controller.Progress{})
	if f.laid {
		if err := f.module.WaitLift(ctx); err != nil {
			return matcher.Sample{}, err
		}
		f.laid = false
	}
	if purpose == controller.ToCompare && f.compare != "host" {
		sample, err := f.search(ctx, seen)
		if err != nil || sample.Module.Found || f.compare == "module" {
			return sample, err
		}
		if f.laid {
			seen(controller.Progress{Touched: true, Missed: true})
		}
	}
	return f.image(ctx, purpose, seen)
}

// search lets the module compare with its own pages.
func (f *finger) search(ctx context.Context, seen func(controller.Progress)) (matcher.Sample, error) {
	if err := f.provision(ctx); err != nil {
		return matcher.Sample{}, err
	}
	if len(f.pages) == 0 && f.compare == "auto" {
		return matcher.Sample{Module: &matcher.ModuleAnswer{}}, nil // it knows nobody: the image decides
	}
	touched := fingerprint.Progress{Touched: func() { f.laid = true; seen(controller.Progress{Touched: true}) }}
	answer, err := f.module.CaptureSearch(ctx, 0, max(1, len(f.pages)), touched)
	if err != nil {
		return matcher.Sample{}, err
	}
	if answer.Meeting != f.meeting { // whoever lay down a finger lays it down again
		return matcher.Sample{}, fmt.Errorf("%w: it came back while its pages were in use, maybe as another one", fingerprint.ErrGone)
	}
	found := f.pages[answer.Page]
	if !answer.Found || found.first == "" {
		return matcher.Sample{Kind: matcher.Fingerprint, Module: &matcher.ModuleAnswer{}}, nil
	}
	if err := f.holds(ctx, answer.Page, found); err != nil {
		return matcher.Sample{}, err
	}
	if !slices.ContainsFunc(f.present(), func(first controller.FirstIdentification) bool { return pageOf(first) == found }) {
		return matcher.Sample{Kind: matcher.Fingerprint, Module: &matcher.ModuleAnswer{}}, nil // gone since the page was written
	}
	return matcher.Sample{Kind: matcher.Fingerprint, Module: &matcher.ModuleAnswer{Found: true, First: found.first, Score: answer.Score}}, nil
}

// holds reads the page that matched back before it leads to anybody: a module that was exchanged for another without a
// moment's silence answers as if nothing had happened, but its pages belong to other people.
func (f *finger) holds(ctx context.Context, number int, want page) error {
	if err := f.module.LoadTemplate(ctx, 2, number); err != nil {
		return err
	}
	head, err := f.module.TemplateHead(ctx, 2, want.tells)
	if err != nil {
		return err
	}
	defer clear(head)
	if sha256.Sum256(head) != want.head {
		return fmt.Errorf("%w: the page that matched is not the one that was written, maybe it is another module", fingerprint.ErrGone)
	}
	return nil
}

// image uploads the image and, to enrol where modules compare, the module's own character file of it.
func (f *finger) image(ctx context.Context, purpose controller.Purpose, seen func(controller.Progress)) (matcher.Sample, error) {
	info, err := f.module.Handshake(ctx)
	if err != nil {
		return matcher.Sample{}, err
	}
	image, err := f.module.Capture(ctx, fingerprint.Progress{
		Touched: func() { f.laid = true; seen(controller.Progress{Touched: true}) },
		Row: func(y int, _ []byte) {
			if y%16 == 0 {
				seen(controller.Progress{Touched: true, Fraction: float64(y) / float64(info.Height)})
			}
		},
	})
	if err != nil {
		return matcher.Sample{}, err
	}
	sample := matcher.Sample{Kind: matcher.Fingerprint, Bytes: image.Pix, Width: image.Width, Height: image.Height, DPI: image.DPI}
	if purpose == controller.ToEnrol && f.compare != "host" {
		sample.Character = f.character(ctx)
	}
	return sample, nil
}

// character returns the module's own form of the finger that was captured last, or nothing: the host can
// compare without it.
func (f *finger) character(ctx context.Context) []byte {
	if err := f.module.Features(ctx, 1); err != nil {
		return nil
	}
	template, err := f.module.UploadTemplate(ctx, 1)
	if err != nil {
		f.log.Warn("the fingerprint module does not give its template", "err", err)
		return nil
	}
	return template
}

// provision makes the module's pages hold the people with a parcel here and nobody else. What the pages
// held before the program started, or before the module was gone, is not trusted: they are cleared. To write a
// page takes most of a second on the wire; where the image can decide, a finger on the glass comes first, and
// the rest of the pages later.
func (f *finger) provision(ctx context.Context) error {
	if f.pages == nil {
		if err := f.module.Empty(ctx); err != nil {
			return fmt.Errorf("cannot clear the module's pages: %w", err)
		}
		f.pages = make(map[int]page)
	}
	wanted, err := f.clear(ctx)
	if err != nil {
		return err
	}
	for wants, character := range wanted {
		if f.compare == "auto" && f.module.Look(ctx) == nil {
			return nil
		}
		number := f.freePage()
		f.pages[number] = page{sum: wants.sum} // leads to nobody, and is cleared if it stays so
		if err := f.store(ctx, number, character); err != nil {
			if errors.Is(err, fingerprint.ErrGone) || ctx.Err() != nil {
				return err
			}
			f.log.Warn("the fingerprint module does not take a template", "id", wants.first, "err", err)
			continue
		}
		f.pages[number] = wants
	}
	return nil
}

// clear empties the pages of those who have no parcel here any more, and returns the character files that are
// missing.
func (f *finger) clear(ctx context.Context) (map[page][]byte, error) {
	wanted := make(map[page][]byte)
	for _, first := range f.present() {
		if len(first.Character) > 0 {
			wanted[pageOf(first)] = first.Character
		}
	}
	for number, held := range maps.Clone(f.pages) {
		if _, stays := wanted[held]; stays {
			delete(wanted, held)
		} else if held != (page{}) {
			f.pages[number] = page{sum: held.sum} // may be cleared even if the answer does not come
			if err := f.module.Delete(ctx, number, 1); err != nil {
				return nil, fmt.Errorf("cannot clear a page of the module: %w", err)
			}
			f.pages[number] = page{}
		}
	}
	return wanted, nil
}

// store puts a character file into a page and reads it back: on a bad line a page could get what lay in the
// module's buffer before, somebody else's finger. A page that does not read back the same is cleared.
func (f *finger) store(ctx context.Context, number int, character []byte) error {
	if err := f.module.Provision(ctx, number, character); err != nil {
		return err
	}
	if err := f.module.LoadTemplate(ctx, 2, number); err != nil {
		return err
	}
	held, err := f.module.UploadTemplate(ctx, 2)
	if err != nil {
		return err
	}
	defer clear(held)
	if !bytes.HasPrefix(held, character) {
		return errors.Join(errors.New("the page does not read back as it was written"), f.module.Delete(ctx, number, 1))
	}
	return nil
}

// freePage returns the first page that holds nobody. Pages are used without gaps, so that a search of as
// many pages as the map has finds everyone.
func (f *finger) freePage() int {
	for number := range len(f.pages) {
		if f.pages[number] == (page{}) {
			return number
		}
	}
	return len(f.pages)
}

// watch speaks with the module once a second, so that one that is swapped for another while nobody shows a
// finger is noticed: the pages of the other one belong to other people.
func (f *finger) watch(ctx context.Context) error {
	for ctx.Err() == nil {
		wait(ctx, time.Second)
		f.module.Parameters(ctx) // its error is told by the next capture; the handshake after it counts
	}
	return nil
}

// sensorError says what an error of the module means for the person, the controller and the technician.
func sensorError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fingerprint.ErrPoor), errors.Is(err, fingerprint.ErrNoFinger):
		return &matcher.QualityError{Advice: matcher.PressCentre, Detail: err.Error()}
	}
	return fmt.Errorf("%w: %w: %s", controller.ErrSensorGone, err, moduleAdvice(err))
}

// moduleAdvice is what a technician can do about an error of the module.
func moduleAdvice(err error) string {
	switch {
	case errors.Is(err, fingerprint.ErrPassword):
		return "write the module's password into the settings, fingerprint.password"
	case errors.Is(err, fingerprint.ErrSensor):
		return "clean its glass; if that does not help, replace the module"
	case errors.Is(err, uart.ErrBusy):
		return "another program, or another part of the settings, uses the port: correct fingerprint.port"
	case errors.Is(err, uart.ErrNotSerial):
		return "that is another device: correct fingerprint.port"
	case errors.Is(err, fingerprint.ErrGarbled):
		return "check its cable and ground, and that fingerprint.port is the module's"
	}
	return "check its plug and power, then fingerprint.port in the settings"
}
