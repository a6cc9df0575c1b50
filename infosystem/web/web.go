// Package web serves the operator's pages and the JSON API of the information system.
//
// # The JSON API
//
// Requests carry "Authorization: Bearer TOKEN" (file api.token of the state folder), or an operator's
// session cookie and, when they change something, its CSRF token in X-CSRF-Token. Bodies are JSON with no
// unknown fields. Times are RFC 3339. An error is {"error": "..."} with status 400 (what was sent is not
// acceptable), 401, 403, 404 (no such thing), 409 (exists already, or not possible now), 429 (too many),
// 502 (the signer does not answer) or 503 (the cabinet is not connected, or the command cannot be sent).
//
//	POST   /api/v1/join                        wire.JoinRequest → wire.JoinAnswer; needs the one-time code alone
//	GET    /api/v1/people                      → [person], a thousand by name; ?after=ID by id, behind that one
//	POST   /api/v1/people/search               {part} of name or number → [person]; neither stands in an address
//	POST   /api/v1/people                      {name, phone, language?, low_slot?, policy?, agreed?} → person
//	GET    /api/v1/people/{id}                 → {person, consents, kinds, parcels}
//	PUT    /api/v1/people/{id}                 as POST; replaces
//	DELETE /api/v1/people/{id}                 erases the person
//	DELETE /api/v1/people/{id}/verification    destroys verification information; ?kind= for one kind
//	POST   /api/v1/people/{id}/invitations     {cabinet} → {id, recipient, cabinet, code, expires}
//	GET    /api/v1/parcels                     → [parcel], a thousand, live ones first; ?after=ID by id, behind that one; ?state= ?cabinet=
//	POST   /api/v1/parcels                     {id?, cabinet, recipient, size?, due?} → parcel
//	GET    /api/v1/parcels/{id}                → parcel
//	POST   /api/v1/parcels/{id}/recall         → parcel
//	POST   /api/v1/parcels/{id}/consent        {consent: given or refused} → parcel
//	POST   /api/v1/parcels/{id}/code           has a new code issued and sent → command
//	GET    /api/v1/staff                       → [member]
//	POST   /api/v1/staff                       {number, name?, role, secret?, one_time?, badge?} → {number, role, secret}
//	DELETE /api/v1/staff/{number}
//	GET    /api/v1/cabinets                    → [cabinet with online]
//	POST   /api/v1/cabinets                    {id, name} → cabinet
//	GET    /api/v1/cabinets/{id}               → {cabinet with online, slot_states, parcels}
//	PUT    /api/v1/cabinets/{id}/settings      {policy, codes, off, walk_up, consent} → cabinet
//	POST   /api/v1/cabinets/{id}/join-codes    → {code, expires}
//	POST   /api/v1/cabinets/{id}/commands      {action: open | recode | reboot, slot?, parcel?, reason} → command
//	GET    /api/v1/cabinets/{id}/commands      → [command], newest first
//	GET    /api/v1/commands/{id}               → command; state is sent, done, refused or no answer
//	GET    /api/v1/events?after=N&limit=N      → [line], oldest first; without after the newest, newest first; ?parcel= ?cabinet= ?before=
//	GET    /api/v1/notices                     → [notice], newest first; texts while they are kept; ?state= ?before=
package web

import (
	"context"
	"errors"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"time"

	"lockerd/infosystem/database"
	"lockerd/infosystem/desk"
	"lockerd/infosystem/exchange"
	"lockerd/infosystem/operators"
	"lockerd/infosystem/signer"
)

// Options are what the pages and the API need.
type Options struct {
	Desk  *desk.Desk
	Token string // of the API
	// Hosts are the names under which the server is reached, beside this machine's loopback ones.
	Hosts []string
	// Public is the URL under which others reach the server; with https everybody is led there.
	Public  string
	Proxies []netip.Prefix // in front of the server, whose word counts about who asks
	Lasts   time.Duration  // of a session without a request
	Outbox  bool           // show the texts of notices on a page
	Hint    string         // a line on top of each page that says what to try; empty for none
	Live    *Live
	Log     *slog.Logger
}

// Server serves pages and API.
type Server struct {
	Options
	gate     operators.Gate
	flashes  flashes
	searches searches
	pages    map[string]*template.Template
	joins    throttle
	stranger sync.Once // a proxy that is not trusted was told of
	mux      *http.ServeMux
}

// New returns the server.
func New(o Options) *Server {
	s := &Server{Options: o, mux: http.NewServeMux(), joins: throttle{from: 20, all: 200}}
	s.routeAPI()
	s.routePages()
	return s
}

// policy of what a page may load: its own stylesheet, script and pictures, nothing from elsewhere.
const contentPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Security-Policy", contentPolicy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "same-origin")
	header.Set("Cache-Control", "no-store")
	if !s.knownHost(r.Host) {
		http.Error(w, "This server has another name.", http.StatusMisdirectedRequest)
		return
	}
	if !s.lead(w, r) {
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	s.mux.ServeHTTP(w, r)
}

// knownHost keeps out requests that a foreign page had a browser send to a name that it pointed here.
func (s *Server) knownHost(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	return slices.Contains([]string{"localhost", "127.0.0.1", "::1", "[::1]"}, host) || host != "" && slices.Contains(s.Hosts, host)
}

// HostOf returns the host name of a URL or host:port.
func HostOf(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return u.Hostname()
	}
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return address
}

// status is the HTTP status of an error, and whether its text is for the person who asked.
func status(err error) (code int, tell bool) {
	switch {
	case errors.Is(err, database.ErrNotFound):
		return http.StatusNotFound, true
	case errors.Is(err, database.ErrExists), errors.Is(err, database.ErrConflict):
		return http.StatusConflict, true
	case errors.Is(err, database.ErrInvalid):
		return http.StatusBadRequest, true
	case errors.Is(err, exchange.ErrOffline), errors.Is(err, exchange.ErrNotSent):
		return http.StatusServiceUnavailable, true
	case errors.Is(err, signer.ErrCapped), errors.Is(err, operators.ErrWait):
		return http.StatusTooManyRequests, true
	case errors.Is(err, signer.ErrUnreachable):
		return http.StatusBadGateway, false
	case errors.Is(err, operators.ErrSignIn):
		return http.StatusUnauthorized, true
	}
	return http.StatusInternalServerError, false
}

// explain is what a person is told of an error. A fault of the machine is logged and not shown.
func (s *Server) explain(err error) (int, string) {
	code, tell := status(err)
	switch {
	case tell:
		return code, err.Error()
	case code == http.StatusBadGateway:
		s.Log.Error("signer", "err", err)
		return code, "the signer does not answer: nothing was opened; see that its process runs"
	case errors.Is(err, context.Canceled):
		return code, "cancelled"
	}
	s.Log.Error("request failed", "err", err)
	return code, "something is wrong with the information system; its log says more"
}
