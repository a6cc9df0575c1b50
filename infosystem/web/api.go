package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"lockerd/infosystem/cabinets"
	"lockerd/infosystem/commands"
	"lockerd/infosystem/database"
	"lockerd/infosystem/events"
	"lockerd/infosystem/notices"
	"lockerd/infosystem/operators"
	"lockerd/infosystem/staff"
	"lockerd/sync/wire"
)

// most is how many rows an answer has at most.
const most = 1000

func (s *Server) routeAPI() {
	routes := map[string]func(*http.Request) (any, error){
		"GET /api/v1/people":                      s.listPeople,
		"POST /api/v1/people":                     s.addPerson,
		"POST /api/v1/people/search":              s.searchPeople,
		"GET /api/v1/people/{id}":                 s.getPerson,
		"PUT /api/v1/people/{id}":                 s.changePerson,
		"DELETE /api/v1/people/{id}":              s.removePerson,
		"DELETE /api/v1/people/{id}/verification": s.withdraw,
		"POST /api/v1/people/{id}/invitations":    s.invite,
		"GET /api/v1/parcels":                     s.listParcels,
		"POST /api/v1/parcels":                    s.assign,
		"GET /api/v1/parcels/{id}":                s.getParcel,
		"POST /api/v1/parcels/{id}/recall":        s.recall,
		"POST /api/v1/parcels/{id}/code":          s.sendAgain,
		"POST /api/v1/parcels/{id}/consent":       s.consent,
		"GET /api/v1/staff":                       s.listStaff,
		"POST /api/v1/staff":                      s.addStaff,
		"DELETE /api/v1/staff/{number}":           s.removeStaff,
		"GET /api/v1/cabinets":                    s.listCabinets,
		"POST /api/v1/cabinets":                   s.addCabinet,
		"GET /api/v1/cabinets/{id}":               s.getCabinet,
		"PUT /api/v1/cabinets/{id}/settings":      s.setCabinet,
		"POST /api/v1/cabinets/{id}/join-codes":   s.joinCode,
		"POST /api/v1/cabinets/{id}/commands":     s.order,
		"GET /api/v1/cabinets/{id}/commands":      s.listCommands,
		"GET /api/v1/commands/{id}":               s.getCommand,
		"GET /api/v1/events":                      s.listEvents,
		"GET /api/v1/notices":                     s.listNotices,
	}
	for route, handle := range routes {
		s.mux.HandleFunc(route, s.api(handle))
	}
	s.mux.HandleFunc("POST /api/v1/join", func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, s.join) })
	s.mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		answerError(w, http.StatusNotFound, "there is no such part of the API")
	})
}

// answer runs a handler and writes what it returns as JSON.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, handle func(*http.Request) (any, error)) {
	content, err := handle(r)
	if err != nil {
		code, text := s.explain(err)
		answerError(w, code, text)
		return
	}
	var body bytes.Buffer
	if err := json.NewEncoder(&body).Encode(content); err != nil {
		code, text := s.explain(err)
		answerError(w, code, text)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(body.Bytes())
}

func answerError(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "application/json")
	if code == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "60")
	}
	w.WriteHeader(code)
	json.NewEncoder(w).Encode(map[string]string{"error": text})
}

// decode reads a JSON body strictly. Nothing of the body is in the error but what JSON itself says.
func decode(r *http.Request, content any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return fmt.Errorf("%w: the body must be application/json", database.ErrInvalid)
	}
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(content); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return fmt.Errorf("%w: the body has more than %d bytes", database.ErrInvalid, large.Limit)
		}
		return fmt.Errorf("%w: cannot read the JSON body: %w", database.ErrInvalid, err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return fmt.Errorf("%w: there is something behind the JSON body", database.ErrInvalid)
	}
	return nil
}

