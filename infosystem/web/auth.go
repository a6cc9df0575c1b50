package web

import (
	"context"
	"crypto/subtle"
	"net/http"
	"strings"
	"time"

	"lockerd/infosystem/database"
	"lockerd/infosystem/operators"
)

// cookie is the name of the session's cookie.
const cookie = "infosystem"

// sessionKey is where a request's context has its session.
type sessionKey struct{}

func sessionOf(r *http.Request) operators.Session {
	session, _ := r.Context().Value(sessionKey{}).(operators.Session)
	return session
}

// session finds the operator of a request by its cookie.
func (s *Server) session(r *http.Request) (session operators.Session, found bool, err error) {
	c, err := r.Cookie(cookie)
	if err != nil {
		return session, false, nil
	}
	lasts := s.Lasts
	if r.Header.Get("X-Refresh") != "" {
		lasts = 0 // the page asked by itself: that is no sign of an operator
	}
	err = s.Desk.DB.Update(r.Context(), func(tx database.Tx) (err error) {
		session, found, err = operators.Find(tx, c.Value, lasts, time.Now())
		return err
	})
	return session, found, err
}

// api guards a handler of the API: by token, or by session and CSRF token.
func (s *Server) api(handle func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		session := operators.Session{Operator: "api"}
		if bearer, given := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); given {
			if !same(bearer, s.Token) {
				answerError(w, http.StatusUnauthorized, "the token is wrong")
				return
			}
		} else {
			found, err := false, error(nil)
			if session, found, err = s.session(r); err != nil || !found {
				answerError(w, http.StatusUnauthorized, "send a token or sign in")
				return
			}
			if r.Method != http.MethodGet && !same(r.Header.Get("X-CSRF-Token"), session.CSRF) {
				answerError(w, http.StatusForbidden, "the CSRF token is missing or wrong")
				return
			}
		}
		s.answer(w, r.WithContext(context.WithValue(r.Context(), sessionKey{}, session)), handle)
	}
}

// page guards a handler of a page: without a session the browser goes to sign in.
func (s *Server) page(handle http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		session, found, err := s.session(r)
		switch {
		case err != nil:
			code, text := s.explain(err)
			http.Error(w, text, code)
			return
		case !found:
			http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
			return
		case r.Method == http.MethodPost && !same(r.PostFormValue("csrf"), session.CSRF):
			http.Error(w, "This form is from an earlier session. Go back, reload the page and try again.", http.StatusForbidden)
			return
		}
		handle(w, r.WithContext(context.WithValue(r.Context(), sessionKey{}, session)))
	}
}

// signIn checks name and password and begins a session.
func (s *Server) signIn(w http.ResponseWriter, r *http.Request) error {
	name, password := r.PostFormValue("name"), r.PostFormValue("password")
	err := s.Desk.View(r.Context(), func(tx database.Tx) error { return s.gate.Check(tx, name, password, s.addressOf(r), time.Now()) })
	if err != nil {
		return err
	}
	var token string
	err = s.Desk.DB.Update(r.Context(), func(tx database.Tx) (err error) {
		token, err = operators.Begin(tx, name, s.Lasts, time.Now())
		return err
	})
	if err == nil {
		http.SetCookie(w, &http.Cookie{Name: cookie, Value: token, Path: "/", HttpOnly: true, Secure: s.secure(r), SameSite: http.SameSiteStrictMode})
	}
	return err
}

// signOut ends the session.
func (s *Server) signOut(w http.ResponseWriter, r *http.Request) error {
	c, err := r.Cookie(cookie)
	if err != nil {
		return nil
	}
	s.searches.end(sessionOf(r))
	http.SetCookie(w, &http.Cookie{Name: cookie, Path: "/", MaxAge: -1, HttpOnly: true, Secure: s.secure(r), SameSite: http.SameSiteStrictMode})
	return s.Desk.DB.Update(r.Context(), func(tx database.Tx) error { return operators.End(tx, c.Value) })
}

func same(a, b string) bool { return b != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
