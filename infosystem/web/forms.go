package web

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"lockerd/infosystem/cabinets"
	"lockerd/infosystem/commands"
	"lockerd/infosystem/database"
	"lockerd/infosystem/operators"
	"lockerd/infosystem/parcels"
	"lockerd/infosystem/people"
	"lockerd/infosystem/staff"
	"lockerd/matcher"
	"lockerd/sync/wire"
)

func detailsOf(r *http.Request) people.Details {
	return people.Details{
		Name: r.PostFormValue("name"), Phone: r.PostFormValue("phone"), Language: r.PostFormValue("language"),
		LowSlot: r.PostFormValue("low_slot") != "", Policy: r.PostFormValue("policy"), Agreed: r.PostFormValue("agreed"),
	}
}

func (s *Server) formAddPerson(r *http.Request) (flash, error) {
	p, err := s.Desk.AddPerson(r.Context(), sessionOf(r).Operator, detailsOf(r))
	return flash{Text: p.Name + " was added."}, err
}

func (s *Server) formChangePerson(r *http.Request) (flash, error) {
	return flash{Text: "Saved."}, s.Desk.ChangePerson(r.Context(), sessionOf(r).Operator, r.PathValue("id"), detailsOf(r))
}

func (s *Server) formInvite(r *http.Request) (flash, error) {
	i, err := s.Desk.Invite(r.Context(), sessionOf(r).Operator, r.PathValue("id"), r.PostFormValue("cabinet"))
	return flash{Text: fmt.Sprintf("Invited; the code was sent, too. It works at %s until %s.", i.Cabinet, i.Expires.Format("2 January")), Secret: i.Code}, err
}

func (s *Server) formWithdraw(r *http.Request) (flash, error) {
	kind := matcher.Kind(r.PostFormValue("kind"))
	return flash{Text: "The verification information was destroyed, here and at the cabinets."},
		s.Desk.Withdraw(r.Context(), sessionOf(r).Operator, r.PathValue("id"), kind)
}

func (s *Server) formErase(r *http.Request) (flash, error) {
	return flash{Text: "The person was erased."}, s.Desk.RemovePerson(r.Context(), sessionOf(r).Operator, r.PathValue("id"))
}

func (s *Server) formAssign(r *http.Request) (flash, error) {
	due, err := days(r.PostFormValue("days"), time.Now())
	if err != nil {
		return flash{}, err
	}
	size, err := number(r.PostFormValue("size"), 0)
	if err != nil {
		return flash{}, err
	}
	var recipient people.Person
	err = s.Desk.View(r.Context(), func(tx database.Tx) (err error) {
		recipient, err = people.Named(tx, r.PostFormValue("recipient"))
		return err
	})
	if err != nil {
		return flash{}, err
	}
	p, err := s.Desk.Assign(r.Context(), sessionOf(r).Operator, parcels.Parcel{
		ID: r.PostFormValue("id"), Cabinet: r.PostFormValue("cabinet"), Recipient: recipient.ID, Size: int(min(size, 9)), Due: due,
	})
	judged := "its recipient is not specific: a pickup code will be sent"
	if p.Specific {
		judged = "its recipient is specific: the first identification goes to the cabinet"
	}
	return flash{Text: fmt.Sprintf("Parcel %s is expected; %s.", p.ID, judged)}, err
}

func (s *Server) formRecall(r *http.Request) (flash, error) {
	p, err := s.Desk.Recall(r.Context(), sessionOf(r).Operator, r.PathValue("id"))
	return flash{Text: "Parcel " + p.ID + " is recalled."}, err
}

func (s *Server) formConsent(r *http.Request) (flash, error) {
	p, err := s.Desk.Consent(r.Context(), sessionOf(r).Operator, r.PathValue("id"), r.PostFormValue("consent"))
	return flash{Text: "Recorded for parcel " + p.ID + "; the cabinet is told."}, err
}

