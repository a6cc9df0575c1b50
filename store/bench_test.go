package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"lockerd/controller"
	"lockerd/matcher"
	"lockerd/store"
	"lockerd/store/storetest"
)

const benchPeople = 10_000

// manyPeople tells the store of 10,000 recipients with three identifications of 1.5 KB each.
func manyPeople(b *testing.B, s *store.Store) {
	b.Helper()
	const step = 500
	for from := 0; from < benchPeople; from += step {
		var records []controller.DesiredRecord
		for i := from; i < from+step; i++ {
			whose := controller.Recipient{ID: personID(i), Name: fmt.Sprint("Ada ", i), PhoneTail: fmt.Sprintf("%04d", i)}
			var firsts []controller.FirstIdentification
			for f := range 3 {
				firsts = append(firsts, storetest.First(whose.ID, fmt.Sprintf("v-%d-%d", i, f), matcher.Fingerprint, 1500))
			}
			records = append(records, storetest.Told(whose, firsts...)...)
		}
		storetest.Tell(b, s, records...)
	}
}

func personID(i int) controller.RecipientID {
	return controller.RecipientID(fmt.Sprintf("r-%05d", i))
}

// BenchmarkOpen10k opens a store of 10,000 people, its check included, and reports what stays on the heap.
func BenchmarkOpen10k(b *testing.B) {
	folder := b.TempDir()
	s, err := tryOpen(b, folder)
	if err != nil {
		b.Fatal(err)
	}
	manyPeople(b, s)
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	s = nil
	for b.Loop() {
		if s != nil {
			s.Close()
		}
		if s, err = tryOpen(b, folder); err != nil {
			b.Fatal(err)
		}
	}
	runtime.GC()
	runtime.GC() // pools are emptied by the second
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	b.ReportMetric(float64(memory.HeapAlloc)/1e6, "MB-heap")
	s.Close()
}

// BenchmarkCommit writes a line, an intent and tries, as a pickup does before its pulse.
func BenchmarkCommit(b *testing.B) {
	s := open(b, b.TempDir())
	for b.Loop() {
		storetest.Commit(b, s, pickup)
	}
}

// BenchmarkCommitOf10k is the same in a store of 10,000 people.
func BenchmarkCommitOf10k(b *testing.B) {
	s := open(b, b.TempDir())
	manyPeople(b, s)
	for b.Loop() {
		storetest.Commit(b, s, pickup)
	}
}

// BenchmarkSync is what the disk takes for 4 KB at the end of a file, to see a commit beside it.
func BenchmarkSync(b *testing.B) {
	file, err := os.Create(filepath.Join(b.TempDir(), "file"))
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	block := make([]byte, 4096)
	for b.Loop() {
		if _, err := file.Write(block); err != nil {
			b.Fatal(err)
		}
		if err := syscall.Fdatasync(int(file.Fd())); err != nil {
			b.Fatal(err)
		}
	}
}

var pickup = controller.Change{
	Tries:   []controller.Tries{{Key: "recipient/r-00001", Count: 1, Boot: "boot"}},
	Intent:  &controller.Intent{Slot: 3, Why: "match", Parcel: "p-1"},
	Entries: []controller.Entry{{At: storetest.At, What: controller.Opening, Slot: 3, Parcel: "p-1", Who: "r-00001"}},
}

// BenchmarkGet reads one person's three identifications of 10,000 people's.
func BenchmarkGet(b *testing.B) {
	s := open(b, b.TempDir())
	manyPeople(b, s)
	i := 0
	for b.Loop() {
		i = (i + 7919) % benchPeople
		if firsts, err := s.FirstIdentifications(personID(i)); len(firsts) != 3 || err != nil {
			b.Fatal(len(firsts), err)
		}
	}
}

// BenchmarkDelta applies one changed recipient to the desired state of 10,000.
func BenchmarkDelta(b *testing.B) {
	s := open(b, b.TempDir())
	manyPeople(b, s)
	i := 0
	for b.Loop() {
		i++
		storetest.Tell(b, s, storetest.Told(controller.Recipient{ID: personID(i % benchPeople), Name: fmt.Sprint("Bo ", i)})...)
	}
}

// BenchmarkVerify reads everything of 10,000 people.
func BenchmarkVerify(b *testing.B) {
	s := open(b, b.TempDir())
	manyPeople(b, s)
	for b.Loop() {
		if err := s.Verify(); err != nil {
			b.Fatal(err)
		}
	}
}
