package database_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lockerd/infosystem/database"
	"lockerd/infosystem/database/databasetest"
)

func TestPostgres(t *testing.T) {
	sources := map[string]string{}
	databasetest.Run(t, func(t *testing.T) database.Database {
		name := filepath.Base(t.Name())
		if sources[name] == "" {
			sources[name] = databasetest.Schema(t)
		}
		return openPostgres(t, sources[name])
	})
}

func openPostgres(t *testing.T, source string) *database.Postgres {
	t.Helper()
	db, err := database.OpenPostgres(source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// TestPostgresWriterElsewhere: writers of two connections wait for each other, and none reads what the other is about
// to change.
func TestPostgresWriterElsewhere(t *testing.T) {
	source := databasetest.Schema(t)
	one, two := openPostgres(t, source), openPostgres(t, source)
	done := make(chan error, 20)
	for i := range cap(done) {
		go func() {
			done <- []database.Database{one, two}[i%2].Update(t.Context(), func(tx database.Tx) error {
				var n int64
				err := tx.QueryRow(`SELECT n FROM counters WHERE name = 'shared'`).Scan(&n)
				if errors.Is(err, sql.ErrNoRows) {
					_, err = tx.Exec(`INSERT INTO counters (name, n) VALUES ('shared', 0)`)
				}
				if err != nil {
					return err
				}
				_, err = tx.Exec(`UPDATE counters SET n = ? WHERE name = 'shared'`, n+1)
				return err
			})
		}()
	}
	for range cap(done) {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	var n int
	err := one.View(t.Context(), func(tx database.Tx) error {
		return tx.QueryRow(`SELECT n FROM counters WHERE name = 'shared'`).Scan(&n)
	})
	if err != nil || n != cap(done) {
		t.Errorf("%d of %d updates count, %v", n, cap(done), err)
	}
}

// TestPostgresScrub: while a snapshot of before an erasure is in use, like that of pg_dump, what was erased is not said to
// be cleared away; one of after it is in nobody's way.
func TestPostgresScrub(t *testing.T) {
	source := databasetest.Schema(t)
	db, dump := openPostgres(t, source), openPostgres(t, source)
	look := func(tx database.Tx) error {
		_, err := database.Strings(tx, `SELECT name FROM people`)
		return err
	}
	databasetest.Update(t, db, func(tx database.Tx) error {
		_, err := tx.Exec(`INSERT INTO people (id, name, phone, language, low_slot, policy, created) VALUES ('r-ada', 'Ada', '', '', 0, '', 0)`)
		return err
	})
	err := dump.View(t.Context(), func(tx database.Tx) error {
		if err := look(tx); err != nil {
			return err
		}
		databasetest.Update(t, db, func(tx database.Tx) error {
			_, err := tx.Exec(`DELETE FROM people`)
			return errors.Join(err, database.NoteErased(tx))
		})
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond) // other tests scrub on the same server
		defer cancel()
		if err := database.Scrub(ctx, db); err == nil {
			t.Error("scrubbing while somebody reads is said to have been done")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	databasetest.Update(t, db, func(tx database.Tx) error { _, err := database.Next(tx, "other"); return err })
	for deadline := time.Now().Add(20 * time.Second); ; { // writes of other tests on the same server may hold a snapshot back
		err = dump.View(t.Context(), func(tx database.Tx) error {
			if err := look(tx); err != nil {
				return err
			}
			databasetest.Update(t, db, func(tx database.Tx) error { _, err := database.Next(tx, "other"); return err })
			return database.Scrub(t.Context(), db)
		})
		if err == nil || time.Now().After(deadline) {
			break
		}
	}
	if err != nil {
		t.Errorf("scrubbing while somebody reads what is left: %v", err)
	}
}

// TestPostgresComesBack: after the server ended every connection, what was refused can be done again.
func TestPostgresComesBack(t *testing.T) {
	source := databasetest.Schema(t)
	name := strings.ToLower(rand.Text()) // of these connections alone: other tests use the same server
	db, other := openPostgres(t, source+" application_name="+name), openPostgres(t, source)
	databasetest.Update(t, db, func(tx database.Tx) error { _, err := database.Next(tx, "n"); return err })
	databasetest.Update(t, other, func(tx database.Tx) error {
		ended, err := tx.Exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = ?`, name)
		if err == nil && ended == 0 {
			t.Error("no connection was ended")
		}
		return err
	})
	var last error
	for range 3 {
		var n int64
		last = db.Update(t.Context(), func(tx database.Tx) (err error) { n, err = database.Next(tx, "n"); return err })
		if last == nil && n != 2 {
			t.Errorf("the counter is at %d, want 2", n)
		}
		if last == nil {
			return
		}
	}
	t.Error(last)
}

func TestPostgresRefuses(t *testing.T) {
	for source, want := range map[string]string{
		"postgres://ada:secret@127.0.0.1:1/none":                             "cannot",
		"port=none password=secret":                                          "address",
		"port=none password = secret":                                        "address",
		`port=none password='it\'s secret'`:                                  "address",
		`port=none password=very\ secret`:                                    "address",
		"host=/nowhere password=very secret":                                 "address",
		`host=h password=very\ secret sslmode=verify-full sslrootcert=/none`: "/none",
		"ada:very@secret@host/name":                                          "address",
		"Postgres://ada:top/secret@host/name":                                "address",
		"host=/nowhere dbname=x":                                             "/nowhere",
	} {
		db, err := database.OpenPostgres(source)
		if err == nil {
			db.Close()
			t.Fatalf("%s was opened", source)
		}
		if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", source, err)
		}
	}
}
