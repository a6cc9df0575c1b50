package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"lockerd/infosystem/cabinets"
	"lockerd/infosystem/commands"
	"lockerd/infosystem/database"
	"lockerd/infosystem/events"
	"lockerd/infosystem/invitations"
	"lockerd/infosystem/notices"
	"lockerd/infosystem/parcels"
	"lockerd/infosystem/people"
	"lockerd/infosystem/staff"
	"lockerd/matcher"
)

// view reads what a page shows and shows it.
func view[T any](s *Server, w http.ResponseWriter, r *http.Request, name string, read func(tx database.Tx, page *T) error) {
	var page T
	if err := s.Desk.View(r.Context(), func(tx database.Tx) error { return read(tx, &page) }); err != nil {
		s.fail(w, err)
		return
	}
	s.show(w, name, http.StatusOK, page)
}

type overview struct {
	frame
	Count    struct{ Stored, Expected, Overdue, People int }
	Cabinets []tiled
	Lines    []events.Line
}

// tiled is a cabinet with its picture.
type tiled struct {
	cabinetState
	Tiles []tile
}

func (s *Server) overviewPage(w http.ResponseWriter, r *http.Request) {
	view(s, w, r, "overview", func(tx database.Tx, page *overview) (err error) {
		page.frame = s.frame(r, "Overview", "overview")
		states, err := s.cabinets(tx)
		if err != nil {
			return err
		}
		for _, c := range states {
			detail, err := s.detail(tx, c.ID)
			if err != nil {
				return err
			}
			for _, p := range detail.Parcels {
				switch {
				case p.Phase == parcels.Expected:
					page.Count.Expected++
				default:
					page.Count.Stored++
				}
				if p.Overdue(time.Now()) {
					page.Count.Overdue++
				}
			}
			page.Cabinets = append(page.Cabinets, tiled{c, tiles(detail)})
		}
		if page.Count.People, err = people.Count(tx); err != nil {
			return err
		}
		page.Lines, err = events.Newest(tx, "", 12)
		return err
	})
}

// tile is one slot in the picture of a cabinet.
type tile struct {
	Slot        int
	Class, Word string
	Link        string // where its door can be opened
}

func tiles(d cabinetDetail) []tile {
	all := make([]tile, len(d.SlotStates))
	for i, slot := range d.SlotStates {
		one := tile{Slot: slot.Slot, Word: "free", Link: fmt.Sprintf("/cabinets/%s?slot=%d#open", d.ID, slot.Slot)}
		if at := slices.IndexFunc(d.Parcels, func(p parcels.Parcel) bool { return p.Slot == slot.Slot }); at >= 0 {
			one.Class, one.Word = "full", d.Parcels[at].ID
			if d.Parcels[at].Overdue(time.Now()) || d.Parcels[at].Phase == parcels.Recalled {
				one.Class = "late"
			}
		}
		switch {
		case slot.Service != "":
			one.Class, one.Word = "out", strings.TrimPrefix(slot.Service, "out of service: ")
		case slot.Door == "jammed" || slot.Door == "forced" || slot.Door == "indeterminate":
			one.Class, one.Word = "out", slot.Door
		case slot.Door == "opened" || slot.Door == "left-open":
			one.Class, one.Word = "open", slot.Door
		}
		all[i] = one
	}
	return all
}

type peopleView struct {
	frame
	Query  string
	People []dossier
	Blank  people.Details
}

func (s *Server) peoplePage(w http.ResponseWriter, r *http.Request) {
	view(s, w, r, "people", func(tx database.Tx, page *peopleView) error {
		page.frame = s.frame(r, "People", "people")
		if r.URL.Path == foundPath {
			page.Query = s.searches.get(page.Session)
		}
		found, err := people.List(tx, page.Query, 200)
		if err != nil {
			return err
		}
		for _, p := range found {
			d, err := readDossier(tx, p.ID)
			if err != nil {
				return err
			}
			page.People = append(page.People, d)
		}
		return nil
	})
}

type personView struct {
	frame
	Person      dossier
	Invitations []invitations.Invitation
	Cabinets    []cabinets.Cabinet
}

