package web

import (
	"net/http"
	"time"

	"lockerd/infosystem/cabinets"
	"lockerd/infosystem/commands"
	"lockerd/infosystem/database"
	"lockerd/infosystem/parcels"
	"lockerd/sync/wire"
)

// cabinetState is a cabinet and whether it is connected.
type cabinetState struct {
	cabinets.Cabinet
	Online bool `json:"online"`
}

// cabinetDetail is a cabinet with what lies in it.
type cabinetDetail struct {
	cabinetState
	SlotStates []cabinets.Slot  `json:"slot_states"`
	Parcels    []parcels.Parcel `json:"parcels"`
}

func (s *Server) listCabinets(r *http.Request) (any, error) { return read(s, r, s.cabinets) }

func (s *Server) cabinets(tx database.Tx) ([]cabinetState, error) {
	all, err := cabinets.List(tx)
	states := make([]cabinetState, len(all))
	for i, c := range all {
		states[i] = cabinetState{c, s.Desk.Cabinets.Online(c.ID)}
	}
	return states, err
}

func (s *Server) addCabinet(r *http.Request) (any, error) {
	var form struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	if err := decode(r, &form); err != nil {
		return nil, err
	}
	if err := s.Desk.AddCabinet(r.Context(), sessionOf(r).Operator, form.ID, form.Name); err != nil {
		return nil, err
	}
	return read(s, r, func(tx database.Tx) (cabinets.Cabinet, error) { return cabinets.Get(tx, form.ID) })
}

func (s *Server) getCabinet(r *http.Request) (any, error) {
	return read(s, r, func(tx database.Tx) (cabinetDetail, error) { return s.detail(tx, r.PathValue("id")) })
}

func (s *Server) detail(tx database.Tx, id string) (d cabinetDetail, err error) {
	if d.Cabinet, err = cabinets.Get(tx, id); err != nil {
		return d, err
	}
	d.Online = s.Desk.Cabinets.Online(id)
	if d.SlotStates, err = cabinets.Slots(tx, d.Cabinet); err != nil {
		return d, err
	}
	d.Parcels, err = parcels.Live(tx, id)
	return d, err
}

func (s *Server) setCabinet(r *http.Request) (any, error) {
	var settings cabinets.Settings
	if err := decode(r, &settings); err != nil {
		return nil, err
	}
	if err := s.Desk.Set(r.Context(), sessionOf(r).Operator, r.PathValue("id"), settings); err != nil {
		return nil, err
	}
	return read(s, r, func(tx database.Tx) (cabinets.Cabinet, error) { return cabinets.Get(tx, r.PathValue("id")) })
}

func (s *Server) joinCode(r *http.Request) (any, error) {
	code, expires, err := s.Desk.JoinCode(r.Context(), sessionOf(r).Operator, r.PathValue("id"))
	return map[string]any{"code": code, "expires": expires}, err
}

func (s *Server) order(r *http.Request) (any, error) {
	var form struct {
		Action wire.Action `json:"action"`
		Slot   int         `json:"slot"`
		Parcel string      `json:"parcel"`
		Reason string      `json:"reason"`
	}
	if err := decode(r, &form); err != nil {
		return nil, err
	}
	return s.Desk.Order(r.Context(), commands.Order{
		Cabinet: r.PathValue("id"), Action: form.Action, Slot: form.Slot, Parcel: form.Parcel,
		Operator: sessionOf(r).Operator, Reason: form.Reason,
	})
}

func (s *Server) listParcels(r *http.Request) (any, error) {
	query := parcelQuery(r)
	query.Limit, query.ByID, query.After = most, r.URL.Query().Has("after"), r.URL.Query().Get("after")
	return read(s, r, func(tx database.Tx) ([]parcels.Parcel, error) { return parcels.List(tx, query, time.Now()) })
}

func (s *Server) assign(r *http.Request) (any, error) {
	var form struct {
		ID        string    `json:"id"`
		Cabinet   string    `json:"cabinet"`
		Recipient string    `json:"recipient"`
		Size      int       `json:"size"`
		Due       time.Time `json:"due"`
	}
	if err := decode(r, &form); err != nil {
		return nil, err
	}
	return s.Desk.Assign(r.Context(), sessionOf(r).Operator, parcels.Parcel{
		ID: form.ID, Cabinet: form.Cabinet, Recipient: form.Recipient, Size: form.Size, Due: form.Due,
	})
}

func (s *Server) getParcel(r *http.Request) (any, error) {
	return read(s, r, func(tx database.Tx) (parcels.Parcel, error) { return parcels.Get(tx, r.PathValue("id")) })
}

func (s *Server) recall(r *http.Request) (any, error) {
	return s.Desk.Recall(r.Context(), sessionOf(r).Operator, r.PathValue("id"))
}

func (s *Server) consent(r *http.Request) (any, error) {
	var form struct {
		Consent string `json:"consent"`
	}
	if err := decode(r, &form); err != nil {
		return nil, err
	}
	return s.Desk.Consent(r.Context(), sessionOf(r).Operator, r.PathValue("id"), form.Consent)
}

func (s *Server) sendAgain(r *http.Request) (any, error) {
	return s.Desk.SendAgain(r.Context(), sessionOf(r).Operator, r.PathValue("id"))
}
