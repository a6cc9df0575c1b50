package web

import (
	"net/http"

	"lockerd/infosystem/database"
	"lockerd/infosystem/parcels"
	"lockerd/infosystem/people"
	"lockerd/infosystem/vault"
	"lockerd/matcher"
)

type peopleView struct {
	frame
	paging
	Query  string
	People []listed
	Blank  people.Details
}

// listed is a person on a list.
type listed struct {
	people.Person
	Kinds   map[matcher.Kind]int // how many first identifications are stored
	Waiting int                  // parcels under way
}

func (s *Server) peoplePage(w http.ResponseWriter, r *http.Request) {
	view(s, w, r, "people", func(tx database.Tx, page *peopleView) error {
		page.frame = s.frame(r, "People", "people")
		page.Query = s.searches.get(page.Session, r.URL.Path)
		at, err := pageOf(r)
		if err != nil {
			return err
		}
		found, err := people.List(tx, page.Query, perPage+1, (at-1)*perPage)
		if err != nil {
			return err
		}
		found, page.paging = paged(r, at, found)
		page.People, err = list(tx, found)
		return err
	})
}

// list adds to people what a list tells of them.
func list(tx database.Tx, found []people.Person) ([]listed, error) {
	var ids []string
	for _, p := range found {
		ids = append(ids, p.ID)
	}
	kinds, err := vault.KindsOf(tx, ids)
	if err != nil {
		return nil, err
	}
	waiting, err := parcels.LiveCounts(tx, ids)
	if err != nil {
		return nil, err
	}
	var all []listed
	for _, p := range found {
		all = append(all, listed{p, kinds[p.ID], waiting[p.ID]})
	}
	return all, nil
}