func (s *Server) formSendAgain(r *http.Request) (flash, error) {
	_, err := s.Desk.SendAgain(r.Context(), sessionOf(r).Operator, r.PathValue("id"))
	return flash{Text: "The cabinet was told to issue a new code; it is sent as soon as it comes, and the old one is void."}, err
}

func (s *Server) formAddCabinet(r *http.Request) (flash, error) {
	err := s.Desk.AddCabinet(r.Context(), sessionOf(r).Operator, r.PostFormValue("id"), r.PostFormValue("name"))
	return flash{Text: "Added. Make it a join code next."}, err
}

func (s *Server) formSettings(r *http.Request) (flash, error) {
	settings := cabinets.Settings{
		Policy: r.PostFormValue("policy"), Codes: r.PostFormValue("codes"),
		WalkUp: r.PostFormValue("walk_up") != "", Consent: r.PostFormValue("consent"),
	}
	for _, kind := range r.PostForm["off"] {
		settings.Off = append(settings.Off, matcher.Kind(kind))
	}
	said := flash{Text: "Saved; the cabinet is told."}
	if !settings.CodeOpens() {
		said = flash{Text: "Saved; the cabinet is told. But a pickup code alone opens no door there now: who has stored nothing cannot pick up.", Bad: true}
	}
	return said, s.Desk.Set(r.Context(), sessionOf(r).Operator, r.PathValue("id"), settings)
}

func (s *Server) formJoinCode(r *http.Request) (flash, error) {
	code, expires, err := s.Desk.JoinCode(r.Context(), sessionOf(r).Operator, r.PathValue("id"))
	return flash{Text: "Join code, shown this once, good until " + expires.Format("2 January 15:04") + ":", Secret: code}, err
}

func (s *Server) formOpen(r *http.Request) (flash, error) {
	slot, err := number(r.PostFormValue("slot"), 0)
	if err != nil {
		return flash{}, err
	}
	_, err = s.Desk.Order(r.Context(), commands.Order{
		Cabinet: r.PathValue("id"), Action: wire.ActionOpen, Slot: int(min(slot, cabinets.MaxSlots+1)),
		Operator: sessionOf(r).Operator, Reason: r.PostFormValue("reason"),
	})
	return flash{Text: "The command was sent; its result appears below."}, err
}

func (s *Server) formReboot(r *http.Request) (flash, error) {
	_, err := s.Desk.Order(r.Context(), commands.Order{
		Cabinet: r.PathValue("id"), Action: wire.ActionReboot, Operator: sessionOf(r).Operator, Reason: r.PostFormValue("reason"),
	})
	return flash{Text: "The command was sent; its result appears below."}, err
}

func (s *Server) formAddStaff(r *http.Request) (flash, error) {
	member := staff.Member{
		Number: r.PostFormValue("number"), Name: r.PostFormValue("name"), Role: staff.Role(r.PostFormValue("role")),
		OneTime: r.PostFormValue("one_time") != "", Badge: strings.TrimSpace(r.PostFormValue("badge")),
	}
	secret, err := s.Desk.AddStaff(r.Context(), sessionOf(r).Operator, member, "")
	return flash{Text: fmt.Sprintf("Added %s %s. The secret, shown this once:", member.Role, member.Number), Secret: secret}, err
}

func (s *Server) formRemoveStaff(r *http.Request) (flash, error) {
	return flash{Text: "Removed at every cabinet."}, s.Desk.RemoveStaff(r.Context(), sessionOf(r).Operator, r.PathValue("number"))
}

func (s *Server) formPassword(r *http.Request) (flash, error) {
	name := sessionOf(r).Operator
	err := s.Desk.View(r.Context(), func(tx database.Tx) error {
		return s.gate.Check(tx, name, r.PostFormValue("old"), s.addressOf(r), time.Now())
	})
	if err == nil {
		err = s.Desk.DB.Update(r.Context(), func(tx database.Tx) error { return operators.SetPassword(tx, name, r.PostFormValue("new")) })
	}
	return flash{Text: "Changed. Sign in again."}, err
}
