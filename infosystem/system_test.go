package infosystem_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lockerd/infosystem"
	"lockerd/sync/wire"
)

// socket is a path short enough for a unix socket.
func socket(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "signer")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "s.sock")
}

// run runs a system until the test ends.
func run(t testing.TB, s *infosystem.System) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	}
	t.Cleanup(stop)
	return stop
}

func TestParcelOfSpecificRecipient(t *testing.T) {
	s := start(t)
	a, c := apiOf(t, s), joinCabinet(t, s, "lobby")
	if w := c.hello(); w.Acked != 0 || w.Latest == 0 {
		t.Errorf("welcome %+v", w)
	}
	c.apply() // settings

	ada := a.text("POST", "/api/v1/people", object{"name": "Ada", "phone": "+44 7700 900123", "language": "en"}, "id")
	code := a.text("POST", "/api/v1/people/"+ada+"/invitations", object{"cabinet": "lobby"}, "code")
	records := c.apply()
	var invitation wire.Record
	for _, r := range records {
		if r.Kind == wire.RecordInvitation {
			invitation = r
		}
	}
	if got := body[wire.InvitationBody](c, invitation); got.Recipient != ada || got.Code != code {
		t.Errorf("the cabinet got invitation %+v, want one for %s", got, ada)
	}
	if got := body[wire.RecipientBody](c, records[key(wire.RecordRecipient, ada)]); got.Name != "Ada" || got.PhoneTail != "0123" {
		t.Errorf("the cabinet got recipient %+v", got)
	}

	// She enrols: the invitation is spent, and with no parcel there the cabinet has no need of her.
	c.happen(wire.Event{What: "enrolled", Who: ada, Sealed: c.seal("enrolled", ada, wire.EnrolmentBody{
		Recipient: ada, Invitation: invitation.ID, Consent: []string{"fingerprint", "pattern"}, Consented: 1_700_000_000,
		IDs: []string{"v1", "v2"},
		Records: []wire.VerificationBody{
			{Recipient: ada, Kind: "fingerprint", Label: "right index", Data: []byte("ridges"), Character: []byte("page")},
			{Recipient: ada, Kind: "pattern", Data: []byte("dots")},
		},
	})})
	records = c.apply()
	for _, k := range []string{key(wire.RecordRecipient, ada), invitation.Key()} {
		if !records[k].Gone {
			t.Errorf("%s is not gone after the enrolment", k)
		}
	}
	var dossier struct {
		Kinds    map[string]int
		Consents []struct{ Kind, Text string }
	}
	a.do("GET", "/api/v1/people/"+ada, nil, &dossier)
	if dossier.Kinds["fingerprint"] != 1 || dossier.Kinds["pattern"] != 1 || len(dossier.Consents) != 2 {
		t.Errorf("after the enrolment the dossier is %+v", dossier)
	}

	// A parcel for her: the first identifications come with it.
	var parcel struct {
		ID       string
		Specific bool
	}
	a.do("POST", "/api/v1/parcels", object{"id": "P-1", "cabinet": "lobby", "recipient": ada, "size": 1}, &parcel)
	if !parcel.Specific {
		t.Error("an enrolled recipient is not judged specific")
	}
	records = c.apply()
	if got := body[wire.VerificationBody](c, records[key(wire.RecordVerification, "v1")]); string(got.Data) != "ridges" || string(got.Character) != "page" || got.Label != "right index" {
		t.Errorf("the cabinet got verification information %+v", got)
	}
	if got := body[wire.ParcelBody](c, records[key(wire.RecordParcel, "P-1")]); got.Recipient != ada || got.Size != 1 {
		t.Errorf("the cabinet got parcel %+v", got)
	}

	c.happen(wire.Event{What: "deposited", Parcel: "P-1", Slot: 4, Who: "100"})
	if text := noticeText(t, a, "arrival"); !strings.Contains(text, "door 4") {
		t.Errorf("the arrival notice says %q", text)
	}
	c.happen(wire.Event{What: "collected", Parcel: "P-1", Slot: 4, Who: ada})
	if phase := a.text("GET", "/api/v1/parcels/P-1", nil, "phase"); phase != "collected" {
		t.Errorf("the parcel is %s, want collected", phase)
	}
	if records = c.apply(); !records[key(wire.RecordParcel, "P-1")].Gone || !records[key(wire.RecordVerification, "v1")].Gone {
		t.Errorf("after the pickup the cabinet still has %v", records)
	}
}

