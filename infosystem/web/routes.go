package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

func (s *Server) routePages() {
	s.pages = parsePages()
	s.mux.Handle("GET /static/", static())
	s.mux.HandleFunc("GET /live", s.page(s.Live.serve))
	s.mux.HandleFunc("GET /sign-in", func(w http.ResponseWriter, r *http.Request) {
		s.show(w, "sign-in", http.StatusOK, frame{Title: "Sign in", Hint: s.Hint})
	})
	s.mux.HandleFunc("POST /sign-in", s.postSignIn)
	s.mux.HandleFunc("POST /sign-out", s.page(func(w http.ResponseWriter, r *http.Request) {
		if err := s.signOut(w, r); err != nil {
			s.fail(w, err)
			return
		}
		http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
	}))
	for path, page := range map[string]http.HandlerFunc{
		"/{$}": s.overviewPage, "/people": s.peoplePage, foundPeople: s.peoplePage, "/people/{id}": s.personPage,
		"/parcels": s.parcelsPage, foundParcels: s.parcelsPage,
		"/cabinets/{id}": s.cabinetPage, "/staff": s.staffPage, "/events": s.eventsPage, "/notices": s.noticesPage,
		"/account": func(w http.ResponseWriter, r *http.Request) {
			s.show(w, "account", http.StatusOK, s.frame(r, "Password", "account"))
		},
	} {
		s.mux.HandleFunc("GET "+path, s.page(page))
	}
	same := func(path string) func(*http.Request) string { return func(*http.Request) string { return path } }
	of := func(prefix string) func(*http.Request) string {
		return func(r *http.Request) string { return prefix + r.PathValue("id") }
	}
	post := func(path string, do func(*http.Request) (flash, error), back func(*http.Request) string) {
		s.mux.HandleFunc("POST "+path, s.form(do, back))
	}
	post("/people", s.formAddPerson, same("/people"))
	s.mux.HandleFunc("POST /people/search", s.postSearch(foundPeople))
	s.mux.HandleFunc("POST /parcels/search", s.postSearch(foundParcels))
	post("/people/{id}", s.formChangePerson, of("/people/"))
	post("/people/{id}/invite", s.formInvite, of("/people/"))
	post("/people/{id}/withdraw", s.formWithdraw, of("/people/"))
	post("/people/{id}/erase", s.formErase, same("/people"))
	post("/parcels", s.formAssign, fromParcels)
	post("/parcels/{id}/recall", s.formRecall, fromParcels)
	post("/parcels/{id}/code", s.formSendAgain, fromParcels)
	post("/parcels/{id}/consent", s.formConsent, fromParcels)
	post("/cabinets", s.formAddCabinet, func(r *http.Request) string { return "/" })
	post("/cabinets/{id}/settings", s.formSettings, of("/cabinets/"))
	post("/cabinets/{id}/join-code", s.formJoinCode, of("/cabinets/"))
	post("/cabinets/{id}/open", s.formOpen, of("/cabinets/"))
	post("/cabinets/{id}/reboot", s.formReboot, of("/cabinets/"))
	post("/staff", s.formAddStaff, same("/staff"))
	post("/staff/{number}/remove", s.formRemoveStaff, same("/staff"))
	post("/account", s.formPassword, same("/account"))
}

// postSignIn needs no CSRF token: there is no session yet, and the cookie that it makes is SameSite=Strict.
// A form that comes from another site is refused all the same.
func (s *Server) postSignIn(w http.ResponseWriter, r *http.Request) {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		http.Error(w, "Sign in on this site's own page.", http.StatusForbidden)
		return
	}
	if err := s.signIn(w, r); err != nil {
		code, text := s.explain(err)
		page := frame{Title: "Sign in", Hint: s.Hint, Flash: &flash{Text: text, Bad: true}}
		s.show(w, "sign-in", code, page)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// fromParcels is the page that a form about a parcel stood on, such as one that shows what was searched for.
func fromParcels(r *http.Request) string {
	from, err := url.Parse(r.Referer())
	if err != nil || from.Path != foundParcels && from.Path != "/parcels" && !strings.HasPrefix(from.Path, "/people/r-") {
		return "/parcels"
	}
	return (&url.URL{Path: from.Path, RawQuery: from.RawQuery}).String()
}

// days reads how many days from now something is due; empty is never.
func days(text string, now time.Time) (time.Time, error) {
	if strings.TrimSpace(text) == "" {
		return time.Time{}, nil
	}
	n, err := number(text, 0)
	if err != nil {
		return time.Time{}, err
	}
	return now.AddDate(0, 0, int(min(n, 365))), nil
}
