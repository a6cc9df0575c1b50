package infosystem_test

import (
	"slices"
	"testing"

	"lockerd/sync/wire"
)

// invite has an operator invite a person at the cabinet lobby, and returns the invitation.
func (a api) invite(person string) string {
	a.t.Helper()
	return a.text("POST", "/api/v1/people/"+person+"/invitations", object{"cabinet": "lobby"}, "id")
}

// kinds counts what is stored of a person.
func (a api) kinds(person string) map[string]int {
	a.t.Helper()
	var dossier struct{ Kinds map[string]int }
	a.do("GET", "/api/v1/people/"+person, nil, &dossier)
	return dossier.Kinds
}

// enrolment is what a person enrols with an invitation and agrees to; a record is called v-KIND.
func enrolment(person, invitation string, kinds ...string) wire.EnrolmentBody {
	e := wire.EnrolmentBody{Recipient: person, Invitation: invitation, Consent: kinds, Consented: 1_700_000_000}
	for _, kind := range kinds {
		e.IDs = append(e.IDs, "v-"+kind)
		e.Records = append(e.Records, wire.VerificationBody{Recipient: person, Kind: kind, Data: []byte("what " + kind + " gave")})
	}
	return e
}

// enrolled is the cabinet's event of an enrolment.
func (c *cabinet) enrolled(e wire.EnrolmentBody) wire.Event {
	c.t.Helper()
	return wire.Event{What: "enrolled", Who: e.Recipient, Sealed: c.seal("enrolled", e.Recipient, e)}
}

func TestEnrolmentIsBoundToInvitationAndConsent(t *testing.T) {
	s := start(t)
	a, c, bo := ready(t, s)
	first := a.invite(bo)
	other := enrolment(bo, first, "pattern")
	other.Consent = []string{"fingerprint"}
	c.happen(c.enrolled(other))
	if len(a.kinds(bo)) != 0 {
		t.Error("a pattern was stored to which nobody consented")
	}
	c.happen(c.enrolled(enrolment(bo, first, "pattern")), c.enrolled(enrolment(bo, first, "pattern")))
	if all := lines(a); a.kinds(bo)["pattern"] != 1 || all[len(all)-1].Problem == "" {
		t.Errorf("after one good and one second use of an invitation: %v, %+v", a.kinds(bo), all[len(all)-1])
	}
	second := a.invite(bo)
	a.do("DELETE", "/api/v1/people/"+bo+"/verification", nil, nil)
	c.happen(c.enrolled(enrolment(bo, second, "pattern")))
	if len(a.kinds(bo)) != 0 {
		t.Error("an enrolment that came after the withdrawal was stored")
	}
}

// TestWithdrawnAtTheCabinet: a kind that was withdrawn there is destroyed here, by the invitation, and nothing
// else is; a cabinet's word alone destroys nothing.
func TestWithdrawnAtTheCabinet(t *testing.T) {
	s := start(t)
	a, c, bo := ready(t, s)
	c.happen(c.enrolled(enrolment(bo, a.invite(bo), "pattern", "passcode")))
	c.happen(wire.Event{What: "withdrawn", Who: bo, Kinds: []string{"pattern"}})
	if got := a.kinds(bo); len(got) != 2 {
		t.Errorf("without an invitation %v are left", got)
	}
	a.invite(bo)
	for _, bad := range [][]string{nil, {""}, {"face"}} {
		c.happen(wire.Event{What: "withdrawn", Who: bo, Kinds: bad})
		if got := a.kinds(bo); len(got) != 2 {
			t.Errorf("after %q was withdrawn %v are left", bad, got)
		}
	}
	c.happen(wire.Event{What: "withdrawn", Who: bo, Kinds: []string{"pattern"}})
	if got := a.kinds(bo); len(got) != 1 || got["passcode"] != 1 {
		t.Errorf("after the pattern was withdrawn %v are left", got)
	}
}

// TestErasureReachesOtherCabinets: what is erased at one cabinet goes from all that hold the person.
func TestErasureReachesOtherCabinets(t *testing.T) {
	s := start(t)
	a, c, bo := ready(t, s)
	other := joinCabinet(t, s, "yard")
	other.hello()
	other.apply()
	invitation := a.invite(bo)
	a.do("POST", "/api/v1/parcels", object{"id": "P-2", "cabinet": "yard", "recipient": bo, "size": 1}, nil)
	other.apply()
	c.happen(c.enrolled(enrolment(bo, invitation, "passcode")))
	erasing := func() []string {
		var dossier struct{ Erasing []string }
		a.do("GET", "/api/v1/people/"+bo, nil, &dossier)
		return dossier.Erasing
	}
	if records := other.apply(); records[key(wire.RecordVerification, "v-passcode")].Gone || len(records) != 1 {
		t.Errorf("after the enrolment the other cabinet got %v", records)
	}
	a.invite(bo)
	c.happen(wire.Event{What: "erased", Who: bo})
	if got := erasing(); !slices.Contains(got, "yard") {
		t.Errorf("before the other cabinet said so it is erased everywhere but at %v", got)
	}
	if records := other.apply(); !records[key(wire.RecordVerification, "v-passcode")].Gone {
		t.Errorf("after the erasure the other cabinet got %v", records)
	}
	eventually(t, "every cabinet has said that it erased", func() bool {
		for _, each := range []*cabinet{c, other} {
			if len(each.deltas) > 0 {
				each.apply()
			}
		}
		return len(erasing()) == 0
	})
}
