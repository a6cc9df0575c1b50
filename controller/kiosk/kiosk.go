// Package kiosk is the touchscreen: it draws what the controller's View says and hands taps back. It
// decides nothing.
//
// A Kiosk is a controller.Display and an http.Handler. The page is drawn by html/template; fragments of it
// go down as server-sent events (WHATWG HTML, "Server-sent events"), one for each change, and what a person
// does comes up as one small JSON body:
//
//	GET  /           the page with the current view
//	GET  /enter?key= sets the cookie once, for the cabinet's own browser
//	GET  /view       text/event-stream; event "view", id the view's number, data the fragment
//	POST /answer     {"view":7,"act":"digits","text":"12345678"} → 204, or 4xx and nothing happened
//	GET  /static/…   style sheet and scripts
//	GET  /prompts/…  recordings of what the views speak, LANGUAGE/SENTENCE.opus
//
// The page is served on loopback only by whoever listens; this package checks the Host, the origin and the
// cookie of every request (gate.go).
package kiosk

import (
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"lockerd/controller"
)

// Customer takes what a person does at the screen. Answer returns soon: it hands the act to the session at
// the screen and does not wait for doors. An error says that the act does not fit what is going on.
type Customer interface {
	Answer(controller.Answer) error
}

// Options say what the screen shows beside the views, and who may load it. The zero value of every field
// works.
type Options struct {
	Customer  Customer     // may be set later by SetCustomer; until then answers are refused with 503
	Cabinet   string       // the cabinet's name or number, told to whoever calls for help
	HelpPhone string       // a human's phone number
	HelpText  string       // when and where a human can be reached
	Hint      string       // one line that says what to try (sandbox); empty shows none
	Language  string       // where a view names none; "zh-CN" when empty
	Hosts     []string     // host:port under which the page may be loaded; any loopback name when empty
	TokenFile string       // where the entry key is written, mode 0640; a new key after every use
	Sandbox   bool         // the first page sets the cookie, so that any local browser will do
	Keypad    bool         // the cabinet has a keypad: choices show the number to press
	Prompts   string       // folder of spoken prompts, as make prompts records them; silent when empty or missing
	Loudness  Loudness     // how loud prompts are spoken
	Places    []Place      // of all doors and the touchscreen, by slot; none: the map follows the doors' numbers
	Logger    *slog.Logger // receives no personal data; nil logs nothing
}

// Kiosk is the touchscreen. Its methods may be called from several goroutines.
type Kiosk struct {
	options Options
	log     *slog.Logger
	words   lexicon
	speech  *speech
	screens *template.Template
	gate    *gate
	mux     *http.ServeMux
	streams chan struct{} // one token an open stream

	mu       sync.Mutex
	customer Customer
	view     controller.View
	shown    time.Time     // when a view of this number was first shown
	active   time.Time     // when somebody last did something, shown at the earliest
	oldest   uint64        // the oldest view whose answers still mean the one at hand
	answered time.Time     // when view was answered, zero when it was not
	changed  chan struct{} // closed when there is something new to draw
	blank    *time.Timer   // draws again when names must go
}

// maxStreams bounds how many pages listen at once. A cabinet has one; the rest is for a technician's look.
const maxStreams = 8

// namesFor is how long a name stays on the screen at most, where the view's patience is not shorter.
const namesFor = 60 * time.Second

// New returns a kiosk that shows that the cabinet is starting, until the first Show.
func New(options Options) (*Kiosk, error) {
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	if options.Language == "" {
		options.Language = "zh-CN"
	}
	words, err := loadWords()
	if err != nil {
		return nil, err
	}
	screens, err := parseTemplates()
	if err != nil {
		return nil, err
	}
	speech, err := findSpeech(options.Prompts, options.Logger)
	if err != nil {
		return nil, err
	}
	gate, err := newGate(options)
	if err != nil {
		return nil, err
	}
	k := &Kiosk{
		options: options, log: options.Logger, words: words, speech: speech, screens: screens, gate: gate,
		streams: make(chan struct{}, maxStreams), customer: options.Customer, shown: time.Now(),
		changed: make(chan struct{}),
	}
	k.mux = k.routes()
	return k, nil
}

// SetCustomer names who takes the answers. It serves wiring: controller and kiosk need each other.
func (k *Kiosk) SetCustomer(c Customer) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.customer = c
}

