package infosystem_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"lockerd/controller"
	"lockerd/infosystem"
	"lockerd/sync/wire"
)

// announce says that a courier brings a parcel for a number, and waits for the answer.
func (c *cabinet) announce(id byte, phone, label string) wire.Announced {
	c.t.Helper()
	request := [16]byte{id}
	info := wire.EventInfo(c.address, "announce", hex.EncodeToString(request[:]))
	sealed, err := wire.Seal(c.answer.SealKey, info, wire.AnnounceBody{Phone: phone, Label: label, Courier: "1001"})
	if err != nil {
		c.t.Fatal(err)
	}
	c.say(wire.TypeAnnounce, wire.Announce{ID: request, Sealed: sealed})
	answer := next(c.t, c.announced)
	if answer.ID != request {
		c.t.Fatalf("the answer is for another request: %+v", answer)
	}
	return answer
}

// walkUp is an information system with a courier and a cabinet at which parcels can be announced.
func walkUp(t *testing.T, settings object) (*infosystem.System, api, *cabinet) {
	t.Helper()
	s := start(t)
	a, c := apiOf(t, s), joinCabinet(t, s, "lobby")
	a.do("POST", "/api/v1/staff", object{"number": "1001", "role": "courier"}, nil)
	a.do("PUT", "/api/v1/cabinets/lobby/settings", settings, nil)
	c.hello()
	c.apply()
	return s, a, c
}

// TestAnnouncedParcel: the phone number makes a parcel and somebody to receive it, once, and the code goes there.
func TestAnnouncedParcel(t *testing.T) {
	_, a, c := walkUp(t, object{"walk_up": true})
	first := c.announce(1, "138 0013 8000", "")
	if first.Parcel == "" || first.Refusal != "" {
		t.Fatalf("answered was %+v", first)
	}
	records := c.apply()
	got := body[wire.ParcelBody](c, records[key(wire.RecordParcel, first.Parcel)])
	if got.Size != 0 || got.Due == 0 || got.Consent != "" {
		t.Errorf("the cabinet got parcel %+v", got)
	}
	if r := body[wire.RecipientBody](c, records[key(wire.RecordRecipient, got.Recipient)]); r.Name != "" || r.PhoneTail != "8000" {
		t.Errorf("the cabinet got recipient %+v", r)
	}
	if again := c.announce(1, "138 0013 8000", ""); again != first {
		t.Errorf("the same request made %+v, before %+v", again, first)
	}
	second := c.announce(2, "+8613800138000", "SF1004")
	if second.Parcel != "SF1004" {
		t.Errorf("answered was %+v", second)
	}
	if other := body[wire.ParcelBody](c, c.apply()[key(wire.RecordParcel, "SF1004")]); other.Recipient != got.Recipient {
		t.Error("the same number made two people")
	}
	c.happen(wire.Event{What: "deposited", Parcel: first.Parcel, Slot: 3}, wire.Event{What: "code-issued", Parcel: first.Parcel, Slot: 3,
		Sealed: c.seal("code-issued", first.Parcel, wire.CodeBody{Recipient: got.Recipient, Parcel: first.Parcel, Slot: 3, Code: "24681357"})})
	eventually(t, "the code is sent", func() bool {
		var sent []struct{ Kind, Phone, Text string }
		a.do("GET", "/api/v1/notices", nil, &sent)
		return len(sent) == 1 && sent[0].Phone == "+8613800138000" && sent[0].Text == "您的包裹已到Lobby of lobby，3 号门。取件码：24681357。"
	})
	_, events := a.try("GET", "/api/v1/events", nil)
	if bytes.Contains(events, []byte("00138000")) || !bytes.Contains(events, []byte(`"announced"`)) {
		t.Errorf("the events tell a phone number, or nothing of the announcement: %s", events)
	}
}