func (s *Server) personPage(w http.ResponseWriter, r *http.Request) {
	view(s, w, r, "person", func(tx database.Tx, page *personView) (err error) {
		page.frame = s.frame(r, "Person", "people")
		if page.Person, err = readDossier(tx, r.PathValue("id")); err != nil {
			return err
		}
		if page.Invitations, err = invitations.OpenOf(tx, s.Desk.Box, page.Person.ID, time.Now()); err != nil {
			return err
		}
		page.Cabinets, err = joined(tx)
		return err
	})
}

func joined(tx database.Tx) ([]cabinets.Cabinet, error) {
	all, err := cabinets.List(tx)
	return slices.DeleteFunc(all, func(c cabinets.Cabinet) bool { return !c.HasJoined() }), err
}

type parcelsView struct {
	frame
	People   []people.Person
	Cabinets []cabinets.Cabinet
	Parcels  []namedParcel
}

type namedParcel struct {
	parcels.Parcel
	Name string // empty once the person was erased
	Late bool
}

func (s *Server) parcelsPage(w http.ResponseWriter, r *http.Request) {
	view(s, w, r, "parcels", func(tx database.Tx, page *parcelsView) (err error) {
		page.frame = s.frame(r, "Parcels", "parcels")
		if page.People, err = people.List(tx, "", most); err != nil {
			return err
		}
		if page.Cabinets, err = joined(tx); err != nil {
			return err
		}
		all, err := parcels.List(tx, 200)
		for _, p := range all {
			person, err := people.Get(tx, p.Recipient)
			if err != nil && !database.IsRefusal(err) {
				return err
			}
			page.Parcels = append(page.Parcels, namedParcel{p, nameOf(person), p.Overdue(time.Now())})
		}
		return err
	})
}

// nameOf is what a person is called, nothing for one who was erased.
func nameOf(p people.Person) string {
	if p.ID == "" {
		return ""
	}
	return called(p.Name, p.Phone)
}

type cabinetView struct {
	frame
	Cabinet  cabinetDetail
	Tiles    []tile
	Slot     string
	Kinds    []kindOff
	Commands []commands.Command
}

type kindOff struct {
	Kind matcher.Kind
	Off  bool
}

func (s *Server) cabinetPage(w http.ResponseWriter, r *http.Request) {
	view(s, w, r, "cabinet", func(tx database.Tx, page *cabinetView) (err error) {
		page.frame, page.Slot = s.frame(r, "Cabinet", "overview"), r.URL.Query().Get("slot")
		if page.Cabinet, err = s.detail(tx, r.PathValue("id")); err != nil {
			return err
		}
		page.Tiles = tiles(page.Cabinet)
		for _, kind := range matcher.Kinds {
			page.Kinds = append(page.Kinds, kindOff{kind, slices.Contains(page.Cabinet.Settings.Off, kind)})
		}
		page.Commands, err = commands.List(tx, page.Cabinet.ID, 8)
		return err
	})
}

func (s *Server) staffPage(w http.ResponseWriter, r *http.Request) {
	type staffView struct {
		frame
		Staff []staff.Member
	}
	view(s, w, r, "staff", func(tx database.Tx, page *staffView) (err error) {
		page.frame = s.frame(r, "Staff", "staff")
		page.Staff, err = staff.List(tx)
		return err
	})
}

func (s *Server) eventsPage(w http.ResponseWriter, r *http.Request) {
	type eventsView struct {
		frame
		Parcel string
		Lines  []events.Line
	}
	view(s, w, r, "events", func(tx database.Tx, page *eventsView) (err error) {
		page.frame, page.Parcel = s.frame(r, "Events", "events"), r.URL.Query().Get("parcel")
		page.Lines, err = events.Newest(tx, page.Parcel, 200)
		return err
	})
}

func (s *Server) noticesPage(w http.ResponseWriter, r *http.Request) {
	type noticesView struct {
		frame
		Outbox  bool
		Notices []notices.Notice
	}
	view(s, w, r, "notices", func(tx database.Tx, page *noticesView) (err error) {
		page.frame, page.Outbox = s.frame(r, "Notices", "notices"), s.Outbox
		page.Notices, err = s.notices(tx, 100)
		return err
	})
}
