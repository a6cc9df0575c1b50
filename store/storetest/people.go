package storetest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"lockerd/controller"
	"lockerd/matcher"
)

var courier = controller.Staff{
	Number: "77", Role: controller.Courier, OneTime: true,
	Secret: matcher.Identification{Kind: matcher.Passcode, Data: []byte("template")}, Badge: []byte("badge's mac"),
}

var invitation = controller.Invitation{ID: "i-1", Recipient: "r-bo", MAC: []byte("mac"), Expires: At}

// staffTold and invited are their records of desired state.
var (
	staffTold = controller.DesiredRecord{Key: "staff/77", Hash: Hash("77"), Staff: &courier}
	invited   = controller.DesiredRecord{Key: "invitation/i-1", Hash: Hash("i-1"), Invitation: &invitation}
	settings  = controller.DesiredRecord{Key: "settings/cabinet", Hash: Hash("settings"), Settings: &controller.Settings{
		Policy: controller.Policy{{matcher.Fingerprint}, {matcher.Code}},
		Codes:  controller.CodesEveryone, Off: []matcher.Kind{matcher.Voice}, WalkUp: true, Consent: controller.ConsentByCourier,
	}}
	assigned = controller.DesiredRecord{Key: "parcel/p-1", Hash: Hash("p-1"), Parcel: &controller.Assignment{
		Parcel: "p-1", Recipient: "r-ada", Size: controller.Small,
	}}
)

func people(t *testing.T, s Store) {
	Tell(t, s, append(Told(Ada), staffTold, invited, settings)...)
	if got, err := s.Recipient(Ada.ID); !cmp.Equal(got, Ada) || err != nil {
		t.Errorf("recipient is %+v, %v, want %+v", got, err, Ada)
	}
	if got, err := s.Staff("77"); !cmp.Equal(got, courier) || err != nil {
		t.Errorf("staff is %+v, %v, want %+v", got, err, courier)
	}
	if got, err := s.Badge(courier.Badge); !cmp.Equal(got, courier) || err != nil {
		t.Errorf("whose badge it is: %+v, %v, want %+v", got, err, courier)
	}
	for _, mac := range [][]byte{nil, {}, []byte("another"), courier.Badge[:3]} {
		_, err := s.Badge(mac)
		wantUnknown(t, fmt.Sprintf("badge %q", mac), err)
	}
	if got, err := s.Invitations(); !cmp.Equal(got, []controller.Invitation{invitation}) || err != nil {
		t.Errorf("invitations are %+v, %v, want %+v", got, err, invitation)
	}
	if got := remembered(t, s).Settings; !cmp.Equal(got, *settings.Settings) {
		t.Errorf("settings are %+v, want %+v", got, *settings.Settings)
	}
	changed := courier
	changed.OneTime, changed.Secret.Data = false, []byte("a new one")
	Commit(t, s, controller.Change{Staff: []controller.Staff{changed}})
	if got, err := s.Staff("77"); !cmp.Equal(got, changed) || err != nil {
		t.Errorf("staff with a changed secret is %+v, %v, want %+v", got, err, changed)
	}
	for _, r := range []controller.DesiredRecord{staffTold, invited, settings} {
		Tell(t, s, controller.DesiredRecord{Key: r.Key, Gone: true})
	}
	_, err := s.Staff("77")
	wantUnknown(t, "staff that is gone", err)
	wantUnknown(t, "a changed secret of staff that is gone", s.Commit(controller.Change{Staff: []controller.Staff{changed}}))
	_, err = s.Staff("77")
	wantUnknown(t, "staff that is gone and was changed after", err)
	if got, err := s.Invitations(); len(got) != 0 || err != nil {
		t.Errorf("invitations that are gone: %+v, %v", got, err)
	}
	if got := remembered(t, s).Settings; !cmp.Equal(got, controller.Settings{}) {
		t.Errorf("settings that are gone: %+v", got)
	}
}