// TestAnnouncedForSomebodyKnown: who stored something is specific, and the identifications come along; a number that
// several people have names nobody.
func TestAnnouncedForSomebodyKnown(t *testing.T) {
	_, a, c := walkUp(t, object{"walk_up": true})
	ada := a.text("POST", "/api/v1/people", object{"name": "Ada", "phone": "13800004711"}, "id")
	invitation := a.text("POST", "/api/v1/people/"+ada+"/invitations", object{"cabinet": "lobby"}, "id")
	c.apply()
	c.happen(wire.Event{What: "enrolled", Who: ada, Sealed: c.seal("enrolled", ada, wire.EnrolmentBody{
		Recipient: ada, Invitation: invitation, Consent: []string{"passcode"}, Consented: 1_700_000_000,
		IDs: []string{"v1"}, Records: []wire.VerificationBody{{Recipient: ada, Kind: "passcode", Data: []byte("digits")}},
	})})
	c.apply()
	answer := c.announce(1, "13800004711", "")
	records := c.apply()
	if got := body[wire.ParcelBody](c, records[key(wire.RecordParcel, answer.Parcel)]); got.Recipient != ada {
		t.Errorf("the parcel is for %s, want %s", got.Recipient, ada)
	}
	if _, came := records[key(wire.RecordVerification, "v1")]; !came {
		t.Error("her identification did not come along")
	}
	a.do("POST", "/api/v1/people", object{"name": "Bo", "phone": "13800004711"}, nil)
	var strangers []string
	for id := byte(2); id < 4; id++ {
		answer := c.announce(id, "13800004711", "")
		strangers = append(strangers, body[wire.ParcelBody](c, c.apply()[key(wire.RecordParcel, answer.Parcel)]).Recipient)
	}
	if strangers[0] == ada || strangers[0] != strangers[1] {
		t.Errorf("the next ones are for %v, want one other than %s", strangers, ada)
	}
}

// TestAnnouncementsRefused: each reason is told, nothing is made, and a broken request is not answered.
func TestAnnouncementsRefused(t *testing.T) {
	_, a, c := walkUp(t, object{})
	if got := c.announce(1, "13800138000", ""); got.Refusal != wire.RefusedHere || got.Parcel != "" {
		t.Errorf("where it is not allowed the answer is %+v", got)
	}
	a.do("PUT", "/api/v1/cabinets/lobby/settings", object{"walk_up": true}, nil)
	c.apply()
	a.do("POST", "/api/v1/people", object{"name": "Eve", "phone": "13800138001", "agreed": "refused"}, nil)
	for i, test := range []struct {
		phone, label string
		want         wire.Refusal
	}{
		{"12", "", wire.RefusedPhone}, {"<b>", "", wire.RefusedPhone}, {strings.Repeat("1", 4000), "", wire.RefusedPhone},
		{"13800138001", "", wire.RefusedUnwanted}, {"13800138000", "a/b", wire.RefusedLabel},
	} {
		if got := c.announce(byte(i+10), test.phone, test.label); got.Refusal != test.want {
			t.Errorf("%.20q %q: %+v, want %q", test.phone, test.label, got, test.want)
		}
	}
	c.announce(20, "13800138000", "SF1")
	if got := c.announce(21, "13800138002", "SF1"); got.Refusal != wire.RefusedLabel {
		t.Errorf("a number that is taken: %+v", got)
	}
	for id := byte(30); ; id++ {
		if got := c.announce(id, "13800138000", ""); got.Refusal == wire.RefusedFull {
			break
		}
		if id > 50 {
			t.Fatal("there is no end to announcing")
		}
	}
	var people []struct{ Phone string }
	a.do("POST", "/api/v1/people/search", object{"part": "13800138002"}, &people)
	if len(people) != 0 {
		t.Error("a refused announcement left somebody behind")
	}
	c.say(wire.TypeAnnounce, wire.Announce{ID: [16]byte{99}, Sealed: []byte("garbage")})
	a.do("DELETE", "/api/v1/staff/1001", nil, nil)
	if got := c.announce(60, "13800138000", ""); got.ID[0] != 60 || got.Refusal != wire.RefusedHere {
		t.Errorf("a courier who was struck off: %+v", got)
	}
}

