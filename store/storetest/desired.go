package storetest

import (
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lockerd/controller"
	"lockerd/matcher"
	"lockerd/store"
)

func delta(t *testing.T, s Store) {
	Tell(t, s, Told(Ada)...)
	Tell(t, s, Told(Bo)...)
	changed := Ada
	changed.Name = "Ada L."
	Tell(t, s, Told(changed)...)
	if got := remembered(t, s).Version; got != 3 {
		t.Errorf("version is %d, want 3", got)
	}
	if got, err := s.Recipient(Ada.ID); !cmp.Equal(got, changed) || err != nil {
		t.Errorf("recipient is %+v, %v, want %+v", got, err, changed)
	}
}

// repeated checks that the last record of a key counts.
func repeated(t *testing.T, s Store) {
	older := Ada
	older.Name = "Ada before"
	gone := controller.DesiredRecord{Key: "recipient/r-bo", Gone: true}
	Tell(t, s, append(append(append(Told(older), Told(Bo)...), Told(Ada)...), gone)...)
	if got, err := s.Recipient(Ada.ID); got.Name != Ada.Name || err != nil {
		t.Errorf("recipient is %+v, %v, want the last one told", got, err)
	}
	_, err := s.Recipient(Bo.ID)
	wantUnknown(t, "recipient who is gone by the last record", err)
	if got := remembered(t, s).Root; got != rootOf(Told(Ada)...) {
		t.Errorf("root is %x, want that of the last records", got)
	}
}

func otherVersion(t *testing.T, s Store) {
	Tell(t, s, Told(Ada)...)
	before := remembered(t, s)
	for _, step := range []controller.DesiredChange{{From: 0, To: 1}, {From: 2, To: 3}, {From: 1, To: 0}, {From: 1, To: 1}} {
		step.Records = Told(Bo)
		err := s.Commit(controller.Change{
			Desired: &step,
			Parcels: []controller.Parcel{Lying("p-1", Bo.ID, 1, 1)},
			Entries: []controller.Entry{{What: controller.Assigned}},
		})
		if !errors.Is(err, store.ErrVersion) {
			t.Errorf("step from %d to %d: got error %v, want store.ErrVersion", step.From, step.To, err)
		}
	}
	if diff := cmp.Diff(before, remembered(t, s)); diff != "" {
		t.Errorf("a refused step changed (-want +got):\n%s", diff)
	}
	_, err := s.Recipient(Bo.ID)
	wantUnknown(t, "recipient of a refused step", err)
	wantParcels(t, s)
	if first, last, err := s.Bounds(); first != 1 || last != 0 || err != nil {
		t.Errorf("a refused step wrote entries %d to %d, %v", first, last, err)
	}
}

func snapshot(t *testing.T, s Store) {
	Tell(t, s, append(Told(Ada, First(Ada.ID, "v-1", matcher.Passcode, 90)), staffTold, invited, settings, assigned)...)
	Tell(t, s, Told(Bo, First(Bo.ID, "v-2", matcher.Passcode, 90), First(Bo.ID, "v-3", matcher.Passcode, 90))...)
	lying := Lying("p-1", Ada.ID, 3, 1)
	Commit(t, s, controller.Change{Parcels: []controller.Parcel{lying}})

	kept := First(Bo.ID, "v-3", matcher.Passcode, 90)
	all := controller.DesiredChange{From: 900, To: 1000, Snapshot: true, Records: Told(Bo, kept)}
	Commit(t, s, controller.Change{Desired: &all})
	_, err := s.Recipient(Ada.ID)
	wantUnknown(t, "recipient that is not in the snapshot", err)
	_, err = s.Staff("77")
	wantUnknown(t, "staff that is not in the snapshot", err)
	if got, err := s.Invitations(); len(got) != 0 || err != nil {
		t.Errorf("invitations that are not in the snapshot: %v, %v", got, err)
	}
	wantFirsts(t, s, Bo.ID, kept)
	wantParcels(t, s, lying)
	got := remembered(t, s)
	if got.Version != 1000 || got.Root != rootOf(Told(Bo, kept)...) {
		t.Errorf("after the snapshot: version %d and root %x", got.Version, got.Root)
	}
	if !cmp.Equal(got.Settings, controller.Settings{}) {
		t.Errorf("settings that are not in the snapshot: %+v", got.Settings)
	}
	Tell(t, s, Told(Ada)...) // comes back without what was stored before
	wantFirsts(t, s, Ada.ID)
}

