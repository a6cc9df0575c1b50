package infosystem_test

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"lockerd/controller"
	"lockerd/infosystem"
	"lockerd/infosystem/database"
	"lockerd/infosystem/database/databasetest"
	"lockerd/sync/link"
	"lockerd/sync/wire"
)

// syncBuffer is a buffer for several goroutines.
type syncBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func (b *syncBuffer) Reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text.Reset()
}

func TestRestartGoesOnAndLogsAreClean(t *testing.T) {
	var log syncBuffer
	options := infosystem.Options{Dir: t.TempDir(), Database: databasetest.Opener(t), Tenant: "test", Outbox: true, SignerSocket: socket(t), Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	s, err := infosystem.New(options)
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, s)
	a, c, bo := ready(t, s)
	c.happen(wire.Event{What: "deposited", Parcel: "P-1", Slot: 2}, wire.Event{What: "code-issued", Parcel: "P-1", Slot: 2, Who: bo,
		Sealed: c.seal("code-issued", "P-1", wire.CodeBody{Recipient: bo, Parcel: "P-1", Slot: 2, Code: "24681357"})})
	noticeText(t, a, "code")
	token := s.Token()
	stop()
	if s, err = infosystem.New(options); err != nil {
		t.Fatal(err)
	}
	run(t, s)
	if s.FirstPassword() != "" || s.Token() != token {
		t.Error("a second start made a new password or token")
	}
	c.answer.Broker = s.BrokerURL()
	c.connect()
	if w := c.hello(); w.Acked != 2 {
		t.Errorf("after the restart %d is acknowledged, want 2", w.Acked)
	}
	if phase := apiOf(t, s).text("GET", "/api/v1/parcels/P-1", nil, "phase"); phase != "stored" {
		t.Errorf("after the restart the parcel is %s", phase)
	}
	for _, secret := range []string{"Bo", "13800138000", "24681357", token, c.answer.Password} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

// TestOlderCopyOfTheDatabase: what the infosystem lost with its database the cabinet tells once more.
func TestOlderCopyOfTheDatabase(t *testing.T) {
	opener := databasetest.Opener(t)
	s := start(t, func(o *infosystem.Options) { o.Database = opener })
	options, cabinet := linkOptions(t, s)
	l, stop := runLink(t, options)
	a := apiOf(t, s)
	eventually(t, "the cabinet is connected", func() bool { return a.online("lobby") })
	bo := a.text("POST", "/api/v1/people", object{"name": "Bo", "phone": "13800138000"}, "id")
	a.do("POST", "/api/v1/parcels", object{"id": "P-1", "cabinet": "lobby", "recipient": bo, "size": 1}, nil)
	happen := func(all ...controller.What) {
		t.Helper()
		for _, what := range all {
			entry := controller.Entry{At: time.Now(), What: what, Parcel: "P-1", Slot: 4}
			if err := cabinet.Commit(controller.Change{Entries: []controller.Entry{entry}}); err != nil {
				t.Fatal(err)
			}
		}
		l.Poke()
	}
	phase := func() string { return a.text("GET", "/api/v1/parcels/P-1", nil, "phase") }
	happen(controller.Deposited)
	eventually(t, "the deposit is known", func() bool { return phase() == "stored" })
	happen(controller.CollectedIt)
	eventually(t, "the pickup is known", func() bool {
		waiting, err := cabinet.Unacknowledged()
		return err == nil && waiting == 0 && phase() == "collected"
	})
	stop()

	putBackOlderCopy(t, opener)
	if first, last, err := cabinet.Bounds(); err != nil || first != 1 || last < 3 {
		t.Fatalf("the cabinet has lines %d to %d, %v", first, last, err)
	}
	runLink(t, options)
	eventually(t, "the cabinet tells once more what was lost", func() bool { return phase() == "collected" })
	for _, l := range lines(a) {
		if l.What == "gap" || l.Problem != "" {
			t.Errorf("what the cabinet still has is taken for gone: %+v", l)
		}
	}
}

// TestOlderCopyTellsNobodyOfWhatIsOver: the journal comes again in runs, and nobody gets a code for what a later run says
// was collected. Who has not collected yet gets it.
func TestOlderCopyTellsNobodyOfWhatIsOver(t *testing.T) {
	opener := databasetest.Opener(t)
	s := start(t, func(o *infosystem.Options) { o.Database = opener })
	options, cabinet := linkOptions(t, s)
	l, stop := runLink(t, options)
	a := apiOf(t, s)
	eventually(t, "the cabinet is connected", func() bool { return a.online("lobby") })
	bo := a.text("POST", "/api/v1/people", object{"name": "Bo", "phone": "13800138000"}, "id")
	happen := func(parcel string, what controller.What, sealed []byte) {
		t.Helper()
		entry := controller.Entry{At: time.Now().AddDate(0, 0, -3), What: what, Parcel: controller.ParcelID(parcel), Slot: 4, Sealed: sealed}
		if err := cabinet.Commit(controller.Change{Entries: []controller.Entry{entry}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, parcel := range []string{"P-1", "P-2"} {
		a.do("POST", "/api/v1/parcels", object{"id": parcel, "cabinet": "lobby", "recipient": bo, "size": 1}, nil)
		sealed, err := link.NewSealer(cabinet).SealCode(controller.Parcel{ID: controller.ParcelID(parcel), Recipient: controller.RecipientID(bo), Slot: 4}, "12345678")
		if err != nil {
			t.Fatal(err)
		}
		happen(parcel, controller.Deposited, nil)
		happen(parcel, controller.CodeIssued, sealed)
	}
	for range 40 { // more than one run holds
		happen("", controller.DoorShut, nil)
	}
	happen("P-1", controller.CollectedIt, nil)
	l.Poke()
	collected := func() bool {
		waiting, err := cabinet.Unacknowledged()
		return err == nil && waiting == 0 && a.text("GET", "/api/v1/parcels/P-1", nil, "phase") == "collected"
	}
	eventually(t, "the pickup is known", collected)
	stop()

	putBackOlderCopy(t, opener)
	runLink(t, options)
	eventually(t, "the pickup is known once more", collected)
	states := map[string]string{}
	eventually(t, "who has not collected yet gets the code", func() bool {
		var all []struct{ Parcel, Kind, State string }
		a.do("GET", "/api/v1/notices", nil, &all)
		for _, n := range all {
			states[n.Parcel+" "+n.Kind] = n.State
		}
		return states["P-2 code"] == "sent"
	})
	if states["P-1 code"] != "void" {
		t.Errorf("the code for the parcel that was collected is %q, want void", states["P-1 code"])
	}
}

// putBackOlderCopy makes the database what it was when parcels were expected.
func putBackOlderCopy(t *testing.T, opener func() (database.Database, error)) {
	t.Helper()
	db, err := opener()
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	databasetest.Update(t, db, func(tx database.Tx) error {
		for _, statement := range []string{
			`UPDATE epochs SET acked = 1`, `DELETE FROM events WHERE seq > 1`, `DELETE FROM notices`,
			`UPDATE parcels SET phase = 'expected', slot = 0, stored = 0, ended = 0`,
		} {
			if _, err := tx.Exec(statement); err != nil {
				return err
			}
		}
		return nil
	})
}
