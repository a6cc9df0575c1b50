package web

import (
	"net/http"
	"strings"
	"time"

	"lockerd/infosystem/cabinets"
	"lockerd/infosystem/database"
	"lockerd/infosystem/parcels"
	"lockerd/infosystem/people"
)

// mostOffered is how many people the form for a parcel offers by name; others are typed.
const mostOffered = 200

type parcelsView struct {
	frame
	paging
	Search   string
	Query    parcels.Query
	States   []choice
	People   []people.Person
	Cabinets []cabinets.Cabinet
	Parcels  []namedParcel
}

// choice is one of several lists that a page can show.
type choice struct {
	Word, Link string
	Here       bool
}

type namedParcel struct {
	parcels.Parcel
	Name string // empty once the person was erased
	Late bool
}

func (s *Server) parcelsPage(w http.ResponseWriter, r *http.Request) {
	view(s, w, r, "parcels", func(tx database.Tx, page *parcelsView) (err error) {
		page.frame = s.frame(r, "Parcels", "parcels")
		page.Search = s.searches.get(page.Session, r.URL.Path)
		at, err := pageOf(r)
		if err != nil {
			return err
		}
		if page.People, err = people.List(tx, "", mostOffered, 0); err != nil {
			return err
		}
		if page.Cabinets, err = joined(tx); err != nil {
			return err
		}
		page.Query = parcelQuery(r)
		page.Query.Part, page.Query.Limit, page.Query.Offset = page.Search, perPage+1, (at-1)*perPage
		for _, one := range []choice{{Word: "all"}, {Word: "expected"}, {Word: "inside"}, {Word: "overdue"}, {Word: "ended"}} {
			state := strings.TrimPrefix(one.Word, "all")
			one.Link, one.Here = with(r, "state", state), page.Query.State == parcels.State(state)
			page.States = append(page.States, one)
		}
		found, err := parcels.List(tx, page.Query, time.Now())
		if err != nil {
			return err
		}
		found, page.paging = paged(r, at, found)
		page.Parcels, err = named(tx, found)
		return err
	})
}

// named adds the recipients' names to parcels.
func named(tx database.Tx, found []parcels.Parcel) ([]namedParcel, error) {
	var ids []string
	for _, p := range found {
		ids = append(ids, p.Recipient)
	}
	recipients, err := people.Some(tx, ids)
	var all []namedParcel
	for _, p := range found {
		all = append(all, namedParcel{p, nameOf(recipients[p.Recipient]), p.Overdue(time.Now())})
	}
	return all, err
}

// parcelQuery is what an address asks for, without names and numbers.
func parcelQuery(r *http.Request) parcels.Query {
	query := r.URL.Query()
	return parcels.Query{State: parcels.State(query.Get("state")), Cabinet: query.Get("cabinet")}
}

// nameOf is what a person is called, nothing for one who was erased.
func nameOf(p people.Person) string {
	if p.ID == "" {
		return ""
	}
	return called(p.Name, p.Phone)
}
