package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lockerd/controller"
	"lockerd/matcher"
)

func empty(t *testing.T, s Store) {
	if got := remembered(t, s); !cmp.Equal(got, controller.Remembered{}) {
		t.Errorf("an empty store remembers %+v", got)
	}
	if got, err := s.Parcels(); len(got) != 0 || err != nil {
		t.Errorf("an empty store has parcels %v, %v", got, err)
	}
	if got, err := s.Codes(); len(got) != 0 || err != nil {
		t.Errorf("an empty store has codes %v, %v", got, err)
	}
	_, err := s.Recipient("r-ada")
	wantUnknown(t, "recipient", err)
	_, err = s.Recipient("")
	wantUnknown(t, "recipient without id", err)
	_, err = s.FirstIdentifications("r-ada")
	wantUnknown(t, "identifications", err)
	_, err = s.Staff("77")
	wantUnknown(t, "staff", err)
	_, err = s.Parcel("p-1")
	wantUnknown(t, "ended parcel", err)
	Commit(t, s, controller.Change{})
}

func parcels(t *testing.T, s Store) {
	expected := controller.Parcel{ID: "p-1", Recipient: Ada.ID, Size: controller.Large, Phase: controller.Expected}
	lying := Lying("p-2", Bo.ID, 4, 9)
	Commit(t, s, controller.Change{Parcels: []controller.Parcel{lying, expected}})
	wantParcels(t, s, expected, lying)
	if got := remembered(t, s).Generation; got != 9 {
		t.Errorf("generation is %d, want 9", got)
	}

	dropped := Lying("p-1", Ada.ID, 5, 10)
	lying.Phase = controller.CalledIn
	Commit(t, s, controller.Change{Parcels: []controller.Parcel{dropped}})
	Commit(t, s, controller.Change{Parcels: []controller.Parcel{lying}})
	wantParcels(t, s, dropped, lying)
	dropped.Opened, dropped.Said = At.Add(time.Hour), controller.Recalled
	Commit(t, s, controller.Change{Parcels: []controller.Parcel{dropped}})
	if got, err := s.Parcel("p-1"); got != dropped || err != nil {
		t.Errorf("parcel is %+v, %v, want %+v", got, err, dropped)
	}
	if got := remembered(t, s).Generation; got != 10 {
		t.Errorf("generation is %d, want 10", got)
	}
}

func wantParcels(t *testing.T, s Store, want ...controller.Parcel) {
	t.Helper()
	got, err := s.Parcels()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("parcels (-want +got):\n%s", diff)
	}
}

func endedParcels(t *testing.T, s Store) {
	lying := Lying("p-1", Ada.ID, 3, 1)
	Commit(t, s, controller.Change{
		Parcels: []controller.Parcel{lying},
		Codes:   []controller.Code{{Parcel: "p-1", Generation: 1, MAC: []byte("mac")}},
	})
	lying.Phase = controller.Collected
	Commit(t, s, controller.Change{Parcels: []controller.Parcel{lying}})
	wantParcels(t, s)
	got, err := s.Parcel("p-1")
	if diff := cmp.Diff(lying, got); diff != "" || err != nil {
		t.Errorf("ended parcel: %v (-want +got):\n%s", err, diff)
	}
	if codes, err := s.Codes(); len(codes) != 0 || err != nil {
		t.Errorf("codes of an ended parcel: %v, %v", codes, err)
	}

	// The same parcel may end again, and the record is bounded.
	lying.Phase = controller.Returned
	change := controller.Change{Parcels: []controller.Parcel{lying}}
	for i := range 2000 {
		p := Lying(controller.ParcelID(fmt.Sprint("q-", i)), Bo.ID, 1, 1)
		p.Phase = controller.Collected
		change.Parcels = append(change.Parcels, p)
	}
	Commit(t, s, change)
	_, err = s.Parcel("p-1")
	wantUnknown(t, "parcel that ended 2,001 parcels ago", err)
	if _, err := s.Parcel("q-0"); err != nil {
		t.Errorf("parcel that ended 2,000 parcels ago: %v", err)
	}
}

func codes(t *testing.T, s Store) {
	one := controller.Code{Parcel: "p-1", Generation: 1, MAC: s.MAC("code", []byte("12345678"))}
	two := controller.Code{Parcel: "p-2", Generation: 2, MAC: s.MAC("code", []byte("23456789"))}
	Commit(t, s, controller.Change{Codes: []controller.Code{two, one}})
	again := controller.Code{Parcel: "p-1", Generation: 3, MAC: s.MAC("code", []byte("34567890"))}
	Commit(t, s, controller.Change{Codes: []controller.Code{again}})
	Commit(t, s, controller.Change{DropCodes: []controller.ParcelID{"p-2", "p-none"}})
	got, err := s.Codes()
	if diff := cmp.Diff([]controller.Code{again}, got); diff != "" || err != nil {
		t.Errorf("codes: %v (-want +got):\n%s", err, diff)
	}
	if got := remembered(t, s).Generation; got != 3 {
		t.Errorf("generation is %d, want 3", got)
	}
}

