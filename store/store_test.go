package store_test

import (
	"log/slog"
	"path/filepath"
	"testing"

	"lockerd/store"
	"lockerd/store/storetest"
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
