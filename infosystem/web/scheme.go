package web

import (
	"net/http"
	"strings"
)

// aYear is for how long browsers that came by https come by https alone (RFC 6797).
const aYear = "max-age=31536000"

// published tells whether the server's public address is one of https.
func (s *Server) published() bool { return strings.HasPrefix(s.Public, "https://") }

// secure tells whether cookies are for https alone: because the server is reached so, or this request came so.
func (s *Server) secure(r *http.Request) bool {
	return s.published() || proxies(s.Proxies).origin(r).scheme == "https"
}

// lead sees to it that who comes through a proxy uses https where the public address does, and tells whether the request
// goes on. A request that no trusted proxy says a scheme of comes from this machine or its network.
func (s *Server) lead(w http.ResponseWriter, r *http.Request) bool {
	s.noteStranger(r)
	if !s.published() {
		return true
	}
	switch proxies(s.Proxies).origin(r).scheme {
	case "https":
		w.Header().Set("Strict-Transport-Security", aYear)
	case "http":
		if strings.HasPrefix(r.URL.Path, "/api/") || r.Method != http.MethodGet && r.Method != http.MethodHead {
			answerError(w, http.StatusForbidden, "use https: what was sent just now could be read on its way")
			return false
		}
		target := strings.TrimRight(s.Public, "/") + "/" + strings.TrimLeft(r.URL.EscapedPath(), "/")
		if r.URL.RawQuery != "" {
			target += "?" + r.URL.RawQuery
		}
		http.Redirect(w, r, target, http.StatusPermanentRedirect)
		return false
	}
	return true
}

// noteStranger tells once that a proxy seems to be in front that trusted_proxies does not name: then all who come through it
// count as one. A public address that sends such headers is anybody's.
func (s *Server) noteStranger(r *http.Request) {
	if r.Header.Get("X-Forwarded-For") == "" && r.Header.Get("Forwarded") == "" {
		return
	}
	peer := peerOf(r)
	if proxies(s.Proxies).trust(peer) || !peer.IsLoopback() && !peer.IsPrivate() {
		return
	}
	s.stranger.Do(func() {
		s.Log.Warn("requests come through a proxy that trusted_proxies does not name: all its clients count as one, and wait for each other's wrong passwords", "proxy", peer)
	})
}
