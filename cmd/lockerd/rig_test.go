package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"lockerd/configs"
	"lockerd/controller"
)

// patience is how long a test waits for what has to come.
const patience = 30 * time.Second

// rig runs a whole cabinet: the daemon as it is wired, on the sandbox's emulators, without an information
// system. In its place the rig decides what is desired, and reads the codes that would be sent.
type rig struct {
	t       testing.TB
	dir     string
	sets    []string         // settings above configs/sandbox.yaml
	times   controller.Times // above the settings; zero fields leave them
	screen  *screen
	post    *postOffice
	supply  *supply
	log     *logbook
	doors   func(*cabinet) map[controller.Slot]controller.Lock // in place of the cabinet's; nil leaves them
	sensors func(*cabinet) []controller.Sensor

	d       *cabinet // nil while the cabinet is off
	stop    func() error
	version uint64 // of desired state
	answers uint64 // number of the view that was answered last
}

// newRig makes a cabinet that is still off.
func newRig(t testing.TB, sets ...string) *rig {
	r := &rig{t: t, dir: t.TempDir(), screen: newScreen(), supply: &supply{}, log: &logbook{}}
	r.post = &postOffice{codes: map[controller.ParcelID]string{}}
	r.sets = append([]string{
		"dir=" + r.dir, "sync.infosystem=", "kiosk.listen=127.0.0.1:0", "front.listen=127.0.0.1:0",
		"fingerprint.pace=false", "lock.pulse=20ms", "lock.gap=0s", "lock.jam_wait=300ms",
	}, sets...)
	t.Cleanup(func() {
		if err := r.off(); err != nil {
			t.Errorf("the cabinet did not end well: %v", err)
		}
		for _, secret := range r.post.secrets() {
			if strings.Contains(r.log.String(), secret) {
				t.Error("a secret stands in the log")
			}
		}
		if t.Failed() {
			t.Logf("the log:\n%s", r.log)
		}
	})
	return r
}

// on starts the cabinet with the state as it is.
func (r *rig) on() error {
	cfg, err := configs.Load("../../configs/sandbox.yaml", r.sets...)
	if err != nil {
		return err
	}
	fingers, err := prints.shown()
	if err != nil {
		return fmt.Errorf("cannot make fingers: %w", err)
	}
	d, err := open(cfg, fingers, slog.New(slog.NewTextHandler(r.log, nil)))
	if err != nil {
		return err
	}
	d.synced = func() bool { return false } // on every machine
	parts, err := d.parts()
	if err == nil {
		err = d.join(r.between(d, parts))
	}
	if err != nil {
		return errors.Join(err, d.hardware.box.Close(), d.close())
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.serve(ctx) }()
	r.d = d
	r.stop = func() error {
		cancel()
		return errors.Join(<-ended, d.close())
	}
	return r.sees(func(controller.View) bool { return true })
}

// between stands between the cabinet's parts: it sees what is shown, what is sealed and what is written.
func (r *rig) between(d *cabinet, parts controller.Parts) controller.Parts {
	r.screen.begin(parts.Display)
	r.answers = 0
	r.supply.set(func(k *supply) { k.dead = false })
	parts.Display, parts.Sealer, parts.Shelf, parts.Announce = r.screen, r.post, shelf{parts.Shelf, r.supply}, r.announced
	if r.doors != nil {
		parts.Doors = r.doors(d)
	}
	if r.sensors != nil {
		parts.Sensors = r.sensors(d)
	}
	if r.times.LeftOpen > 0 {
		parts.Times.LeftOpen = r.times.LeftOpen
	}
	return parts
}

// off stops the cabinet, if it is on.
func (r *rig) off() error {
	if r.d == nil {
		return nil
	}
	r.d = nil
	return r.stop()
}

// powerCut stops the cabinet at once: nothing more is written.
func (r *rig) powerCut() error {
	r.supply.set(func(k *supply) { k.dead = true })
	return r.off()
}

