package web

import (
	"net/http"

	"lockerd/infosystem/database"
	"lockerd/infosystem/desired"
	"lockerd/infosystem/parcels"
	"lockerd/infosystem/people"
	"lockerd/infosystem/vault"
	"lockerd/matcher"
)

// dossier is all about a person but the verification information itself.
type dossier struct {
	people.Person
	Consents []people.Consent     `json:"consents"`
	Kinds    map[matcher.Kind]int `json:"kinds"`   // how many first identifications are stored
	Erasing  []string             `json:"erasing"` // cabinets that have not said yet that they erased what was withdrawn
	Parcels  []parcels.Parcel     `json:"parcels"`
}

func (s *Server) addPerson(r *http.Request) (any, error) {
	var details people.Details
	if err := decode(r, &details); err != nil {
		return nil, err
	}
	return s.Desk.AddPerson(r.Context(), sessionOf(r).Operator, details)
}

func (s *Server) getPerson(r *http.Request) (any, error) {
	return read(s, r, func(tx database.Tx) (dossier, error) { return readDossier(tx, r.PathValue("id")) })
}

func readDossier(tx database.Tx, id string) (d dossier, err error) {
	if d.Person, err = people.Get(tx, id); err != nil {
		return d, err
	}
	if d.Consents, err = people.Consents(tx, id); err != nil {
		return d, err
	}
	if d.Erasing, err = desired.Erasing(tx, id); err != nil {
		return d, err
	}
	if d.Kinds, err = vault.Kinds(tx, id); err != nil {
		return d, err
	}
	d.Parcels, err = parcels.LiveOf(tx, id)
	return d, err
}

func (s *Server) changePerson(r *http.Request) (any, error) {
	var details people.Details
	if err := decode(r, &details); err != nil {
		return nil, err
	}
	return done, s.Desk.ChangePerson(r.Context(), sessionOf(r).Operator, r.PathValue("id"), details)
}

func (s *Server) removePerson(r *http.Request) (any, error) {
	return done, s.Desk.RemovePerson(r.Context(), sessionOf(r).Operator, r.PathValue("id"))
}

func (s *Server) withdraw(r *http.Request) (any, error) {
	return done, s.Desk.Withdraw(r.Context(), sessionOf(r).Operator, r.PathValue("id"), matcher.Kind(r.URL.Query().Get("kind")))
}

func (s *Server) invite(r *http.Request) (any, error) {
	var form struct {
		Cabinet string `json:"cabinet"`
	}
	if err := decode(r, &form); err != nil {
		return nil, err
	}
	return s.Desk.Invite(r.Context(), sessionOf(r).Operator, r.PathValue("id"), form.Cabinet)
}
