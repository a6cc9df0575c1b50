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
		paging
		events.Query
		Lines []events.Line
	}
	view(s, w, r, "events", func(tx database.Tx, page *eventsView) (err error) {
		query := r.URL.Query()
		page.frame, page.Query = s.frame(r, "Events", "events"), events.Query{Parcel: query.Get("parcel"), Cabinet: query.Get("cabinet")}
		if page.Query.Before, err = number(query.Get("before"), 0); err != nil {
			return err
		}
		lines, err := events.Newest(tx, page.Query, 101)
		page.Lines, page.paging = older(r, lines, 100, func(l events.Line) int64 { return l.Number })
		return err
	})
}

func (s *Server) noticesPage(w http.ResponseWriter, r *http.Request) {
	type noticesView struct {
		frame
		paging
		Outbox  bool
		State   notices.State
		Notices []notices.Notice
	}
	view(s, w, r, "notices", func(tx database.Tx, page *noticesView) (err error) {
		query := r.URL.Query()
		page.frame, page.Outbox, page.State = s.frame(r, "Notices", "notices"), s.Outbox, notices.State(query.Get("state"))
		before, err := number(query.Get("before"), 0)
		if err != nil {
			return err
		}
		all, err := s.notices(tx, notices.Query{State: page.State, Before: before}, 101)
		page.Notices, page.paging = older(r, all, 100, func(n notices.Notice) int64 { return n.Number })
		return err
	})
}