// say says words of the sandbox.
func (r *rig) say(words string) error {
	_, err := r.d.hardware.box.Words(words)
	return err
}

// lay puts a finger on the glass until something else is shown for it, then takes it away.
func (r *rig) lay(words string) error {
	defer r.say("lift")
	return r.insist("finger "+words, func(v controller.View) bool { return v.Touched }, func() error {
		defer time.Sleep(250 * time.Millisecond) // the module looks for a finger every 100 ms
		return r.say("lift")
	})
}

// press types on the keypad until something else is shown for it.
func (r *rig) press(keys string) error {
	return r.insist("type "+keys, func(v controller.View) bool { return v.Digits > 0 }, func() error { return nil })
}

// insist says words until another view is shown. What was not noticed within a second is undone and done
// again, as people do.
func (r *rig) insist(words string, noticed func(controller.View) bool, undo func() error) error {
	before, _ := r.screen.now()
	r.answers = before.Number
	deadline := time.After(patience)
	for {
		if err := r.say(words); err != nil {
			return err
		}
		again := time.After(time.Second)
		for waiting := true; waiting; {
			v, changed := r.screen.now()
			if v.Number > before.Number {
				return nil
			}
			select {
			case <-changed:
			case <-again:
				waiting, again = noticed(v), nil
			case <-deadline:
				return fmt.Errorf("nothing is shown for it but %s", describe(v))
			}
		}
		if err := undo(); err != nil {
			return err
		}
	}
}

// tap does something at the touchscreen, by the request that its page would send, and waits for what is
// shown next.
func (r *rig) tap(act, text string) error {
	v, _ := r.screen.now()
	r.answers = v.Number
	page := httptest.NewRecorder()
	r.d.kiosk.ServeHTTP(page, httptest.NewRequest(http.MethodGet, "http://127.0.0.1/", nil))
	body := fmt.Sprintf(`{"view":%d,"act":%q,"text":%q}`, v.Number, act, text)
	request := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/answer", strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	for _, cookie := range page.Result().Cookies() {
		request.AddCookie(cookie)
	}
	answer := httptest.NewRecorder()
	r.d.kiosk.ServeHTTP(answer, request)
	if answer.Code != http.StatusNoContent {
		return fmt.Errorf("at %s: %s", describe(v), strings.TrimSpace(answer.Body.String()))
	}
	return r.sees(func(controller.View) bool { return true })
}

// page is the touchscreen's page as a browser loads it now.
func (r *rig) page() string {
	page := httptest.NewRecorder()
	r.d.kiosk.ServeHTTP(page, httptest.NewRequest(http.MethodGet, "http://127.0.0.1/", nil))
	return page.Body.String()
}

// sees waits until what fits is shown, later than what was answered last, and on the page, too.
func (r *rig) sees(fits func(controller.View) bool) error {
	deadline := time.After(patience)
	for {
		v, changed := r.screen.now()
		if v.Number > r.answers && fits(v) {
			drawn := strings.Contains(r.page(), fmt.Sprintf(`screen-%s" data-view="%d"`, v.Screen, v.Number))
			if now, _ := r.screen.now(); drawn || now.Number != v.Number {
				return nil
			}
			return fmt.Errorf("the page does not show %s", describe(v))
		}
		select {
		case <-changed:
		case <-deadline:
			return fmt.Errorf("shown is %s", describe(v))
		}
	}
}

// seesScreen waits for a screen.
func (r *rig) seesScreen(want controller.Screen) error {
	return r.sees(func(v controller.View) bool { return v.Screen == want })
}

// lines returns the whole journal.
func (r *rig) lines() ([]controller.Entry, error) { return r.d.store.Since(0, 100_000) }

// eventually repeats a check until it succeeds or patience is over.
func eventually(check func() error) error {
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		if err := check(); err == nil || time.Now().After(deadline) {
			return err
		}
	}
}

func describe(v controller.View) string {
	return fmt.Sprintf("view %d: %s, slot %d, note %q, advice %q", v.Number, v.Screen, v.Slot, v.Note, v.Advice)
}