// TestConsentIsAsked: by a notice where the rule wants it, answered through the API, known to the cabinet; what a
// person says once for all needs no question.
func TestConsentIsAsked(t *testing.T) {
	_, a, c := walkUp(t, object{"walk_up": true, "consent": "recipient"})
	answer := c.announce(1, "13800138000", "")
	consent := func() string {
		return body[wire.ParcelBody](c, c.apply()[key(wire.RecordParcel, answer.Parcel)]).Consent
	}
	if got := consent(); got != "asked" {
		t.Errorf("the cabinet was told %q", got)
	}
	eventually(t, "the recipient is asked", func() bool {
		var sent []struct{ Kind, Parcel, Text string }
		a.do("GET", "/api/v1/notices", nil, &sent)
		return len(sent) == 1 && sent[0].Kind == "consent" && sent[0].Parcel == answer.Parcel && strings.HasPrefix(sent[0].Text, "您有一个包裹，可以放入")
	})
	for _, word := range []string{"given", "refused"} {
		a.do("POST", "/api/v1/parcels/"+answer.Parcel+"/consent", object{"consent": word}, nil)
		if got := consent(); got != word {
			t.Errorf("the cabinet was told %q, want %q", got, word)
		}
	}
	ada := a.text("POST", "/api/v1/people", object{"name": "Ada", "phone": "13800004711", "agreed": "given"}, "id")
	a.do("POST", "/api/v1/parcels", object{"id": "P-1", "cabinet": "lobby", "recipient": ada}, nil)
	if got := body[wire.ParcelBody](c, c.apply()[key(wire.RecordParcel, "P-1")]); got.Consent != "given" {
		t.Errorf("of Ada the cabinet was told %+v", got)
	}
	a.do("PUT", "/api/v1/people/"+ada, object{"name": "Ada", "phone": "13800004711", "agreed": "refused"}, nil)
	if got := body[wire.ParcelBody](c, c.apply()[key(wire.RecordParcel, "P-1")]); got.Consent != "refused" {
		t.Errorf("after she changed her mind the cabinet was told %+v", got)
	}
	bo := a.text("POST", "/api/v1/people", object{"name": "Bo", "phone": "13800000815"}, "id")
	a.do("POST", "/api/v1/parcels", object{"id": "P-2", "cabinet": "lobby", "recipient": bo, "size": 1}, nil)
	c.apply()
	c.happen(wire.Event{What: "consent-noted", Parcel: "P-2", Who: "1001"}, wire.Event{What: "consent-noted", Parcel: "P-1", Who: "1001"})
	if got := a.text("GET", "/api/v1/parcels/P-2", nil, "consent"); got != "said" {
		t.Errorf("after the courier's word it is %q", got)
	}
	if got := a.text("GET", "/api/v1/parcels/P-1", nil, "consent"); got != "refused" {
		t.Errorf("the courier's word made a refusal %q", got)
	}
	c.happen(wire.Event{What: "deposited", Parcel: "P-2", Slot: 2})
	if code, _ := a.try("POST", "/api/v1/parcels/P-2/consent", object{"consent": "refused"}); code != 409 {
		t.Errorf("refusing what lies in its slot gave %d", code)
	}
}