// Show draws v on every page that listens. It never blocks; a page that is slow gets the newest view only.
// A view of the number at hand is the same one drawn anew: its patience goes on running.
func (k *Kiosk) Show(v controller.View) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if v.Number != k.view.Number || k.view.Screen == "" {
		if !onlyProgress(k.view, v) || !k.answered.IsZero() {
			k.oldest = v.Number
		}
		k.shown, k.active, k.answered = time.Now(), time.Now(), time.Time{}
		if v.Left > 0 {
			k.active = k.active.Add(v.Left - v.Patience)
		}
	}
	if v.Digits != k.view.Digits || v.Language != k.view.Language || v.Large != k.view.Large || v.Help != k.view.Help { // somebody types on the keypad
		k.active = time.Now()
	}
	k.view = v
	if k.blank != nil {
		k.blank.Stop()
	}
	if v.Masked != "" {
		k.blank = time.AfterFunc(nameTime(v)-time.Since(k.active), k.drawAgain)
	}
	k.announce()
}

func (k *Kiosk) drawAgain() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.announce()
}

// announce wakes the streams. The caller holds mu.
func (k *Kiosk) announce() {
	close(k.changed)
	k.changed = make(chan struct{})
}

// current returns the view as it stands now: patience and wait have run down, and a name that has been on
// the screen long enough is gone.
func (k *Kiosk) current() controller.View {
	v, _ := k.currentAndNext()
	return v
}

func (k *Kiosk) currentAndNext() (controller.View, <-chan struct{}) {
	k.mu.Lock()
	defer k.mu.Unlock()
	v, idle := k.view, time.Since(k.active)
	if idle >= nameTime(v) {
		v.Masked = ""
	}
	if v.Patience > 0 {
		v.Patience = max(v.Patience-idle, time.Millisecond)
	}
	v.Wait = max(v.Wait-time.Since(k.shown), 0)
	v.Again = slices.DeleteFunc(slices.Clone(v.Again), func(a controller.Again) bool { return !time.Now().Before(a.Until) })
	v.Language = k.words.nearest(v.Language, k.options.Language)
	return v, k.changed
}

func nameTime(v controller.View) time.Duration {
	if v.Patience > 0 {
		return min(v.Patience, namesFor)
	}
	return namesFor
}

// onlyProgress tells whether b is a with nothing changed but how far a capture is, so that a tap on a is a
// tap on b.
func onlyProgress(a, b controller.View) bool {
	switch a.Screen {
	case controller.AskAny, controller.AskFinger, controller.AskVoice, controller.AskCode, controller.AskTail,
		controller.AskPasscode, controller.EnrolFinger, controller.EnrolVoice:
	default:
		return false
	}
	return a.Screen == b.Screen && a.Language == b.Language && a.Step == b.Step && a.Label == b.Label &&
		a.Note == b.Note && a.Prompt == b.Prompt && a.Slot == b.Slot
}

var errNobody = errors.New("cabinet is starting")

// accept checks that an answer is for the view at hand and hands it on.
func (k *Kiosk) accept(a controller.Answer) error {
	customer, a, err := k.claim(a)
	if err != nil {
		return err
	}
	if err := customer.Answer(a); err != nil {
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.view.Number == a.View {
			k.answered = time.Time{}
		}
		return err
	}
	return nil
}

// doubleTap is how long a view that was answered takes no other answer.
const doubleTap = time.Second

// claim marks the view at hand as answered, so that the second of two taps finds it taken.
func (k *Kiosk) claim(a controller.Answer) (Customer, controller.Answer, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.customer == nil:
		return nil, a, errNobody
	case a.View < k.oldest || a.View > k.view.Number:
		return nil, a, controller.ErrOldView
	case !k.answered.IsZero() && time.Since(k.answered) < doubleTap:
		return nil, a, controller.ErrOldView
	}
	a.View = k.view.Number
	k.active = time.Now()
	switch a.Act {
	case controller.ActMore, controller.ActLanguage, controller.ActText, controller.ActHelp: // the view stays
	default:
		k.answered = k.active
	}
	return k.customer, a, nil
}

// ServeHTTP serves the page, its stream, its answers and its files.
func (k *Kiosk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k.gate.guard(k.mux).ServeHTTP(w, r)
}