func identifications(t *testing.T, s Store) {
	finger, pattern := First(Ada.ID, "v-1", matcher.Fingerprint, 1500), First(Ada.ID, "v-2", matcher.Pattern, 80)
	Tell(t, s, append(Told(Ada, finger, pattern), Told(Bo)...)...)
	wantFirsts(t, s, Ada.ID, finger, pattern)
	wantFirsts(t, s, Bo.ID)

	// A record is replaced by its id, also when another person enrols it at the cabinet.
	finger.Data = []byte("renewed")
	passcode := First(Bo.ID, "v-2", matcher.Passcode, 100)
	Commit(t, s, controller.Change{Enrolled: []controller.FirstIdentification{finger, passcode}})
	wantFirsts(t, s, Ada.ID, finger)
	wantFirsts(t, s, Bo.ID, passcode)

	Tell(t, s,
		controller.DesiredRecord{Key: "verification/v-1", Gone: true},
		controller.DesiredRecord{Key: "verification/v-9", Gone: true})
	wantFirsts(t, s, Ada.ID)
	wantFirsts(t, s, Bo.ID, passcode)
	if err := s.Commit(controller.Change{Enrolled: []controller.FirstIdentification{{ID: "v-3"}}}); err == nil {
		t.Error("an identification of nobody was stored")
	}
}

func count(t *testing.T, s Store) {
	wantCount := func(want controller.Counts) {
		t.Helper()
		if got, err := s.Count(); got != want || err != nil {
			t.Errorf("counts are %+v, %v, want %+v", got, err, want)
		}
	}
	wantCount(controller.Counts{})
	finger, pattern := First(Ada.ID, "v-1", matcher.Fingerprint, 1500), First(Ada.ID, "v-2", matcher.Pattern, 80)
	Tell(t, s, append(append(Told(Ada, finger, pattern), Told(Bo)...), staffTold, invited)...)
	wantCount(controller.Counts{Recipients: 2, Identifications: 2, Staff: 1, Invitations: 1})
}

func wantFirsts(t *testing.T, s Store, whose controller.RecipientID, want ...controller.FirstIdentification) {
	t.Helper()
	got, err := s.FirstIdentifications(whose)
	if err != nil {
		t.Errorf("identifications of %s: %v", whose, err)
	}
	byID := cmpopts.SortSlices(func(a, b controller.FirstIdentification) bool { return a.ID < b.ID })
	if diff := cmp.Diff(want, got, byID, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("identifications of %s (-want +got):\n%s", whose, diff)
	}
}

func erase(t *testing.T, s Store) {
	his := First(Bo.ID, "v-3", matcher.Passcode, 90)
	hers := First(Ada.ID, "v-1", matcher.Fingerprint, 1500)
	Tell(t, s, append(Told(Ada, hers, First(Ada.ID, "v-2", matcher.Pattern, 80)), Told(Bo, his)...)...)
	Commit(t, s, controller.Change{EraseFirsts: []string{"v-2", "v-nobody"}})
	wantFirsts(t, s, Ada.ID, hers)
	Commit(t, s, controller.Change{Erase: []controller.RecipientID{Ada.ID, "r-nobody"}})
	wantFirsts(t, s, Ada.ID)
	wantFirsts(t, s, Bo.ID, his)
	if got, err := s.Recipient(Ada.ID); got.Name != Ada.Name || err != nil {
		t.Errorf("the recipient went with the verification information: %+v, %v", got, err)
	}
	Tell(t, s, controller.DesiredRecord{Key: "recipient/r-bo", Gone: true})
	_, err := s.FirstIdentifications(Bo.ID)
	wantUnknown(t, "identifications of a recipient who is gone", err)
	Tell(t, s, Told(Bo)...)
	wantFirsts(t, s, Bo.ID)

	// Who was erased may enrol again.
	Commit(t, s, controller.Change{Enrolled: []controller.FirstIdentification{hers}})
	wantFirsts(t, s, Ada.ID, hers)
}