// join takes a cabinet in. Whoever asks with wrong codes is slowed down: cabinets wait and ask again.
func (s *Server) join(r *http.Request) (any, error) {
	from := s.addressOf(r)
	if !s.joins.allow(from, time.Now()) {
		return nil, operators.ErrWait
	}
	var request wire.JoinRequest
	err := decode(r, &request)
	var answer wire.JoinAnswer
	if err == nil {
		answer, err = s.Desk.Join(r.Context(), request)
	}
	if err != nil {
		s.joins.fail(from, time.Now())
	}
	return answer, err
}

func (s *Server) listStaff(r *http.Request) (any, error) {
	return read(s, r, staff.List)
}

func (s *Server) addStaff(r *http.Request) (any, error) {
	var form struct {
		Number  string     `json:"number"`
		Name    string     `json:"name"`
		Role    staff.Role `json:"role"`
		Secret  string     `json:"secret"`
		OneTime *bool      `json:"one_time"`
		Badge   string     `json:"badge"`
	}
	if err := decode(r, &form); err != nil {
		return nil, err
	}
	member := staff.Member{Number: form.Number, Name: form.Name, Role: form.Role, OneTime: form.OneTime == nil || *form.OneTime, Badge: form.Badge}
	secret, err := s.Desk.AddStaff(r.Context(), sessionOf(r).Operator, member, form.Secret)
	return map[string]any{"number": form.Number, "role": form.Role, "secret": secret}, err
}

func (s *Server) removeStaff(r *http.Request) (any, error) {
	return done, s.Desk.RemoveStaff(r.Context(), sessionOf(r).Operator, r.PathValue("number"))
}

func (s *Server) listEvents(r *http.Request) (any, error) {
	query := r.URL.Query()
	limit, err := number(query.Get("limit"), 100)
	if err != nil {
		return nil, err
	}
	after, err := number(query.Get("after"), -1)
	if err != nil {
		return nil, err
	}
	before, err := number(query.Get("before"), 0)
	if err != nil {
		return nil, err
	}
	return read(s, r, func(tx database.Tx) ([]events.Line, error) {
		if after >= 0 {
			return events.After(tx, after, int(min(limit, most)))
		}
		return events.Newest(tx, events.Query{Parcel: query.Get("parcel"), Cabinet: query.Get("cabinet"), Before: before}, int(min(limit, most)))
	})
}

func (s *Server) listNotices(r *http.Request) (any, error) {
	query := r.URL.Query()
	before, err := number(query.Get("before"), 0)
	if err != nil {
		return nil, err
	}
	return read(s, r, func(tx database.Tx) ([]notices.Notice, error) {
		return s.notices(tx, notices.Query{State: notices.State(query.Get("state")), Before: before}, 200)
	})
}

// notices returns notices; without an outbox their texts are nobody's business here.
func (s *Server) notices(tx database.Tx, q notices.Query, limit int) ([]notices.Notice, error) {
	all, err := notices.List(tx, s.Desk.Box, q, limit)
	for i := range all {
		if !s.Outbox {
			all[i].Message = notices.Message{}
		}
	}
	return all, err
}

func (s *Server) getCommand(r *http.Request) (any, error) {
	return read(s, r, func(tx database.Tx) (commands.Command, error) { return commands.Get(tx, r.PathValue("id")) })
}

func (s *Server) listCommands(r *http.Request) (any, error) {
	return read(s, r, func(tx database.Tx) ([]commands.Command, error) {
		if _, err := cabinets.Get(tx, r.PathValue("id")); err != nil {
			return nil, err
		}
		return commands.List(tx, r.PathValue("id"), 100)
	})
}

// done is the answer of what has nothing else to say.
var done = map[string]bool{"done": true}

// read answers with what one function reads; an empty list is [].
func read[T any](s *Server, r *http.Request, from func(database.Tx) (T, error)) (any, error) {
	var content T
	err := s.Desk.View(r.Context(), func(tx database.Tx) (err error) {
		content, err = from(tx)
		return err
	})
	return content, err
}

func number(text string, absent int64) (int64, error) {
	if text == "" {
		return absent, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%w: %.20q is no number from 0 on", database.ErrInvalid, text)
	}
	return n, nil
}
