package web

import (
	"fmt"
	"net/http"
	"sync"

	"lockerd/infosystem/database"
	"lockerd/infosystem/operators"
	"lockerd/infosystem/people"
)

// foundPath is the page that shows whom a session searched for last. Names and numbers stand in no address: browsers,
// proxies and their logs keep those.
const foundPath = "/people/found"

// searches keeps what each session searched for last.
type searches struct {
	mu   sync.Mutex
	last map[string]string // by CSRF token, which is the session's own
}

func (s *searches) put(session operators.Session, part string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == nil || len(s.last) > 1000 {
		s.last = map[string]string{}
	}
	s.last[session.CSRF] = part
}

func (s *searches) get(session operators.Session) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last[session.CSRF]
}

// postSearch remembers what is searched for and goes to the page that shows it.
func (s *Server) postSearch(w http.ResponseWriter, r *http.Request) {
	s.searches.put(sessionOf(r), r.PostFormValue("q"))
	http.Redirect(w, r, foundPath, http.StatusSeeOther)
}

func (s *Server) searchPeople(r *http.Request) (any, error) {
	var form struct {
		Part string `json:"part"`
	}
	if err := decode(r, &form); err != nil {
		return nil, err
	}
	return read(s, r, func(tx database.Tx) ([]people.Person, error) { return people.List(tx, form.Part, most) })
}

func (s *Server) listPeople(r *http.Request) (any, error) {
	if r.URL.Query().Has("q") {
		return nil, fmt.Errorf("%w: a name or number stands in no address: POST {\"part\": \"…\"} to /api/v1/people/search", database.ErrInvalid)
	}
	return read(s, r, func(tx database.Tx) ([]people.Person, error) { return people.List(tx, "", most) })
}
