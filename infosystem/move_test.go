package infosystem_test

import (
	"path/filepath"
	"slices"
	"testing"

	"lockerd/infosystem"
	"lockerd/infosystem/database"
	"lockerd/infosystem/database/databasetest"
	"lockerd/sync/wire"
)

// TestMoveToAnotherDatabase: after a life that left something in every table the database is copied, from the embedded one
// to PostgreSQL where there is a server, and cabinet, operator and signer go on as if nothing had happened.
func TestMoveToAnotherDatabase(t *testing.T) {
	dir := t.TempDir()
	old := func() (database.Database, error) { return database.OpenSQLite(filepath.Join(dir, "old.db")) }
	options := infosystem.Options{Dir: dir, Database: old, Tenant: "test", Outbox: true, SignerSocket: socket(t)}
	s, err := infosystem.New(options)
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, s)
	b := openBrowser(t, s)
	b.signIn(s.FirstPassword())
	a, c := apiOf(t, s), joinCabinet(t, s, "lobby")
	ada := live(a, c)
	stop()

	opener := databasetest.Opener(t)
	copied := move(t, old, opener)
	if i := slices.IndexFunc(copied, func(one database.Copied) bool { return one.Rows == 0 }); i >= 0 {
		t.Errorf("nothing of %s was there to be copied", copied[i].Table)
	}

	options.Database = opener
	if s, err = infosystem.New(options); err != nil {
		t.Fatal(err)
	}
	run(t, s)
	if s.FirstPassword() != "" || s.Token() != a.token {
		t.Error("after the move there is a new password or token")
	}
	a.url, b.url = s.WebURL(), s.WebURL()
	if code, page := b.get("/account"); code != 200 || b.csrf == "" {
		t.Errorf("the operator's session gives %d, %s", code, page)
	}
	c.answer.Broker = s.BrokerURL()
	c.connect()
	last := c.seq
	if w := c.hello(); w.Acked != last || w.Latest != c.have {
		t.Errorf("after the move %d events are acknowledged and version %d is wanted, want %d and %d", w.Acked, w.Latest, last, c.have)
	}
	before := len(lines(a))
	c.happen(wire.Event{What: "collected", Parcel: "P-1", Slot: 4, Who: ada})
	if got := a.text("GET", "/api/v1/parcels/P-1", nil, "phase"); got != "collected" || len(lines(a)) != before+1 {
		t.Errorf("after a pickup the parcel is %s, and %d lines became %d", got, before, len(lines(a)))
	}
	c.apply() // the parcel is gone, by the next version
	a.do("POST", "/api/v1/parcels", object{"id": "P-9", "cabinet": "lobby", "recipient": ada, "size": 1}, nil)
	verification := c.apply()[key(wire.RecordVerification, "v1")]
	if got := body[wire.VerificationBody](c, verification); string(got.Data) != "dots" {
		t.Errorf("what Ada stored before the move comes as %q", got.Data)
	}
	a.do("POST", "/api/v1/cabinets/lobby/commands", object{"action": "open", "slot": 5, "reason": "test"}, nil)
	if got := next(t, c.commands); got.Slot != 5 {
		t.Errorf("the cabinet is told to open %d", got.Slot)
	}
}

// move copies one database into another.
func move(t *testing.T, from, to func() (database.Database, error)) []database.Copied {
	t.Helper()
	source, err := from()
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	target, err := to()
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	copied, err := database.Copy(t.Context(), source, target)
	if err != nil {
		t.Fatal(err)
	}
	return copied
}

// live does something that each table keeps, and returns who Ada is: she enrolled a pattern, and P-1 lies there for her.
func live(a api, c *cabinet) (ada string) {
	t := c.t
	t.Helper()
	a.do("POST", "/api/v1/staff", object{"number": "1001", "role": "courier"}, nil)
	a.do("PUT", "/api/v1/cabinets/lobby/settings", object{"walk_up": true}, nil)
	c.hello()
	c.apply()
	ada = a.text("POST", "/api/v1/people", object{"name": "Ada", "phone": "+447700900123", "language": "en"}, "id")
	a.do("POST", "/api/v1/people/"+ada+"/invitations", object{"cabinet": "lobby"}, nil)
	var invitation string
	for _, r := range c.apply() {
		if r.Kind == wire.RecordInvitation {
			invitation = r.ID
		}
	}
	c.happen(wire.Event{What: "enrolled", Who: ada, Sealed: c.seal("enrolled", ada, wire.EnrolmentBody{
		Recipient: ada, Invitation: invitation, Consent: []string{"pattern"}, Consented: 1_700_000_000, IDs: []string{"v1"},
		Records: []wire.VerificationBody{{Recipient: ada, Kind: "pattern", Data: []byte("dots")}},
	})})
	c.apply()
	c.announce(1, "138 0013 8000", "")
	c.apply()
	a.do("POST", "/api/v1/parcels", object{"id": "P-1", "cabinet": "lobby", "recipient": ada, "size": 1}, nil)
	c.apply()
	c.happen(wire.Event{What: "deposited", Parcel: "P-1", Slot: 4, Who: "1001"}, wire.Event{What: "opened", Slot: 4})
	noticeText(t, a, "arrival")
	a.do("POST", "/api/v1/cabinets/lobby/commands", object{"action": "open", "slot": 3, "reason": "test"}, nil)
	next(t, c.commands)
	return ada
}
