package store_test

import (
	"log/slog"
	"path/filepath"
	"testing"

	"lockerd/controller"
	"lockerd/store"
	"lockerd/store/storetest"
	"lockerd/sync/wire"
)

func TestMemory(t *testing.T) {
	storetest.Run(t, func(*testing.T) storetest.Store { return store.NewMemory() })
}

func TestFile(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Store { return open(t, t.TempDir()) })
}

// open opens the store of a folder and closes it when the test ends.
func open(t testing.TB, folder string) *store.Store {
	t.Helper()
	s, err := tryOpen(t, folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func tryOpen(t testing.TB, folder string) (*store.Store, error) {
	key := store.KeyFile{Path: filepath.Join(folder, "key")}
	return store.Open(filepath.Join(folder, "cabinet.db"), key, slog.New(slog.NewTextHandler(t.Output(), nil)))
}

// The root over what was applied is the one that both ends of the wire reckon: the store, which does not know the wire,
// has a definition of its own.
func TestRootIsTheWires(t *testing.T) {
	s := store.NewMemory()
	told := map[string][32]byte{}
	for version, id := range []string{"b", "a", "a-1", "a.1", "ab"} {
		r := controller.Recipient{ID: controller.RecipientID(id), Name: "Ada"}
		records := storetest.Told(r)
		told[records[0].Key] = records[0].Hash
		from := uint64(version)
		storetest.Commit(t, s, controller.Change{Desired: &controller.DesiredChange{From: from, To: from + 1, Records: records}})
		if remembered, err := s.Remembered(); err != nil || remembered.Root != wire.Root(told) {
			t.Errorf("after %d records the root is %x, %v, want %x", len(told), remembered.Root, err, wire.Root(told))
		}
	}
}
