package web

import (
	"fmt"
	"net/http"
	"sync"

	"lockerd/infosystem/database"
	"lockerd/infosystem/operators"
	"lockerd/infosystem/people"
)

// The pages that show what a session searched for last. Names and numbers stand in no address: browsers, proxies and
// their logs keep those.
const (
	foundPeople  = "/people/found"
	foundParcels = "/parcels/found"
)

// searches keeps what each session searched for last.
type searches struct {
	mu   sync.Mutex
	last map[search]string
}

// search is a session, by its CSRF token, and the page that shows what it finds.
type search struct{ session, page string }

func (s *searches) put(session operators.Session, page, part string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == nil || len(s.last) > 1000 {
		s.last = map[search]string{}
	}
	s.last[search{session.CSRF, page}] = part
}

// get is what the page at a path shows; on every other page nothing was searched for.
func (s *searches) get(session operators.Session, path string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last[search{session.CSRF, path}]
}

// end forgets what a session searched for.
func (s *searches) end(session operators.Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, page := range []string{foundPeople, foundParcels} {
		delete(s.last, search{session.CSRF, page})
	}
}

// postSearch remembers what is searched for and goes to the page that shows it.
func (s *Server) postSearch(page string) http.HandlerFunc {
	return s.page(func(w http.ResponseWriter, r *http.Request) {
		s.searches.put(sessionOf(r), page, r.PostFormValue("q"))
		http.Redirect(w, r, page, http.StatusSeeOther)
	})
}

func (s *Server) searchPeople(r *http.Request) (any, error) {
	var form struct {
		Part string `json:"part"`
	}
	if err := decode(r, &form); err != nil {
		return nil, err
	}
	return read(s, r, func(tx database.Tx) ([]people.Person, error) { return people.List(tx, form.Part, most, 0) })
}

func (s *Server) listPeople(r *http.Request) (any, error) {
	query := r.URL.Query()
	if query.Has("q") {
		return nil, fmt.Errorf("%w: a name or number stands in no address: POST {\"part\": \"…\"} to /api/v1/people/search", database.ErrInvalid)
	}
	return read(s, r, func(tx database.Tx) ([]people.Person, error) {
		if query.Has("after") {
			return people.After(tx, query.Get("after"), most)
		}
		return people.List(tx, "", most, 0)
	})
}
