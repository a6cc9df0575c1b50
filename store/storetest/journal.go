package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lockerd/controller"
	"lockerd/matcher"
)

// note commits n entries, one a change, the first of them at At plus an hour for each before it.
func note(t *testing.T, s Store, n int) {
	t.Helper()
	_, last, err := s.Bounds()
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		at := At.Add(time.Duration(last+uint64(i)) * time.Hour)
		Commit(t, s, controller.Change{Entries: []controller.Entry{{At: at, What: controller.Audit}}})
	}
}

func chain(t *testing.T, s Store) {
	full := controller.Entry{
		Seq: 99, At: At, What: controller.Matched, Slot: 3, Parcel: "p-1", Who: "r-ada",
		Kinds:  []matcher.Kind{matcher.Fingerprint, matcher.Code},
		Detail: "retried", Command: "c-1", Sealed: []byte{1, 2}, Prev: Hash("wrong"),
	}
	given := []controller.Entry{full, {At: At, What: controller.Opening}}
	Commit(t, s, controller.Change{Entries: given})
	if given[0].Seq != 99 {
		t.Error("Commit changed the entries that it was given")
	}
	note(t, s, 2)
	got, err := s.Since(0, 100)
	if err != nil || len(got) != 4 {
		t.Fatalf("%d entries, %v, want 4", len(got), err)
	}
	full.Seq, full.Prev = 1, [32]byte{}
	if diff := cmp.Diff(full, got[0]); diff != "" {
		t.Errorf("first entry (-want +got):\n%s", diff)
	}
	seen := map[[32]byte]bool{}
	for i, e := range got {
		if e.Seq != uint64(i+1) || seen[e.Prev] {
			t.Errorf("entry %d has number %d and prev %x", i+1, e.Seq, e.Prev)
		}
		seen[e.Prev] = true
	}
}

func outbox(t *testing.T, s Store) {
	wantBounds(t, s, 1, 0)
	note(t, s, 10)
	wantBounds(t, s, 1, 10)
	got, err := s.Since(4, 3)
	if err != nil || len(got) != 3 || got[0].Seq != 5 || got[2].Seq != 7 {
		t.Errorf("three entries since 4: %+v, %v", got, err)
	}
	for _, test := range []struct {
		after uint64
		max   int
	}{{10, 5}, {900, 5}, {0, 0}} {
		if got, err := s.Since(test.after, test.max); len(got) != 0 || err != nil {
			t.Errorf("at most %d entries since %d: %+v, %v", test.max, test.after, got, err)
		}
	}
	epoch := s.Epoch()
	if epoch == [16]byte{} {
		t.Error("the epoch is zero")
	}
	for _, ack := range []struct {
		epoch [16]byte
		seq   uint64
		left  uint64
	}{{epoch, 0, 10}, {epoch, 4, 6}, {epoch, 2, 6}, {[16]byte{1}, 9, 6}, {epoch, 4, 6}, {epoch, 10, 0}} {
		if err := s.Acked(ack.epoch, ack.seq); err != nil {
			t.Errorf("acknowledging %d: %v", ack.seq, err)
		}
		if got, err := s.Unacknowledged(); got != ack.left || err != nil {
			t.Errorf("%d entries are not acknowledged, %v, want %d", got, err, ack.left)
		}
		wantBounds(t, s, 1, 10) // what is acknowledged is at hand all the same
	}
	if err := s.Acked(epoch, 11); err == nil {
		t.Error("an entry that is not there was acknowledged")
	}
	tail, err := s.Tail(2)
	if err != nil || len(tail) != 2 || tail[0].Seq != 9 || tail[1].Seq != 10 {
		t.Errorf("tail of two: %+v, %v", tail, err)
	}
	if tail, err := s.Tail(50); len(tail) != 10 || err != nil {
		t.Errorf("tail of 50 has %d entries, %v, want 10", len(tail), err)
	}
	if tail, err := s.Tail(0); len(tail) != 0 || err != nil {
		t.Errorf("tail of none has %d entries, %v", len(tail), err)
	}
}

func wantBounds(t *testing.T, s Store, first, last uint64) {
	t.Helper()
	if f, l, err := s.Bounds(); f != first || l != last || err != nil {
		t.Errorf("bounds are %d, %d, %v, want %d, %d", f, l, err, first, last)
	}
}

func compact(t *testing.T, s Store) {
	note(t, s, 20)
	sinceSixth := time.Since(At.Add(5*time.Hour)) - time.Minute // entries 1–5 and no more are older
	wantRemoved := func(keep time.Duration, want int) {
		t.Helper()
		if got, err := s.Compact(keep); got != want || err != nil {
			t.Errorf("compact removed %d entries, %v, want %d", got, err, want)
		}
		if err := s.Verify(); err != nil {
			t.Error(err)
		}
	}
	wantRemoved(0, 0) // nothing is acknowledged
	if err := s.Acked(s.Epoch(), 12); err != nil {
		t.Fatal(err)
	}
	wantRemoved(sinceSixth+2*time.Minute, 5)
	wantRemoved(sinceSixth+2*time.Minute, 0)
	wantRemoved(0, 7)
	wantBounds(t, s, 13, 20)
	got, err := s.Since(0, 100)
	if err != nil || len(got) != 8 || got[0].Seq != 13 {
		t.Errorf("%d entries, %v, want 8 from 13 on", len(got), err)
	}
	if err := s.Acked(s.Epoch(), 20); err != nil {
		t.Fatal(err)
	}
	wantRemoved(0, 8)
	wantBounds(t, s, 21, 20)
	note(t, s, 1)
	wantBounds(t, s, 21, 21)
}

// forgets checks that what keeps old desired state from coming back goes with the entry that tells of it.
func forgets(t *testing.T, s Store) {
	end := func(id controller.ParcelID, invitation string) {
		p := Lying(id, Ada.ID, 1, 1)
		p.Phase = controller.Collected
		Commit(t, s, controller.Change{
			Parcels: []controller.Parcel{p}, UsedInvites: []string{invitation},
			Entries: []controller.Entry{{At: At, What: controller.CollectedIt, Parcel: id}},
		})
	}
	end("p-1", "i-1")
	end("p-2", "i-2")
	wantEnded := func(id controller.ParcelID, want bool) {
		t.Helper()
		if _, err := s.Parcel(id); (err == nil) != want {
			t.Errorf("ended parcel %s: %v, want it kept: %t", id, err, want)
		}
	}
	for acked, kept := range []map[controller.ParcelID]bool{{"p-1": true, "p-2": true}, {"p-2": true}, {}} {
		if err := s.Acked(s.Epoch(), uint64(acked)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Compact(0); err != nil {
			t.Fatal(err)
		}
		wantEnded("p-1", kept["p-1"])
		wantEnded("p-2", kept["p-2"])
	}
	Tell(t, s, invited) // its use was told and forgotten, so that this one is new
	if got, err := s.Invitations(); len(got) != 1 || err != nil {
		t.Errorf("invitations: %v, %v, want one", got, err)
	}
}
