package database_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lockerd/infosystem/database"
	"lockerd/infosystem/database/databasetest"
)

func TestSQLite(t *testing.T) {
	path := ""
	databasetest.Run(t, func(t *testing.T) database.Database {
		if path == "" || filepath.Base(filepath.Dir(path)) != filepath.Base(t.Name()) {
			dir := filepath.Join(t.TempDir(), filepath.Base(t.Name()))
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			path = filepath.Join(dir, "test.db")
		}
		db, err := database.OpenSQLite(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		return db
	})
}

func TestSQLiteFileIsPrivateAndRubbishIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	db, err := database.OpenSQLite(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the database has mode %o, want 600", info.Mode().Perm())
	}
	rubbish := filepath.Join(t.TempDir(), "b.db")
	if err := os.WriteFile(rubbish, []byte("this is no database, it is a text that is long enough"), 0o600); err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(t.TempDir(), "c.db")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(cut, content[:len(content)/3], 0o600); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{rubbish, cut} {
		before, _ := os.ReadFile(bad)
		if _, err := database.OpenSQLite(bad); err == nil || !strings.Contains(err.Error(), bad+" is damaged: ") {
			t.Errorf("a file that is no database: %v", err)
		}
		if after, err := os.ReadFile(bad); err != nil || string(after) != string(before) {
			t.Errorf("a damaged file was changed: %v", err)
		}
	}
}

// An older version names the state that the upgrade kept.
func TestSQLiteNewerNamesTheBackup(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	db, err := database.OpenSQLite(path)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(t.Context(), func(tx database.Tx) error {
		_, err := tx.Exec(`INSERT INTO schema_versions VALUES (9999)`)
		return err
	})
	kept := filepath.Join(filepath.Dir(path), "backup")
	if err := errors.Join(err, db.Close(), os.Mkdir(kept, 0o700)); err != nil {
		t.Fatal(err)
	}
	if _, err := database.OpenSQLite(path); !errors.Is(err, database.ErrNewer) || !strings.Contains(err.Error(), kept) {
		t.Errorf("got error %v, want ErrNewer and %s", err, kept)
	}
}

// TestSQLiteScrub: what was erased is in neither file nor log of writes, however long somebody reads.
func TestSQLiteScrub(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	db, err := database.OpenSQLite(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const secret = "what Ada verifies herself with"
	databasetest.Update(t, db, func(tx database.Tx) error {
		_, err := tx.Exec(`INSERT INTO counters (name, n) VALUES (?, 1)`, secret)
		return err
	})
	traces := func() (n int) {
		t.Helper()
		for _, name := range []string{path, path + "-wal"} {
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			n += strings.Count(string(content), secret)
		}
		return n
	}
	if traces() == 0 {
		t.Fatal("there is nothing to erase")
	}
	err = db.View(t.Context(), func(tx database.Tx) error { // like a backup that takes its time
		if _, err := database.Strings(tx, `SELECT name FROM counters`); err != nil {
			return err
		}
		databasetest.Update(t, db, func(tx database.Tx) error {
			_, err := tx.Exec(`DELETE FROM counters WHERE name = ?`, secret)
			return errors.Join(err, database.NoteErased(tx))
		})
		if err := database.Scrub(t.Context(), db); err == nil {
			t.Error("scrubbing while somebody reads is said to have been done")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := database.Scrub(t.Context(), db); err != nil || traces() != 0 {
		t.Errorf("after scrubbing again: %v, %d traces", err, traces())
	}
}

// TestSQLiteInAnyFolder: a name is no part of an address.
func TestSQLiteInAnyFolder(t *testing.T) {
	for _, name := range []string{"what?", "a#b", "50%41", "two words", "柜"} {
		dir := filepath.Join(t.TempDir(), name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "a.db")
		db, err := database.OpenSQLite(path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("%s: the file is empty, %v", name, err)
		}
	}
}