func doors(t *testing.T, s Store) {
	tries := controller.Tries{Key: "recipient/r-ada", Count: 5, Boot: "b1", Since: 90*time.Second + 7}
	intent := controller.Intent{Slot: 7, Why: "match", Parcel: "p-1"}
	remote := controller.Intent{Slot: 300, Why: "command", Command: "c-1"}
	learning, dirty := controller.SlotState{Slot: 300, Learning: true}, controller.SlotState{Slot: 2, OutOfService: "dirty", Unfinished: true, Parcel: "p-9"}
	Commit(t, s, controller.Change{Slots: []controller.SlotState{learning}, Tries: []controller.Tries{tries}, Intent: &intent})
	Commit(t, s, controller.Change{Slots: []controller.SlotState{dirty}, Intent: &remote, Command: "c-1"})
	want := controller.Remembered{
		Slots:    []controller.SlotState{dirty, learning},
		Tries:    []controller.Tries{tries},
		Intents:  []controller.Intent{intent, remote},
		Commands: []string{"c-1"},
	}
	if diff := cmp.Diff(want, remembered(t, s)); diff != "" {
		t.Errorf("remembered (-want +got):\n%s", diff)
	}
	tries.Count = 0
	Commit(t, s, controller.Change{Tries: []controller.Tries{tries}, DropIntent: 7, Slots: []controller.SlotState{{Slot: 2}}})
	want.Slots, want.Tries, want.Intents = want.Slots[1:], nil, want.Intents[1:]
	if diff := cmp.Diff(want, remembered(t, s)); diff != "" {
		t.Errorf("remembered after the end (-want +got):\n%s", diff)
	}
}

func commands(t *testing.T, s Store) {
	for i := range 300 {
		Commit(t, s, controller.Change{Command: fmt.Sprint("c-", i)})
	}
	Commit(t, s, controller.Change{Command: "c-299"})
	got := remembered(t, s).Commands
	if len(got) != 256 || got[0] != "c-44" || got[255] != "c-299" {
		t.Errorf("%d commands from %q to %q, want 256 from c-44 to c-299", len(got), got[0], got[len(got)-1])
	}
}

func identity(t *testing.T, s Store) {
	if got, err := s.Identity(); got != nil || err != nil {
		t.Errorf("a new store has identity %q, %v", got, err)
	}
	for _, want := range []string{"cabinet 7", "cabinet 8 with a longer name"} {
		if err := s.SetIdentity([]byte(want)); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Identity(); string(got) != want || err != nil {
			t.Errorf("identity is %q, %v, want %q", got, err, want)
		}
	}
}

func mac(t *testing.T, s Store) {
	code := s.MAC("code", []byte("12345678"))
	if len(code) != 32 {
		t.Errorf("a MAC of %d bytes, want 32", len(code))
	}
	if !slices.Equal(code, s.MAC("code", []byte("12345678"))) {
		t.Error("the same data gives another MAC")
	}
	if slices.Equal(code, s.MAC("code", []byte("12345679"))) || slices.Equal(code, s.MAC("invitation", []byte("12345678"))) {
		t.Error("other data or another purpose gives the same MAC")
	}
}

// concurrent lets readers and writers run together; the race detector watches.
func concurrent(t *testing.T, s Store) {
	Tell(t, s, Told(Ada, First(Ada.ID, "v-1", matcher.Passcode, 64))...)
	const writers, each = 4, 20
	done := make(chan error)
	for w := range writers {
		go func() {
			var failed error
			for i := range each {
				p := Lying(controller.ParcelID(fmt.Sprintf("p-%d-%d", w, i)), Ada.ID, 1, 1)
				entry := controller.Entry{At: At, What: controller.Deposited}
				if err := s.Commit(controller.Change{Parcels: []controller.Parcel{p}, Entries: []controller.Entry{entry}}); err != nil {
					failed = err
				}
				if firsts, err := s.FirstIdentifications(Ada.ID); err != nil || len(firsts) != 1 {
					failed = fmt.Errorf("%d identifications, %v", len(firsts), err)
				}
			}
			done <- failed
		}()
	}
	for range writers {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if got, err := s.Parcels(); len(got) != writers*each || err != nil {
		t.Errorf("%d parcels, %v, want %d", len(got), err, writers*each)
	}
	if _, last, err := s.Bounds(); last != writers*each || err != nil {
		t.Errorf("the last entry is %d, %v, want %d", last, err, writers*each)
	}
}

// attempts are kept by their place, and go with what their owner stored.
func attempts(t *testing.T, s Store) {
	Commit(t, s, controller.Change{Enrolled: []controller.FirstIdentification{
		First("r-ada", "v1", matcher.Voice, 100), First("r-bo", "v2", matcher.Voice, 100)}})
	of := func(place int, order uint64, who controller.RecipientID) controller.Attempt {
		return controller.Attempt{Place: place, Order: order, Kind: matcher.Voice, Who: who, Data: []byte{byte(order)}}
	}
	Commit(t, s, controller.Change{Attempts: []controller.Attempt{of(0, 256, "r-ada"), of(1, 257, "r-bo"), of(2, 258, "")}})
	Commit(t, s, controller.Change{Attempts: []controller.Attempt{of(1, 513, "r-bo")}})
	want := []controller.Attempt{of(0, 256, "r-ada"), of(1, 513, "r-bo"), of(2, 258, "")}
	if got := remembered(t, s).Attempts; !cmp.Equal(got, want) {
		t.Errorf("attempts are %v, want %v", got, want)
	}
	Commit(t, s, controller.Change{Erase: []controller.RecipientID{"r-bo"}})
	if got := remembered(t, s).Attempts; !cmp.Equal(got, []controller.Attempt{want[0], want[2]}) {
		t.Errorf("after Bo was erased they are %v", got)
	}
	Commit(t, s, controller.Change{EraseFirsts: []string{"v1"}})
	if got := remembered(t, s).Attempts; !cmp.Equal(got, want[2:]) {
		t.Errorf("after Ada's voiceprint was erased they are %v", got)
	}
}
