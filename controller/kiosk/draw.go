package kiosk

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"lockerd/controller"
	"lockerd/matcher"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static
var staticFiles embed.FS

// starting is drawn until the first Show.
const starting controller.Screen = "starting"

func parseTemplates() (*template.Template, error) {
	t, err := template.ParseFS(templateFiles, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("cannot read the screens: %w", err)
	}
	return t, nil
}

func (k *Kiosk) routes() *http.ServeMux {
	files, err := fs.Sub(staticFiles, "static")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", k.page)
	mux.HandleFunc("GET /view", k.stream)
	mux.HandleFunc("POST /answer", k.answer)
	mux.HandleFunc("GET /prompts/{language}/{file}", k.speech.serve)
	mux.HandleFunc("GET /static/front.css", k.serveFront)
	mux.Handle("GET /static/", http.StripPrefix("/static/", http.FileServerFS(files)))
	return mux
}

// page writes the whole page with the view at hand.
func (k *Kiosk) page(w http.ResponseWriter, _ *http.Request) {
	view := k.current()
	shell := struct {
		Language string
		Fragment template.HTML
	}{view.Language, template.HTML(k.drawOrHelp(view))}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := k.screens.ExecuteTemplate(w, "page.html", shell); err != nil {
		k.log.Debug("page went away", "err", err)
	}
}

// drawOrHelp draws the view, or the way to a human where the view names what this kiosk does not know.
func (k *Kiosk) drawOrHelp(view controller.View) []byte {
	fragment, err := k.draw(view)
	if err == nil {
		return fragment
	}
	k.log.Error("cannot draw", "screen", view.Screen, "err", err)
	fragment, err = k.draw(controller.View{Number: view.Number, Language: view.Language, Large: view.Large, Screen: controller.Message,
		Note: controller.AskHuman, Patience: view.Patience, Slot: view.Slot})
	if err != nil {
		k.log.Error("cannot draw", "screen", controller.Message, "err", err)
	}
	return fragment
}

// draw returns the fragment of one view: header, screen and footer.
func (k *Kiosk) draw(view controller.View) ([]byte, error) {
	if view.Screen == "" {
		view.Screen = starting
	}
	s := &screen{View: view, Options: k.options, words: k.words, speech: k.speech}
	var body, all bytes.Buffer
	if err := k.screens.ExecuteTemplate(&body, string(view.Screen), s); err != nil {
		return nil, fmt.Errorf("cannot draw %s: %w", view.Screen, err)
	}
	s.Body = template.HTML(body.String())
	if err := k.screens.ExecuteTemplate(&all, "view", s); err != nil {
		return nil, fmt.Errorf("cannot draw %s: %w", view.Screen, err)
	}
	return all.Bytes(), nil
}

// screen is what the templates see: the view, the options and the words of the view's language.
type screen struct {
	controller.View
	Options Options
	Body    template.HTML
	words   lexicon
	speech  *speech
}

// Say returns the sentence of that key with the numbers put in.
func (s *screen) Say(key string, numbers ...any) (string, error) {
	sentence, ok := s.words[s.Language][key]
	if !ok {
		return "", fmt.Errorf("no word for %q in %s", key, s.Language)
	}
	if len(numbers) == 0 {
		return sentence, nil
	}
	return fmt.Sprintf(sentence, numbers...), nil
}

// Name returns the sentence of one of a family: a kind, a size, a note, an advice, a finger's label.
func (s *screen) Name(family string, member any) (string, error) {
	return s.Say(family + "." + fmt.Sprint(member))
}

// Finger returns the name of a finger in the language at hand, or the label as it is.
func (s *screen) Finger() string {
	if name, ok := s.words[s.Language]["finger."+strings.ReplaceAll(s.Label, " ", "-")]; ok {
		return name
	}
	return s.Label
}

// Count returns a sentence in which the number is counted down by the page, once a second.
func (s *screen) Count(key string, left time.Duration) (template.HTML, error) {
	sentence, err := s.Say(key)
	n := strconv.Itoa(int(math.Ceil(left.Seconds())))
	number := `<b class="seconds" data-seconds="` + n + `">` + n + `</b>`
	return template.HTML(strings.Replace(template.HTMLEscapeString(sentence), "%d", number, 1)), err
}

// Seconds is the patience that is left, in whole seconds.
func (s *screen) Seconds() int { return int(math.Ceil(s.Patience.Seconds())) }

// Scene tells screens apart for the page: where it stays, what is being typed stays too.
func (s *screen) Scene() string {
	return fmt.Sprintf("%s/%d/%s/%s/%s", s.Screen, s.Step, s.Label, s.Note, s.Language)
}

// Languages lists the tags of the other languages, first the one that the keypad changes to.
func (s *screen) Languages() []string {
	all := slices.Sorted(maps.Keys(s.words))
	here := slices.Index(all, s.Language)
	return slices.Concat(all[here+1:], all[:max(here, 0)])
}

// LanguageName returns a language's own name.
func (s *screen) LanguageName(tag string) string { return s.words[tag]["language"] }

// Offered tells whether the kind is offered; a view without offers does not say, and everything is.
func (s *screen) Offered(kind matcher.Kind) bool {
	return len(s.Offers) == 0 || slices.Contains(s.Offers, kind)
}

