package infosystem_test

import (
	"log/slog"
	"strings"
	"testing"

	"lockerd/controller"
	"lockerd/infosystem"
	"lockerd/infosystem/database"
	"lockerd/infosystem/database/databasetest"
	"lockerd/store"
	"lockerd/sync/wire"
)

func TestDamagedVaultHoldsNoEventsUp(t *testing.T) {
	var log syncBuffer
	options := infosystem.Options{Dir: t.TempDir(), Database: databasetest.Opener(t), Tenant: "test", Outbox: true, SignerSocket: socket(t), Log: slog.New(slog.NewTextHandler(&log, nil))}
	s, err := infosystem.New(options)
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, s)
	a, c, bo := ready(t, s)
	invitation := a.invite(bo)
	c.apply()
	c.happen(c.enrolled(enrolment(bo, invitation, "pattern")))
	c.apply()
	stop()
	db, err := options.Database()
	if err != nil {
		t.Fatal(err)
	}
	databasetest.Update(t, db, func(tx database.Tx) error {
		_, err := tx.Exec(`UPDATE verification SET sealed = ?`, []byte("a damaged record, long enough to have a nonce"))
		return err
	})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = infosystem.New(options); err != nil {
		t.Fatal(err)
	}
	run(t, s)
	c.answer.Broker = s.BrokerURL()
	c.connect()
	c.hello()
	c.happen(wire.Event{What: "deposited", Parcel: "P-1", Slot: 4})
	a = apiOf(t, s)
	if phase := a.text("GET", "/api/v1/parcels/P-1", nil, "phase"); phase != "stored" {
		t.Errorf("the parcel is %s", phase)
	}

	// The desk goes on, too, and the cabinet hears of it.
	a.do("POST", "/api/v1/staff", object{"number": "4711", "role": "courier"}, nil)
	c.apply()
	a.do("DELETE", "/api/v1/staff/4711", nil, nil)
	records := c.apply()
	if !records[key(wire.RecordStaff, "4711")].Gone {
		t.Errorf("after a courier was struck off the cabinet got %v", records)
	}
	ada := a.text("POST", "/api/v1/people", object{"name": "Ada", "phone": "+447700900123"}, "id")
	a.do("POST", "/api/v1/parcels", object{"id": "P-2", "cabinet": "lobby", "recipient": ada, "size": 1}, nil)
	if records = c.apply(); len(records) != 2 {
		t.Errorf("with a parcel for somebody else the cabinet got %v", records)
	}
	if _, holds := c.hashes[key(wire.RecordVerification, "v-pattern")]; !holds {
		t.Error("the cabinet lost what is damaged here alone")
	}
	a.do("DELETE", "/api/v1/people/"+bo+"/verification", nil, nil)
	if records = c.apply(); !records[key(wire.RecordVerification, "v-pattern")].Gone {
		t.Errorf("after the damaged record was destroyed the cabinet got %v", records)
	}
	if n := strings.Count(log.String(), "it is damaged"); n != 1 {
		t.Errorf("the log says %d times that the record is damaged, want once:\n%s", n, log.String())
	}
}

// TestDamagedRecordAndNewKeys: what is damaged cannot be sealed to the keys of a replaced computer, and all else is.
func TestDamagedRecordAndNewKeys(t *testing.T) {
	opener := databasetest.Opener(t)
	s := start(t, func(o *infosystem.Options) { o.Database = opener })
	options, cabinet := linkOptions(t, s)
	l, stop := runLink(t, options)
	tellBothWays(t, s, cabinet, l)
	stop()
	db, err := opener()
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	databasetest.Update(t, db, func(tx database.Tx) error {
		_, err := tx.Exec(`UPDATE verification SET sealed = ?`, []byte("a damaged record, long enough to have a nonce"))
		return err
	})
	a, replaced := apiOf(t, s), shelf{store.NewMemory(), make(chan controller.RemoteCommand, 1)}
	t.Cleanup(func() { replaced.Close() })
	options.Assigner, options.Journal, options.Memory, options.Vault = replaced, replaced, replaced, replaced
	options.Code = a.text("POST", "/api/v1/cabinets/lobby/join-codes", nil, "code")
	runLink(t, options)
	a.do("POST", "/api/v1/staff", object{"number": "4711", "role": "courier"}, nil)
	eventually(t, "the replaced computer knows the courier", func() bool {
		member, err := replaced.Staff("4711")
		return err == nil && member.Number == "4711"
	})
}

// TestWhatCabinetsRefuseIsLeftOut: a policy and a language that earlier versions took hold up nothing.
func TestWhatCabinetsRefuseIsLeftOut(t *testing.T) {
	var log syncBuffer
	opener := databasetest.Opener(t)
	s := start(t, func(o *infosystem.Options) { o.Database, o.Log = opener, slog.New(slog.NewTextHandler(&log, nil)) })
	cabinet, _ := joinLink(t, s)
	a := apiOf(t, s)
	eventually(t, "the cabinet is connected", func() bool { return a.online("lobby") })
	bo := a.text("POST", "/api/v1/people", object{"name": "Bo", "phone": "13800138000"}, "id")
	db, err := opener()
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	databasetest.Update(t, db, func(tx database.Tx) error {
		if _, err := tx.Exec(`UPDATE cabinets SET policy = 'voice+voice'`); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE people SET policy = 'voice+voice', language = ?`, "en"+strings.Repeat("-longer", 6))
		return err
	})
	a.do("POST", "/api/v1/parcels", object{"id": "P-1", "cabinet": "lobby", "recipient": bo, "size": 1}, nil)
	eventually(t, "the cabinet knows the parcel's recipient", func() bool {
		r, err := cabinet.Recipient(controller.RecipientID(bo))
		return err == nil && r.Name == "Bo" && len(r.Policy) == 0 && r.Language == ""
	})
	for _, record := range []string{"recipient/" + bo, "settings/cabinet"} {
		if n := strings.Count(log.String(), "record="+record); n != 1 {
			t.Errorf("the log names %s %d times, want once:\n%s", record, n, log.String())
		}
	}
}