// changedSecret checks that a one-time secret that was changed here does not come back with a snapshot.
func changedSecret(t *testing.T, s Store) {
	Tell(t, s, staffTold)
	changed := *staffTold.Staff
	changed.OneTime = false
	changed.Secret.Data = []byte("chosen by its owner")
	Commit(t, s, controller.Change{Staff: []controller.Staff{changed}})
	again := controller.DesiredChange{To: 5, Snapshot: true, Records: []controller.DesiredRecord{staffTold}}
	Commit(t, s, controller.Change{Desired: &again})
	if got, err := s.Staff("77"); err != nil || !cmp.Equal(got, changed) {
		t.Errorf("after a snapshot of the same record staff is %+v, %v, want %+v", got, err, changed)
	}
	reset := staffTold
	reset.Hash = Hash("staff/77, reset by an operator")
	again = controller.DesiredChange{From: 5, To: 6, Records: []controller.DesiredRecord{reset}}
	Commit(t, s, controller.Change{Desired: &again})
	if got, err := s.Staff("77"); err != nil || !cmp.Equal(got, *reset.Staff) {
		t.Errorf("after a reset staff is %+v, %v, want %+v", got, err, *reset.Staff)
	}
}

func usedInvitation(t *testing.T, s Store) {
	Tell(t, s, invited)
	Commit(t, s, controller.Change{UsedInvites: []string{"i-1"}})
	all := controller.DesiredChange{To: 5, Snapshot: true, Records: []controller.DesiredRecord{invited}}
	Commit(t, s, controller.Change{Desired: &all})
	if got, err := s.Invitations(); len(got) != 0 || err != nil {
		t.Errorf("a snapshot made a used invitation valid again: %v, %v", got, err)
	}
	if got := remembered(t, s).Root; got != rootOf(invited) {
		t.Errorf("root is %x, want that of the records that were sent", got)
	}
}

func badRecords(t *testing.T, s Store) {
	Tell(t, s, Told(Ada)...)
	before := remembered(t, s)
	for _, bad := range []controller.DesiredRecord{
		{Key: "", Recipient: &Bo},
		{Key: "recipient", Recipient: &Bo},
		{Key: "recipient/", Recipient: &Bo},
		{Key: "recipient/r-bo"},
		{Key: "recipient/r-bo", Recipient: &Ada},
		{Key: "recipient/r-bo", Staff: &courier},
		{Key: "verification/v-1", First: &controller.FirstIdentification{ID: "v-1"}},
		{Key: "door/1", Recipient: &Bo},
	} {
		change := controller.DesiredChange{From: 1, To: 2, Records: append(Told(Bo), bad)}
		if err := s.Commit(controller.Change{Desired: &change}); err == nil {
			t.Errorf("record %+v was taken", bad)
		}
		if diff := cmp.Diff(before, remembered(t, s)); diff != "" {
			t.Errorf("bad record %+v changed (-want +got):\n%s", bad, diff)
		}
	}
	Tell(t, s, Told(Bo)...) // goes on from where it was
	if got := remembered(t, s).Root; got != rootOf(append(Told(Ada), Told(Bo)...)...) {
		t.Errorf("root is %x after a refused change and a good one", got)
	}
}

// newerKind checks that a record that only a newer program understands changes nothing but the root.
func newerKind(t *testing.T, s Store) {
	newer := controller.DesiredRecord{Key: "weather/1", Hash: Hash("weather/1")}
	Tell(t, s, append(Told(Ada), newer)...)
	if got := remembered(t, s).Root; got != rootOf(append(Told(Ada), newer)...) {
		t.Errorf("root is %x, want that of both records", got)
	}
	Tell(t, s, controller.DesiredRecord{Key: "weather/1", Gone: true})
	if got := remembered(t, s).Root; got != rootOf(Told(Ada)...) {
		t.Errorf("after the newer record went, root is %x", got)
	}
}

func root(t *testing.T, s Store) {
	records := append(Told(Bo, First(Bo.ID, "v-1", matcher.Passcode, 50)), staffTold, invited, settings, assigned)
	for i := range records {
		Tell(t, s, records[i])
		if got, want := remembered(t, s).Root, rootOf(records[:i+1]...); got != want {
			t.Errorf("root of %d records is %x, want %x", i+1, got, want)
		}
	}
	renewed := records[0]
	renewed.Hash = Hash("renewed")
	Tell(t, s, renewed)
	records[0] = renewed
	if got, want := remembered(t, s).Root, rootOf(records...); got != want {
		t.Errorf("root with a renewed record is %x, want %x", got, want)
	}
	for i := range records {
		Tell(t, s, controller.DesiredRecord{Key: records[i].Key, Gone: true})
		if got, want := remembered(t, s).Root, rootOf(records[i+1:]...); got != want {
			t.Errorf("root without %d records is %x, want %x", i+1, got, want)
		}
	}
}

// rootOf is the definition, in its own words.
func rootOf(records ...controller.DesiredRecord) (root [32]byte) {
	var parts []string
	for _, r := range records {
		parts = append(parts, r.Key+"\x00"+string(r.Hash[:]))
	}
	slices.Sort(parts)
	if len(parts) == 0 {
		return root
	}
	return sha256.Sum256([]byte(strings.Join(parts, "")))
}
