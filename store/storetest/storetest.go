// Package storetest says what a store must do, whatever it is made of. Each implementation's tests call Run.
package storetest

import (
	"errors"
	"testing"
	"time"

	"lockerd/controller"
	"lockerd/matcher"
)

// Store is what the cabinet needs of a store.
type Store interface {
	controller.People
	controller.Shelf
	Journal
	Count() (controller.Counts, error)
	Traces(controller.RecipientID) (controller.Traces, error)
	Identity() ([]byte, error)
	SetIdentity([]byte) error
	MAC(purpose string, data []byte) []byte
}

// Journal is the outbox's side of a store.
type Journal interface {
	Epoch() [16]byte
	Since(seq uint64, max int) ([]controller.Entry, error)
	Bounds() (first, last uint64, err error)
	Unacknowledged() (uint64, error)
	Acked(epoch [16]byte, seq uint64) error
	Tail(n int) ([]controller.Entry, error)
	Verify() error
	Compact(keep time.Duration) (removed int, err error)
}

// Run runs the suite. open returns an empty store and closes it when its test ends.
func Run(t *testing.T, open func(t *testing.T) Store) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Store)
	}{
		{"empty", empty},
		{"parcels", parcels},
		{"ended parcels", endedParcels},
		{"codes", codes},
		{"doors", doors},
		{"commands are bounded", commands},
		{"traces", traces},
		{"attempts", attempts},
		{"people", people},
		{"identifications", identifications},
		{"count", count},
		{"erase", erase},
		{"delta", delta},
		{"delta with a key twice", repeated},
		{"delta from another version", otherVersion},
		{"snapshot", snapshot},
		{"used invitation", usedInvitation},
		{"withdrawn identifications", withdrawn},
		{"changed secret", changedSecret},
		{"bad records change nothing", badRecords},
		{"root", root},
		{"record of a newer kind", newerKind},
		{"chain", chain},
		{"outbox", outbox},
		{"compact", compact},
		{"compact forgets what ended", forgets},
		{"identity", identity},
		{"mac", mac},
		{"many at once", concurrent},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := open(t)
			test.run(t, s)
			if err := s.Verify(); err != nil {
				t.Errorf("journal after the test: %v", err)
			}
		})
	}
}

// At is a time with the precision that a store keeps.
var At = time.Date(2026, 5, 4, 10, 30, 0, 250e6, time.UTC)

// Ada is a recipient.
var Ada = controller.Recipient{
	ID: "r-ada", Name: "Ada", PhoneTail: "1234", LowSlot: true, Language: "en",
	Policy: controller.Policy{{matcher.Fingerprint}, {matcher.Passcode, matcher.Voice}},
}

// Bo is another one.
var Bo = controller.Recipient{ID: "r-bo", Name: "Bo", PhoneTail: "9876"}

// First returns a first identification with data of that many bytes, which are made of its id.
func First(whose controller.RecipientID, id string, kind matcher.Kind, size int) controller.FirstIdentification {
	data := make([]byte, size)
	for i := range data {
		data[i] = id[i%len(id)]
	}
	return controller.FirstIdentification{ID: id, Recipient: whose, Identification: matcher.Identification{
		Kind: kind, Label: "right index", Data: data, Character: []byte{1, 2, 3},
	}}
}

// Lying returns a parcel that lies in a slot.
func Lying(id controller.ParcelID, whose controller.RecipientID, slot controller.Slot, generation uint64) controller.Parcel {
	return controller.Parcel{
		ID: id, Recipient: whose, Size: controller.Small, Phase: controller.Stored, Slot: slot, Courier: "77",
		Stored: At, Due: At.Add(72 * time.Hour), Generation: generation, Consent: controller.ConsentSaid,
	}
}

// Told returns the records of desired state that tell of a recipient and what that person stored.
func Told(r controller.Recipient, firsts ...controller.FirstIdentification) []controller.DesiredRecord {
	records := []controller.DesiredRecord{{Key: "recipient/" + string(r.ID), Hash: Hash(string(r.ID)), Recipient: &r}}
	for _, first := range firsts {
		records = append(records, controller.DesiredRecord{Key: "verification/" + first.ID, Hash: Hash(first.ID), First: &first})
	}
	return records
}

// Hash makes a hash that differs for different texts of up to 32 bytes.
func Hash(text string) (hash [32]byte) {
	copy(hash[:], text)
	return hash
}

// Tell commits a delta that follows the version at hand.
func Tell(t testing.TB, s Store, records ...controller.DesiredRecord) {
	t.Helper()
	have := remembered(t, s).Version
	Commit(t, s, controller.Change{Desired: &controller.DesiredChange{From: have, To: have + 1, Records: records}})
}

// Commit commits or ends the test.
func Commit(t testing.TB, s Store, change controller.Change) {
	t.Helper()
	if err := s.Commit(change); err != nil {
		t.Fatal(err)
	}
}

func remembered(t testing.TB, s Store) controller.Remembered {
	t.Helper()
	r, err := s.Remembered()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// wantUnknown checks that err says that there is no such thing.
func wantUnknown(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, controller.ErrUnknown) {
		t.Errorf("%s: got error %v, want controller.ErrUnknown", what, err)
	}
}
