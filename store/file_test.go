package store_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"lockerd/controller"
	"lockerd/matcher"
	"lockerd/store"
	"lockerd/store/storetest"
	"lockerd/sync/wire"
)

// filled makes a closed store with something of everything and returns its folder and what it holds.
func filled(t testing.TB) (folder string, want contents) {
	t.Helper()
	folder = t.TempDir()
	s, err := tryOpen(t, folder)
	if err != nil {
		t.Fatal(err)
	}
	finger := storetest.First(storetest.Ada.ID, "v-1", matcher.Fingerprint, 5000) // more than a page
	pattern := storetest.First(storetest.Ada.ID, "v-2", matcher.Pattern, 60)
	storetest.Tell(t, s, storetest.Told(storetest.Ada, finger, pattern)...)
	storetest.Tell(t, s, storetest.Told(storetest.Bo)...)
	entry := controller.Entry{At: storetest.At, What: controller.Audit, Detail: "status"}
	for range 60 {
		storetest.Commit(t, s, controller.Change{Entries: []controller.Entry{entry}})
	}
	storetest.Commit(t, s, controller.Change{
		Parcels: []controller.Parcel{storetest.Lying("p-1", storetest.Ada.ID, 3, 8), storetest.Lying("p-2", storetest.Bo.ID, 4, 9)},
		Codes:   []controller.Code{{Parcel: "p-2", Generation: 9, MAC: s.MAC("code", []byte("12345678"))}},
		Slots:   []controller.SlotState{{Slot: 5, OutOfService: "jammed"}},
		Tries:   []controller.Tries{{Key: "cabinet/codes", Count: 3, Boot: "boot", Since: 5}},
		Intent:  &controller.Intent{Slot: 3, Why: "match", Parcel: "p-1"},
		Command: "c-1",
	})
	if err := s.SetIdentity([]byte("cabinet 7")); err != nil {
		t.Fatal(err)
	}
	for range 2 { // so that both meta pages know all of it
		storetest.Commit(t, s, controller.Change{})
	}
	if want, err = read(s); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return folder, want
}

// contents is everything that a store tells.
type contents struct {
	Epoch      [16]byte
	Ada        controller.Recipient
	Firsts     []controller.FirstIdentification
	Parcels    []controller.Parcel
	Codes      []controller.Code
	Remembered controller.Remembered
	Entries    []controller.Entry
	Identity   []byte
}

// read reads everything and gives the first error.
func read(s *store.Store) (c contents, err error) {
	var errs [8]error
	c.Epoch = s.Epoch()
	c.Ada, errs[0] = s.Recipient(storetest.Ada.ID)
	c.Firsts, errs[1] = s.FirstIdentifications(storetest.Ada.ID)
	c.Parcels, errs[2] = s.Parcels()
	c.Codes, errs[3] = s.Codes()
	c.Remembered, errs[4] = s.Remembered()
	c.Entries, errs[5] = s.Since(0, 1000)
	c.Identity, errs[6] = s.Identity()
	errs[7] = s.Verify()
	return c, errors.Join(errs[:]...)
}

func TestReopen(t *testing.T) {
	folder, want := filled(t)
	got, err := read(open(t, folder))
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("after opening again: %v (-want +got):\n%s", err, diff)
	}
}

func TestLocked(t *testing.T) {
	folder := t.TempDir()
	open(t, folder)
	if _, err := tryOpen(t, folder); !errors.Is(err, store.ErrLocked) {
		t.Errorf("opening a store that is open: got error %v, want ErrLocked", err)
	}
}

