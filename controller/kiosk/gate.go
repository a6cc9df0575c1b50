package kiosk

import (
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
)

// policy is the page's Content-Security-Policy: own files only, no inline script or style, no frames, no
// forms, so that text that slips through the templates still does nothing.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
	"font-src 'self'; media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const cookieName = "kiosk"

// gate lets in the cabinet's own browser and nobody else. Three checks, each enough against one attack:
// the Host (a foreign name that was pointed at loopback), the origin (a page of another site that posts),
// and a cookie that only a holder of the entry key has (another user of the same machine).
type gate struct {
	hosts   []string
	sandbox bool
	origin  *http.CrossOriginProtection
	cookie  string // per boot
	file    string
	log     *slog.Logger

	mu    sync.Mutex
	entry string // spent by the first use, then replaced
}

func newGate(o Options) (*gate, error) {
	g := &gate{hosts: o.Hosts, sandbox: o.Sandbox, file: o.TokenFile, log: o.Logger, cookie: rand.Text(),
		origin: http.NewCrossOriginProtection()}
	return g, g.newEntry()
}

// newEntry makes the next entry key and writes it where the browser's starter reads it.
func (g *gate) newEntry() error {
	g.entry = rand.Text()
	if g.file == "" {
		return nil
	}
	next := g.file + ".new"
	if err := os.WriteFile(next, []byte(g.entry+"\n"), 0o640); err != nil {
		return fmt.Errorf("cannot write the kiosk's entry key: %w", err)
	}
	if err := os.Rename(next, g.file); err != nil {
		return fmt.Errorf("cannot write the kiosk's entry key: %w", err)
	}
	return nil
}

// guard sets the headers of every answer and refuses requests that are not the cabinet's browser's.
func (g *gate) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if !g.hostKnown(r.Host) {
			http.Error(w, "this screen is not served under that name", http.StatusMisdirectedRequest)
			return
		}
		if err := g.origin.Check(r); err != nil {
			http.Error(w, "this came from another site's page", http.StatusForbidden)
			return
		}
		if r.URL.Path == "/enter" {
			g.enter(w, r)
			return
		}
		if !g.hasCookie(r) {
			if !g.sandbox || r.URL.Path != "/" {
				http.Error(w, "this screen is for the cabinet's own browser", http.StatusForbidden)
				return
			}
			g.setCookie(w)
		}
		next.ServeHTTP(w, r)
	})
}

func (g *gate) hostKnown(host string) bool {
	if len(g.hosts) > 0 {
		return slices.Contains(g.hosts, host)
	}
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	ip := net.ParseIP(name)
	return name == "localhost" || name == "[::1]" || ip != nil && ip.IsLoopback()
}

// enter exchanges the entry key for the cookie, once.
func (g *gate) enter(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		http.Error(w, "only GET", http.StatusMethodNotAllowed)
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if !same(r.URL.Query().Get("key"), g.entry) {
		http.Error(w, "this entry key is wrong or was used already", http.StatusForbidden)
		return
	}
	if err := g.newEntry(); err != nil {
		g.log.Error("kiosk entry key", "err", err)
	}
	g.setCookie(w)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (g *gate) hasCookie(r *http.Request) bool {
	c, err := r.Cookie(cookieName)
	return err == nil && same(c.Value, g.cookie)
}

func (g *gate) setCookie(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: g.cookie, Path: "/", HttpOnly: true,
		SameSite: http.SameSiteStrictMode})
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