// noticeText returns the text of the newest notice of a kind.
func noticeText(t *testing.T, a api, kind string) (text string) {
	t.Helper()
	var all []struct{ Kind, Text, State string }
	eventually(t, "a notice "+kind+" was sent", func() bool {
		a.do("GET", "/api/v1/notices", nil, &all)
		for _, n := range all {
			if n.Kind == kind {
				text = n.Text
				return n.State == "sent"
			}
		}
		return false
	})
	return text
}

func TestParcelOfAnybodyElse(t *testing.T) {
	s := start(t)
	a, c := apiOf(t, s), joinCabinet(t, s, "lobby")
	c.hello()
	c.apply()
	bo := a.text("POST", "/api/v1/people", object{"name": "Bo", "phone": "13800138000"}, "id")
	var parcel struct{ Specific bool }
	a.do("POST", "/api/v1/parcels", object{"id": "P-2", "cabinet": "lobby", "recipient": bo, "size": 2}, &parcel)
	if parcel.Specific {
		t.Error("somebody without stored identification is judged specific")
	}
	c.apply()
	code := func(digits string) wire.Event {
		return wire.Event{What: "code-issued", Parcel: "P-2", Slot: 5, Who: bo, Sealed: c.seal("code-issued", "P-2",
			wire.CodeBody{Recipient: bo, Parcel: "P-2", Slot: 5, Code: digits})}
	}
	c.happen(wire.Event{What: "deposited", Parcel: "P-2", Slot: 5}, code("12345678"))
	if text := noticeText(t, a, "code"); !strings.Contains(text, "12345678") {
		t.Errorf("the notice says %q", text)
	}

	// Send it again: a command to the cabinet, which issues another code.
	command := a.text("POST", "/api/v1/parcels/P-2/code", nil, "id")
	got := next(t, c.commands)
	if got.ID != command || got.Action != wire.ActionRecode || got.Parcel != "P-2" || got.Nonce != c.nonce {
		t.Errorf("the cabinet got %+v", got)
	}
	c.happen(wire.Event{What: "command-done", Command: command}, code("87654321"))
	eventually(t, "the new code's notice", func() bool { return strings.Contains(noticeText(t, a, "code"), "87654321") })
	if state := a.text("GET", "/api/v1/commands/"+command, nil, "state"); state != "done" {
		t.Errorf("the command is %s", state)
	}
	var all []struct{ Kind, State, Text string }
	a.do("GET", "/api/v1/notices", nil, &all)
	if len(all) != 2 || all[1].State != "void" || all[1].Text != "" {
		t.Errorf("the old code is still there: %+v", all)
	}
}

func TestOpenCommand(t *testing.T) {
	s := start(t)
	a, c := apiOf(t, s), joinCabinet(t, s, "lobby")
	order := object{"action": "open", "slot": 3, "reason": "hand is stuck"}
	if code, raw := a.try("POST", "/api/v1/cabinets/lobby/commands", order); code != 503 {
		t.Errorf("a command to a cabinet that is away gave %d %s", code, raw)
	}
	c.hello()
	command := a.text("POST", "/api/v1/cabinets/lobby/commands", order, "id")
	got := next(t, c.commands)
	if got.ID != command || got.Slot != 3 || got.Nonce != c.nonce || got.Uptime < 1_000_000 || got.TTL != 30_000 || got.By != "api" || got.Reason != "hand is stuck" {
		t.Errorf("the cabinet got %+v", got)
	}
	if again := next(t, c.commands); again.ID != command {
		t.Errorf("the repetition is %+v", again)
	}
	if code, raw := a.try("POST", "/api/v1/cabinets/lobby/commands", order); code != 409 {
		t.Errorf("a second command for the door gave %d %s", code, raw)
	}
	c.happen(wire.Event{What: "command-refused", Slot: 3, Command: command, Detail: "jammed"})
	var result struct{ State, Detail string }
	a.do("GET", "/api/v1/commands/"+command, nil, &result)
	if result.State != "refused" || result.Detail != "jammed" {
		t.Errorf("the command ended as %+v", result)
	}
	for name, bad := range map[string]object{
		"404 no such slot": {"action": "open", "slot": 13, "reason": "x"},
		"400 no reason":    {"action": "open", "slot": 3},
		"400 no action":    {"action": "explode", "reason": "x"},
	} {
		if code, raw := a.try("POST", "/api/v1/cabinets/lobby/commands", bad); !strings.HasPrefix(name, string(rune('0'+code/100))+"0"+string(rune('0'+code%10))) {
			t.Errorf("%s: got %d %s", name, code, raw)
		}
	}
}