func TestWrongKey(t *testing.T) {
	folder, _ := filled(t)
	if err := os.WriteFile(filepath.Join(folder, "key"), bytes.Repeat([]byte{7}, 32), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := tryOpen(t, folder); !errors.Is(err, store.ErrWrongKey) {
		t.Errorf("opening with another key: got error %v, want ErrWrongKey", err)
	}
	if err := os.Remove(filepath.Join(folder, "key")); err != nil {
		t.Fatal(err)
	}
	if _, err := tryOpen(t, folder); err == nil || !strings.Contains(err.Error(), "put the key back") {
		t.Errorf("opening without the key: got error %v, want one that says what to do", err)
	}
	if _, err := os.Stat(filepath.Join(folder, "key")); err == nil {
		t.Error("a new key was made for a store that was sealed under another")
	}
}

func TestNewer(t *testing.T) {
	folder, _ := filled(t)
	path := filepath.Join(folder, "cabinet.db")
	db, err := bolt.Open(path, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		return tx.Bucket([]byte("meta")).Put([]byte("schema"), []byte{0, 0, 0, 200})
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(path)
	if _, err := tryOpen(t, folder); !errors.Is(err, store.ErrNewer) || !strings.Contains(err.Error(), "200") || strings.Contains(err.Error(), "put back") {
		t.Errorf("opening a newer store: got error %v, want ErrNewer", err)
	}
	for i, version := range []string{"0.2.0", "0.1.0"} { // 0.1.0 is the younger one: somebody went back once
		kept := filepath.Join(folder, "backup", version)
		name, at := filepath.Join(kept, "cabinet.db"), time.Now().Add(time.Duration(i-9)*time.Hour)
		if err := errors.Join(os.MkdirAll(kept, 0o700), os.WriteFile(name, before, 0o600), os.Chtimes(name, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := tryOpen(t, folder); !errors.Is(err, store.ErrNewer) || !strings.Contains(err.Error(), filepath.Join("backup", "0.1.0")+",") {
		t.Errorf("opening a newer store beside the backup of an upgrade: got error %v, want the backup's name", err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("a newer store was changed")
	}
}

func TestNoFolder(t *testing.T) {
	if _, err := tryOpen(t, filepath.Join(t.TempDir(), "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("opening in a folder that is not there: got error %v", err)
	}
}

// A start that was cut while it made the store leaves a temporary file, which the next start replaces.
func TestHalfMade(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "cabinet.db.new"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	open(t, folder)
	if _, err := os.Stat(filepath.Join(folder, "cabinet.db.new")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the temporary file is still there: %v", err)
	}
	info, err := os.Stat(filepath.Join(folder, "cabinet.db"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the store has mode %v, %v, want 0600", info.Mode(), err)
	}
}

func TestTruncated(t *testing.T) {
	folder, _ := filled(t)
	path := filepath.Join(folder, "cabinet.db")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{0, 1, 100, 4096, 5000, 8192, 12288, 16384, len(whole) / 2} {
		if err := os.WriteFile(path, whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := tryOpen(t, folder)
		if !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), "backup") {
			t.Errorf("opening %d of %d bytes: got error %v, want ErrDamaged with advice", size, len(whole), err)
		}
	}
}

func TestGarbage(t *testing.T) {
	folder, _ := filled(t)
	garbage := bytes.Repeat([]byte("no store at all "), 4096)
	if err := os.WriteFile(filepath.Join(folder, "cabinet.db"), garbage, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := tryOpen(t, folder); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("opening garbage: got error %v, want ErrDamaged", err)
	}
}

// TestDamage damages the file in one place after another: what is read is right, or an error says that it
// is not.
func TestDamage(t *testing.T) {
	folder, want := filled(t)
	path := filepath.Join(folder, "cabinet.db")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, kind := range []struct {
		name   string
		times  int
		damage func([]byte)
	}{
		{"a bit is flipped", 150, func(b []byte) { b[random.IntN(len(b))] ^= 1 << random.IntN(8) }},
		{"a sector is lost", 50, func(b []byte) { clear(b[random.IntN(len(b)/512)*512:][:512]) }},
		{"a page is written elsewhere", 50, func(b []byte) {
			copy(b[random.IntN(len(b)/4096)*4096:][:4096], b[random.IntN(len(b)/4096)*4096:])
		}},
	} {
		t.Run(kind.name, func(t *testing.T) {
			found := 0
			for i := 0; i < kind.times && !t.Failed(); i++ {
				damaged := bytes.Clone(whole)
				kind.damage(damaged)
				if err := os.WriteFile(path, damaged, 0o600); err != nil {
					t.Fatal(err)
				}
				if !harmless(t, folder, want) {
					found++
				}
			}
			if found == 0 {
				t.Error("nothing was hit")
			}
			t.Logf("%d of %d were found; the others hit free space", found, kind.times)
		})
	}
}

// harmless opens and reads a damaged store and tells whether all is as it was. Wrong contents fail the test.
func harmless(t *testing.T, folder string, want contents) bool {
	s, err := tryOpen(t, folder)
	if err == nil {
		defer s.Close()
		var got contents
		if got, err = read(s); err == nil {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("damage was taken for contents (-want +got):\n%s", diff)
			}
			return true
		}
	}
	if !errors.Is(err, store.ErrDamaged) && !errors.Is(err, store.ErrWrongKey) && !errors.Is(err, store.ErrNewer) {
		t.Errorf("damage gives error %v, want ErrDamaged", err)
	}
	return false
}

// TestShrinks cuts the file under an open store: the processor's fault becomes an error.
func TestShrinks(t *testing.T) {
	folder, _ := filled(t)
	s := open(t, folder)
	if err := os.Truncate(filepath.Join(folder, "cabinet.db"), 8192); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Parcels(); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("reading: got error %v, want ErrDamaged", err)
	}
	for range 2 { // the second time bbolt's locks are in doubt
		if err := s.Commit(controller.Change{Command: "c-2"}); !errors.Is(err, store.ErrDamaged) {
			t.Errorf("writing: got error %v, want ErrDamaged", err)
		}
	}
	if err := s.Close(); err != nil {
		t.Errorf("closing: %v", err)
	}
	if _, err := tryOpen(t, folder); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("opening again: got error %v, want ErrDamaged", err)
	}
}

func TestClosed(t *testing.T) {
	s := open(t, t.TempDir())
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(controller.Change{Command: "c-1"}); err == nil {
		t.Error("a closed store took a change")
	}
	if _, err := s.Parcels(); err == nil {
		t.Error("a closed store was read")
	}
}

// The hash that chains the journal is over the event as it goes over the wire.
func TestChainIsOfWireEvents(t *testing.T) {
	s := store.NewMemory()
	first := controller.Entry{
		At: storetest.At, What: controller.Matched, Slot: 3, Parcel: "p-1", Who: "r-ada", Detail: "x", Command: "c",
		Kinds: []matcher.Kind{matcher.Code}, Sealed: []byte{1},
	}
	storetest.Commit(t, s, controller.Change{Entries: []controller.Entry{first, {At: storetest.At, What: controller.Opening}}})
	entries, err := s.Since(0, 2)
	if err != nil {
		t.Fatal(err)
	}
	mode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		t.Fatal(err)
	}
	event, err := mode.Marshal(wire.Event{
		Seq: 1, At: first.At.UnixMilli(), What: "matched", Slot: 3, Parcel: "p-1", Who: "r-ada",
		Kinds: []string{"code"}, Detail: "x", Command: "c", Sealed: []byte{1},
	})
	if err != nil {
		t.Fatal(err)
	}
	if entries[1].Prev != sha256.Sum256(event) {
		t.Error("the second line does not carry the hash of the first as the wire encodes it")
	}
}