// TestSaidOnceForAll: what a person says of lockers reaches the parcels that are expected, save those that they
// answered about; taken back, they are asked again. Another change of the person changes no answer.
func TestSaidOnceForAll(t *testing.T) {
	_, a, _ := walkUp(t, object{"consent": "courier"})
	ada := a.text("POST", "/api/v1/people", object{"name": "Ada", "phone": "13800004711"}, "id")
	for _, id := range []string{"own", "standing"} {
		a.do("POST", "/api/v1/parcels", object{"id": id, "cabinet": "lobby", "recipient": ada}, nil)
	}
	a.do("POST", "/api/v1/parcels/own/consent", object{"consent": "refused"}, nil)
	for _, step := range []struct{ name, agreed, own, standing string }{
		{"Ada", "given", "refused", "given"},
		{"Ada B.", "given", "refused", "given"},
		{"Ada B.", "", "refused", "asked"},
		{"Ada B.", "refused", "refused", "refused"},
		{"Ada B.", "given", "refused", "given"},
	} {
		a.do("PUT", "/api/v1/people/"+ada, object{"name": step.name, "phone": "13800004711", "agreed": step.agreed}, nil)
		for id, want := range map[string]string{"own": step.own, "standing": step.standing} {
			if got := a.text("GET", "/api/v1/parcels/"+id, nil, "consent"); got != want {
				t.Errorf("%+v: consent of %s is %q, want %q", step, id, got, want)
			}
		}
	}
	a.do("POST", "/api/v1/parcels/standing/consent", object{"consent": "refused"}, nil)
	a.do("PUT", "/api/v1/people/"+ada, object{"name": "Ada", "phone": "13800004712", "agreed": "given"}, nil)
	if got := a.text("GET", "/api/v1/parcels/standing", nil, "consent"); got != "refused" {
		t.Errorf("a new phone number made a refusal %q", got)
	}
	var sent []struct{ Kind, Parcel string }
	a.do("GET", "/api/v1/notices", nil, &sent)
	asked := 0
	for _, n := range sent {
		if n.Kind == "consent" && n.Parcel == "standing" {
			asked++
		}
	}
	if asked != 2 {
		t.Errorf("asked %d times, want at the assignment and when the answer was taken back", asked)
	}
}

// TestRuleSwitchedOn: a rule of consent asks the recipients of parcels that are expected already, once.
func TestRuleSwitchedOn(t *testing.T) {
	_, a, c := walkUp(t, object{})
	ada := a.text("POST", "/api/v1/people", object{"name": "Ada", "phone": "13800004711"}, "id")
	for _, id := range []string{"open", "answered", "stored"} {
		a.do("POST", "/api/v1/parcels", object{"id": id, "cabinet": "lobby", "recipient": ada, "size": 1}, nil)
	}
	a.do("POST", "/api/v1/parcels/answered/consent", object{"consent": "given"}, nil)
	c.apply()
	c.happen(wire.Event{What: "deposited", Parcel: "stored", Slot: 2})
	for range 2 {
		a.do("PUT", "/api/v1/cabinets/lobby/settings", object{"consent": "recipient"}, nil)
		for id, want := range map[string]string{"open": "asked", "answered": "given"} {
			if got := a.text("GET", "/api/v1/parcels/"+id, nil, "consent"); got != want {
				t.Errorf("consent of %s is %q, want %q", id, got, want)
			}
		}
		var sent []struct{ Kind, Parcel string }
		a.do("GET", "/api/v1/notices", nil, &sent)
		asked := slices.DeleteFunc(sent, func(n struct{ Kind, Parcel string }) bool { return n.Kind != "consent" })
		if len(asked) != 1 || asked[0].Parcel != "open" {
			t.Errorf("asked is of %v, want of the open one, once", asked)
		}
	}
	for told := ""; told != "asked"; { // the cabinet hears of it after what came before
		if r, ok := c.apply()[key(wire.RecordParcel, "open")]; ok {
			told = body[wire.ParcelBody](c, r).Consent
		}
	}
}

// TestAnnounceThroughTheLink has a cabinet's own link announce a parcel.
func TestAnnounceThroughTheLink(t *testing.T) {
	s := start(t)
	a := apiOf(t, s)
	cabinet, l := joinLink(t, s)
	a.do("POST", "/api/v1/staff", object{"number": "1001", "role": "courier"}, nil)
	a.do("PUT", "/api/v1/cabinets/lobby/settings", object{"walk_up": true, "consent": "courier"}, nil)
	eventually(t, "the cabinet has joined", func() bool { return a.online("lobby") })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	id, err := l.Announce(ctx, controller.Announcement{ID: [16]byte{1}, Phone: "13800138000", Courier: "1001"})
	if err != nil || id == "" {
		t.Fatalf("announced %q, %v", id, err)
	}
	eventually(t, "the cabinet knows the settings and the recipient", func() bool {
		kept, err := cabinet.Remembered()
		people, counted := cabinet.Count()
		return err == nil && counted == nil && kept.Settings.WalkUp && kept.Settings.Consent == controller.ConsentByCourier && people.Recipients == 1
	})
}
