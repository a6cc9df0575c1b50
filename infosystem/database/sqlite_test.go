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
