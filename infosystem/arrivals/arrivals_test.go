package arrivals_test

import (
	"errors"
	"testing"
	"time"

	"lockerd/infosystem/arrivals"
	"lockerd/infosystem/cabinets"
	"lockerd/infosystem/database"
	"lockerd/infosystem/database/databasetest"
	"lockerd/infosystem/parcels"
	"lockerd/infosystem/people"
	"lockerd/infosystem/staff"
	"lockerd/infosystem/vault"
	"lockerd/sync/wire"
)

// lobby makes a cabinet that has joined and allows announcements, and a courier.
func lobby(t *testing.T, tx database.Tx, now time.Time) cabinets.Cabinet {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(cabinets.Add(tx, "lobby", "Lobby"))
	code, _, err := cabinets.NewJoinCode(tx, "lobby", time.Hour, now)
	check(err)
	_, seal, err := wire.NewSealingKey()
	check(err)
	_, _, err = cabinets.Join(tx, wire.JoinRequest{Code: code, SignKey: make([]byte, 32), SealKey: seal, Slots: 12, Software: "test"}, now)
	check(err)
	check(cabinets.Set(tx, "lobby", cabinets.Settings{WalkUp: true}))
	_, err = staff.Add(tx, staff.Member{Number: "1001", Role: staff.Courier}, "", now)
	check(err)
	c, err := cabinets.Joined(tx, "lobby")
	check(err)
	return c
}

// TestNeverDroppedOff: an announced parcel that nobody drops off is struck off after a day, and its recipient, of
// whom the number alone is known, is forgotten with it.
func TestNeverDroppedOff(t *testing.T) {
	db, now := databasetest.Open(t), time.UnixMilli(1_700_000_000_000)
	box, err := vault.NewBox(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	a := arrivals.Arrivals{Box: box, Region: "CN"}
	databasetest.Update(t, db, func(tx database.Tx) error {
		cabinet := lobby(t, tx, now)
		announced := map[string]wire.Announced{}
		for i, label := range []string{"late", "stored"} {
			answer, err := a.Announce(tx, cabinet, [16]byte{byte(i)}, wire.AnnounceBody{Phone: "13800138000", Label: label, Courier: "1001"}, now)
			if err != nil || answer.Parcel != label {
				t.Fatalf("%s: %+v, %v", label, answer, err)
			}
			announced[label] = answer
		}
		if _, err := parcels.Happened(tx, "lobby", "stored", "deposited", 1, now, now); err != nil {
			return err
		}
		for _, step := range []struct {
			after time.Duration
			want  int // cabinets that are concerned
		}{{arrivals.NeverCame - time.Second, 0}, {arrivals.NeverCame, 1}, {arrivals.NeverCame + time.Hour, 0}} {
			concerned, err := arrivals.Lapsed(tx, now.Add(step.after))
			if err != nil || len(concerned) != step.want {
				t.Errorf("after %v: %v, %v", step.after, concerned, err)
			}
		}
		for id, want := range map[string]bool{"late": true, "stored": false} {
			if p, err := parcels.Get(tx, id); err != nil || p.RecallAsked != want {
				t.Errorf("%s: recalled %v, %v", id, p.RecallAsked, err)
			}
		}
		if n, err := people.ForgetStrangers(tx); n != 0 || err != nil {
			t.Errorf("with parcels here %d were forgotten, %v", n, err)
		}
		p, err := parcels.Get(tx, "late")
		if err != nil {
			return err
		}
		if _, err := people.Add(tx, people.Details{Name: "Ada", Phone: "+447700900123"}, now); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM parcels`); err != nil { // as retention does
			return err
		}
		if n, err := people.ForgetStrangers(tx); n != 1 || err != nil {
			t.Errorf("without parcels %d were forgotten, %v; want the stranger alone", n, err)
		}
		if _, err := people.Get(tx, p.Recipient); !errors.Is(err, database.ErrNotFound) {
			t.Errorf("the stranger is still known: %v", err)
		}
		again, err := a.Announce(tx, cabinet, [16]byte{0}, wire.AnnounceBody{Phone: "13800138000", Courier: "1001"}, now)
		if err != nil || again != announced["late"] {
			t.Errorf("a request that comes again after all made %+v, %v", again, err)
		}
		return nil
	})
}

// TestNumberUsedAgain: a carrier's number comes again after its parcel was forgotten. What was announced under it
// before recalls nothing and takes no place.
func TestNumberUsedAgain(t *testing.T) {
	db, now := databasetest.Open(t), time.UnixMilli(1_700_000_000_000)
	box, err := vault.NewBox(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	a := arrivals.Arrivals{Box: box, Region: "CN"}
	announced := func(tx database.Tx) (n int) {
		if err := tx.QueryRow(`SELECT COUNT(*) FROM announcements`).Scan(&n); err != nil {
			t.Error(err)
		}
		return n
	}
	databasetest.Update(t, db, func(tx database.Tx) error {
		cabinet := lobby(t, tx, now)
		for i, label := range []string{"L+1", "L+2"} {
			if _, err := a.Announce(tx, cabinet, [16]byte{byte(i)}, wire.AnnounceBody{Phone: "13800138000", Label: label, Courier: "1001"}, now); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(`DELETE FROM parcels WHERE id = 'L+1'`); err != nil { // as retention does
			return err
		}
		later := now.AddDate(0, 0, 200)
		ada, err := people.Add(tx, people.Details{Name: "Ada", Phone: "+8613800138001"}, later)
		if err != nil {
			return err
		}
		if _, err := a.Expect(tx, parcels.Parcel{ID: "L+1", Cabinet: "lobby", Recipient: ada.ID}, later); err != nil {
			return err
		}
		if _, err := arrivals.Lapsed(tx, later.Add(time.Minute)); err != nil {
			return err
		}
		for id, want := range map[string]bool{"L+1": false, "L+2": true} {
			if p, err := parcels.Get(tx, id); err != nil || p.RecallAsked != want {
				t.Errorf("%s: recalled %v, %v, want %v", id, p.RecallAsked, err, want)
			}
		}
		if err := arrivals.Forget(tx); err != nil {
			return err
		}
		if n := announced(tx); n != 1 {
			t.Errorf("%d announcements are kept, want that of the parcel which is kept", n)
		}
		return nil
	})
}