// AllWell tells whether the message is that something ended well.
func (s *screen) AllWell() bool {
	switch s.Note {
	case controller.ThankYou, controller.NothingStored, controller.KindsWithdrawn:
		return s.Screen == controller.Message
	}
	return false
}

// CallsForHelp tells whether whoever reads this should call a human.
func (s *screen) CallsForHelp() bool {
	switch s.Note {
	case controller.AskHuman, controller.DoorJammed, controller.CannotStore, controller.EmptyReported:
		return true
	}
	return s.Screen == controller.RefusedView && s.Wait > 0
}

// CanBeLeft tells whether a button that leads back is of use: not at the start, not while nobody listens, and not beside
// an OK that leads back, too.
func (s *screen) CanBeLeft() bool {
	switch s.Screen {
	case controller.Home, starting, controller.Message, controller.EnrolDone:
		return false
	case controller.Comparing:
		return s.Patience > 0
	}
	return true
}

// EndsAtList tells whether the screen leads back to the courier's list when nobody answers, not to the start.
func (s *screen) EndsAtList() bool {
	return s.Staff && (s.Screen == controller.Message || s.Screen == controller.DropDone)
}

// OpenDoors lists the doors that stand open and should not: all but the one that the screen is about.
func (s *screen) OpenDoors() []controller.Slot {
	var open []controller.Slot
	for _, door := range s.Doors {
		if door.Open && door.Slot != s.Slot && len(open) < 6 {
			open = append(open, door.Slot)
		}
	}
	return open
}

// reopening is a door that can be opened again, and for how long.
type reopening struct {
	Slot int
	Left time.Duration
}

// Reopenings lists the doors that can be opened again now.
func (s *screen) Reopenings() []reopening {
	var doors []reopening
	for _, door := range s.Again {
		doors = append(doors, reopening{int(door.Slot), max(time.Until(door.Until), 0)})
	}
	return doors
}

// IsMarked tells whether the kind is marked to be erased.
func (s *screen) IsMarked(kind matcher.Kind) bool { return slices.Contains(s.Marked, kind) }

// Typed has an element for each digit that was typed on the keypad.
func (s *screen) Typed() []struct{} { return make([]struct{}, max(s.Digits, 0)) }

// Full tells whether the view says that no slot of any size is free.
func (s *screen) Full() bool {
	for _, free := range s.Free {
		if free > 0 {
			return false
		}
	}
	return len(s.Free) > 0
}

// Scans tells whether what a scanner reads is of use at the screen.
func (s *screen) Scans() bool {
	return slices.Contains([]controller.Screen{controller.Home, controller.StaffNumber, controller.DropChoose, controller.DropDone}, s.Screen)
}

// Percent is how far the capture is.
func (s *screen) Percent() int { return int(math.Round(100 * min(max(s.Fraction, 0), 1))) }

// Dots lists the impressions: true for those that are made.
func (s *screen) Dots() []bool {
	dots := make([]bool, max(s.Steps, 0))
	for i := range dots {
		dots[i] = i+1 < s.Step
	}
	return dots
}

// Loudness is how loud it is, in percent.
func (s *screen) Loudness() int { return int(math.Round(100 * min(max(s.Level, 0), 1))) }

// Remaining is how long the digits to say are asked for.
func (s *screen) Remaining() time.Duration { return max(0, time.Until(s.Until)) }

// Prompted lists the digits to say.
func (s *screen) Prompted() []string { return strings.Split(s.Prompt, "") }

// DoorNumber is a slot's number as its door says it, two digits at least.
func (s *screen) DoorNumber(slot controller.Slot) string { return fmt.Sprintf("%02d", slot) }

// Lit tells whether a door stands out on the map: the one that matters now, or one with a parcel to choose.
func (s *screen) Lit(door controller.Door) bool {
	return door.Lit || s.Screen == controller.YourParcels &&
		slices.ContainsFunc(s.Parcels, func(p controller.ParcelLine) bool { return p.Slot == door.Slot })
}

// FreeSizes lists the sizes with how many slots are free of each.
func (s *screen) FreeSizes() []freeSize {
	var sizes []freeSize
	for size := controller.Small; size <= controller.Large; size++ {
		sizes = append(sizes, freeSize{size, s.Free[size], size == s.Size})
	}
	return sizes
}

type freeSize struct {
	Size   controller.Size
	Free   int
	Chosen bool
}

// Agreed tells whether somebody agreed that the parcel goes into a locker.
func (s *screen) Agreed() bool {
	return s.Consent == controller.ConsentGiven || s.Consent == controller.ConsentSaid
}

// Pad describes a number pad: at most max digits, at least min, shown in groups or hidden.
func (s *screen) Pad(min, max, group int, hidden bool) pad {
	return pad{screen: s, Min: min, Max: max, Group: group, Hidden: hidden}
}

type pad struct {
	*screen
	Min, Max, Group int
	Hidden          bool
}

// Keys are the digits of a pad above its last row.
func (pad) Keys() []string { return strings.Split("123456789", "") }

// GridDots are the places of the pattern's nine dots, row by row.
func (s *screen) GridDots() []struct{ X, Y int } {
	var dots []struct{ X, Y int }
	for i := range 9 {
		dots = append(dots, struct{ X, Y int }{50 + 100*(i%3), 50 + 100*(i/3)})
	}
	return dots
}
