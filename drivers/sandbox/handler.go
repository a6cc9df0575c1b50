package sandbox

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

//go:embed front.html
var frontHTML string

// button is a word that the page offers.
type button struct{ Label, Words string }

// group is some buttons under a heading. SLOT stands for the slot that is chosen on the page.
type group struct {
	Title   string
	Buttons []button
}

var groups = []group{
	{"A finger on the module", []button{{"Ada, right", "finger ada"}, {"Ada, left", "finger ada left"},
		{"Bo, right", "finger bo"}, {"A stranger", "finger stranger"}, {"Lift", "lift"}}},
	{"The chosen slot", []button{{"Push door shut", "door SLOT shut"}, {"Parcel in", "parcel into SLOT"},
		{"Parcel out", "parcel out of SLOT"}, {"Force open", "door SLOT open"}, {"Jam", "jam SLOT"},
		{"Unjam", "unjam SLOT"}, {"Switch stuck", "switch SLOT stuck"}, {"Switch broken", "switch SLOT broken"},
		{"Switch ok", "switch SLOT ok"}}},
	{"Faults", []button{{"Noise on the line", "fault uart"}, {"Line ok", "ok uart"},
		{"Module silent", "fault module silent"}, {"Sensor dead", "fault module dead"}, {"Module ok", "ok module"},
		{"Unplug module", "unplug module"}, {"Plug module", "plug module"}, {"Disk full", "fault disk full"},
		{"Disk ok", "ok disk"}}},
	{"Network", []button{{"Down", "network down"}, {"Up", "network up"}}},
}

// Handler serves the cabinet's front:
//
//	GET  /        the page
//	GET  /events  server-sent events, each a snapshot of the cabinet as JSON
//	POST /words   one line of plain text; the answer is plain text, with status 400 the reason against it
//
// It answers only when it is asked by a name of this machine, and takes words only from its own page or
// from a client that is no browser, so that no page of the web can move the cabinet.
func (c *Cabinet) Handler() http.Handler {
	page := template.Must(template.New("front").Parse(frontHTML))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'")
		err := page.Execute(w, map[string]any{"Try": c.try(), "Groups": groups, "Slots": len(c.doors)})
		if err != nil {
			c.log.Debug("cannot send the cabinet's front", "err", err)
		}
	})
	mux.HandleFunc("GET /events", c.serveEvents)
	mux.HandleFunc("POST /words", c.serveWords)
	return local(mux)
}

func (c *Cabinet) try() string {
	if c.options.Try != "" {
		return c.options.Try
	}
	return "Press a finger, or choose a slot and move its door."
}

func (c *Cabinet) serveWords(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	line, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1000))
	if err != nil {
		http.Error(w, "the line is too long", http.StatusBadRequest)
		return
	}
	answer, err := c.Words(strings.TrimSpace(string(line)))
	if err != nil {
		http.Error(w, strings.ReplaceAll(err.Error(), "\n", " "), http.StatusBadRequest)
		return
	}
	fmt.Fprintln(w, answer)
}

// serveEvents sends the snapshot now and after each change.
func (c *Cabinet) serveEvents(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	changes, leave := c.changed.join()
	defer leave()
	control := http.NewResponseController(w)
	alive := time.NewTicker(15 * time.Second)
	defer alive.Stop()
	for {
		b, err := json.Marshal(c.snapshot())
		if err == nil {
			_, err = fmt.Fprintf(w, "data: %s\n\n", b)
		}
		if err != nil || control.Flush() != nil {
			return
		}
		select {
		case <-changes:
		case <-alive.C:
		case <-r.Context().Done():
			return
		}
	}
}

// local refuses what does not come by a name of this machine, or comes from another site's page.
func local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !loopback(r.Host) {
			http.Error(w, "ask by a name of this machine: 127.0.0.1 or localhost", http.StatusForbidden)
			return
		}
		if origin := r.Header.Get("Origin"); origin != "" {
			if u, err := url.Parse(origin); err != nil || u.Host != r.Host {
				http.Error(w, "words are taken from the cabinet's own page only", http.StatusForbidden)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// loopback tells whether a host, with or without port, is this machine.
func loopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	ip := net.ParseIP(host)
	return slices.Contains([]string{"localhost", "localhost."}, strings.ToLower(host)) || ip != nil && ip.IsLoopback()
}