// traces: what is stored of a person is found, and after an erasure nothing is, nor of somebody else.
func traces(t *testing.T, s Store) {
	want := func(when string, whose controller.RecipientID, want controller.Traces, copies bool) {
		t.Helper()
		got, err := s.Traces(whose)
		if got.Copies > 0 != copies {
			t.Errorf("%s: %d copies of the reference", when, got.Copies)
		}
		if got.Copies = 0; got != want || err != nil {
			t.Errorf("%s: %+v, %v, want %+v", when, got, err, want)
		}
	}
	want("nobody", Ada.ID, controller.Traces{}, false)
	Tell(t, s, append(Told(Ada, First(Ada.ID, "v-1", matcher.Fingerprint, 1500), First(Ada.ID, "v-2", matcher.Pattern, 80)),
		Told(Bo, First(Bo.ID, "v-3", matcher.Passcode, 90))...)...)
	var failed []controller.Tries
	for i, key := range slices.Concat(controller.TriesOf(Ada.ID), controller.TriesOf(Bo.ID)) {
		failed = append(failed, controller.Tries{Key: key, Count: i + 1})
	}
	Commit(t, s, controller.Change{Parcels: []controller.Parcel{Lying("p-1", Ada.ID, 3, 8)}, Tries: failed,
		Entries: []controller.Entry{{At: At, What: controller.Matched, Who: string(Ada.ID)}}})
	want("Ada, stored", Ada.ID, controller.Traces{Identifications: 2, Key: true, Recipient: true, Parcels: 1, Journal: 1, Tries: 3}, true)
	Commit(t, s, controller.Change{Erase: []controller.RecipientID{Ada.ID}})
	want("Ada, erased", Ada.ID, controller.Traces{Recipient: true, Parcels: 1, Journal: 1, Tries: 3}, false)
	want("Bo, beside her", Bo.ID, controller.Traces{Identifications: 1, Key: true, Recipient: true, Tries: 7}, true)
	Tell(t, s, controller.DesiredRecord{Key: "recipient/" + string(Ada.ID), Gone: true})
	want("Ada, gone", Ada.ID, controller.Traces{Parcels: 1, Journal: 1}, false)
	want("Bo, who stays", Bo.ID, controller.Traces{Identifications: 1, Key: true, Recipient: true, Tries: 7}, true)
}

// withdrawn checks that what was withdrawn here does not come back from an information system that does not know
// it yet, and that it is forgotten when that does.
func withdrawn(t *testing.T, s Store) {
	finger, pattern := First(Ada.ID, "v-1", matcher.Fingerprint, 1500), First(Ada.ID, "v-2", matcher.Pattern, 80)
	told := append(Told(Ada, finger, pattern), Told(Bo, First(Bo.ID, "v-3", matcher.Passcode, 90))...)
	Tell(t, s, told...)
	Commit(t, s, controller.Change{EraseFirsts: []string{"v-1"}, Entries: []controller.Entry{{What: controller.Withdrawn}}})
	Commit(t, s, controller.Change{Erase: []controller.RecipientID{Bo.ID}})
	again := controller.DesiredChange{To: 5, Snapshot: true, Records: told}
	Commit(t, s, controller.Change{Desired: &again})
	wantFirsts(t, s, Ada.ID, pattern)
	wantFirsts(t, s, Bo.ID)
	Tell(t, s, told...)
	wantFirsts(t, s, Ada.ID, pattern)
	if got := remembered(t, s).Root; got != rootOf(told...) {
		t.Errorf("root is %x, want that of the records that were sent", got)
	}
	if got, err := s.Traces(Bo.ID); got.Copies+got.Identifications > 0 || got.Key || err != nil {
		t.Errorf("of who withdrew everything is left %+v, %v", got, err)
	}

	// The information system has heard of it; what it sends from now on is new.
	Tell(t, s, controller.DesiredRecord{Key: "verification/v-1", Gone: true})
	again.To, again.Records = 9, told[:1]
	Commit(t, s, controller.Change{Desired: &again}) // without v-2 and Bo
	Tell(t, s, told...)
	wantFirsts(t, s, Ada.ID, finger, pattern)
	wantFirsts(t, s, Bo.ID, First(Bo.ID, "v-3", matcher.Passcode, 90))
}
