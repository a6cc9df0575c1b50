package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"lockerd/infosystem/operators"
)

//go:embed templates static
var files embed.FS

// frame is what every page has.
type frame struct {
	Title, At, Hint string
	Session         operators.Session
	Flash           *flash
}

// flash is what is said once on the next page: that something was done, or why not, and perhaps a secret.
type flash struct {
	Text   string
	Secret string
	Bad    bool
}

// flashes keeps them between a form and the page after it, by session; a secret never enters a URL.
type flashes struct {
	mu   sync.Mutex
	next map[string]flash
}

func (f *flashes) put(session operators.Session, one flash) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.next == nil || len(f.next) > 1000 {
		f.next = map[string]flash{}
	}
	f.next[session.CSRF] = one
}

func (f *flashes) take(session operators.Session) *flash {
	f.mu.Lock()
	defer f.mu.Unlock()
	one, found := f.next[session.CSRF]
	if !found {
		return nil
	}
	delete(f.next, session.CSRF)
	return &one
}

// pageNames are the templates that are pages.
var pageNames = []string{"sign-in", "overview", "people", "person", "parcels", "cabinet", "staff", "events", "notices", "account"}

func parsePages() map[string]*template.Template {
	pages := map[string]*template.Template{}
	for _, name := range pageNames {
		pages[name] = template.Must(template.New("layout.html").Funcs(functions).ParseFS(files,
			"templates/layout.html", "templates/details.html", "templates/cabinets.html", "templates/"+name+".html"))
	}
	return pages
}

var functions = template.FuncMap{
	"path":     url.PathEscape, // a parcel's number may have ? and #
	"when":     when,
	"masked":   masked,
	"tone":     tone,
	"join":     func(words []string) string { return strings.Join(words, ", ") },
	"isPerson": func(who string) bool { return strings.HasPrefix(who, "r-") },
	"known":    func(language string) bool { return slices.Contains([]string{"", "zh", "en"}, language) },
	"called":   called,
	"size":     func(size int) string { return [...]string{"", "small", "medium", "large"}[min(max(size, 0), 3)] },
}

// when says a time as a person would, with the exact one to be had by pointing at it.
func when(t time.Time) template.HTML {
	var text string
	switch ago := time.Since(t); {
	case ago < 0 || ago > 20*time.Hour:
		text = t.Format("2 Jan 15:04")
	case ago < time.Minute:
		text = "just now"
	case ago < time.Hour:
		text = fmt.Sprintf("%d min ago", int(ago.Minutes()))
	default:
		text = t.Format("15:04")
	}
	return template.HTML(fmt.Sprintf(`<time datetime="%s" title="%s">%s</time>`, t.UTC().Format(time.RFC3339), t.Format("2 Jan 2006 15:04:05"), text))
}

// masked shows a phone number without its middle.
func masked(phone string) string {
	if len(phone) < 10 {
		return "••••" + phone[max(0, len(phone)-2):]
	}
	return phone[:3] + "••••••" + phone[len(phone)-3:]
}

// called is a person's name, or the masked number where it alone is known.
func called(name, phone string) string {
	if name == "" {
		return masked(phone)
	}
	return name
}

// tone is the colour of a word about what happened.
func tone(what any) string {
	switch fmt.Sprint(what) {
	case "matched", "collected", "deposited", "enrolled", "joined", "done", "command-done", "consent-noted", "given", "said":
		return "good"
	case "refused", "left-open", "gap", "new-epoch", "no answer", "command-refused", "recalled", "slot-service", "sensor-gone", "sign-in-refused", "warned", "outdated":
		return "warn"
	case "jammed", "forced", "nothing-inside", "indeterminate", "bad-message", "erased", "withdrawn":
		return "bad"
	case "opening", "opened", "door-shut", "operator", "code-issued", "sent":
		return "blue"
	}
	return ""
}

// show renders a page; content embeds a frame.
func (s *Server) show(w http.ResponseWriter, name string, code int, content any) {
	var page bytes.Buffer
	if err := s.pages[name].Execute(&page, content); err != nil {
		_, text := s.explain(err)
		http.Error(w, text, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	w.Write(page.Bytes())
}

func (s *Server) frame(r *http.Request, title, at string) frame {
	session := sessionOf(r)
	return frame{Title: title, At: at, Hint: s.Hint, Session: session, Flash: s.flashes.take(session)}
}

// form guards and runs a form; what it says is shown on the page that the browser goes back to.
func (s *Server) form(do func(*http.Request) (flash, error), back func(*http.Request) string) http.HandlerFunc {
	return s.page(func(w http.ResponseWriter, r *http.Request) {
		one, err := do(r)
		if err != nil {
			_, text := s.explain(err)
			one = flash{Text: text, Bad: true}
		}
		s.flashes.put(sessionOf(r), one)
		http.Redirect(w, r, back(r), http.StatusSeeOther)
	})
}

func (s *Server) fail(w http.ResponseWriter, err error) {
	code, text := s.explain(err)
	http.Error(w, text, code)
}

func static() http.Handler {
	sub, err := fs.Sub(files, "static")
	if err != nil {
		panic("web: the embedded files are missing: " + err.Error())
	}
	return http.StripPrefix("/static/", http.FileServerFS(sub))
}
