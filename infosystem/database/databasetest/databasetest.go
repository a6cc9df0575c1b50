// Package databasetest is the conformance suite of database.Database: one script for every implementation.
package databasetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"lockerd/infosystem/database"
)

// Open returns a new database that lasts as long as the test: on the PostgreSQL server that the environment variable
// LOCKERD_POSTGRES names, or else an embedded one.
func Open(t testing.TB) database.Database {
	t.Helper()
	db, err := Opener(t)()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// Opener opens the same new database each time it is called.
func Opener(t testing.TB) func() (database.Database, error) {
	t.Helper()
	if os.Getenv("LOCKERD_POSTGRES") != "" {
		source := Schema(t)
		return func() (database.Database, error) { return database.OpenPostgres(source) }
	}
	path := filepath.Join(t.TempDir(), "test.db")
	return func() (database.Database, error) { return database.OpenSQLite(path) }
}

// Schema makes an empty schema on the server that LOCKERD_POSTGRES names, for as long as the test lasts, and returns
// how it is reached. Without a server the test is skipped.
func Schema(t testing.TB) string {
	t.Helper()
	server := os.Getenv("LOCKERD_POSTGRES")
	if server == "" {
		t.Skip("LOCKERD_POSTGRES names no PostgreSQL server; make test-postgres starts one")
	}
	config, err := pgx.ParseConfig(server)
	if err != nil {
		t.Fatal(err)
	}
	admin := stdlib.OpenDB(*config)
	t.Cleanup(func() { admin.Close() })
	name := "test_" + strings.ToLower(rand.Text())
	if _, err := admin.Exec(`CREATE SCHEMA ` + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { admin.Exec(`DROP SCHEMA ` + name + ` CASCADE`) })
	return server + " search_path=" + name
}

// Update runs change in a transaction and fails the test when it fails.
func Update(t testing.TB, db database.Database, change func(database.Tx) error) {
	t.Helper()
	if err := db.Update(context.Background(), change); err != nil {
		t.Fatal(err)
	}
}

// Run runs the suite. open opens the same empty database each time it is called within one test.
func Run(t *testing.T, open func(t *testing.T) database.Database) {
	t.Run("committed stays, failed leaves nothing", func(t *testing.T) { testAllOrNothing(t, open) })
	t.Run("attempt undoes itself alone", func(t *testing.T) { testAttempt(t, open(t)) })
	t.Run("keys", func(t *testing.T) { testKeys(t, open(t)) })
	t.Run("values come back as they went", func(t *testing.T) { testValues(t, open(t)) })
	t.Run("a view is consistent and cannot write", func(t *testing.T) { testView(t, open(t)) })
	t.Run("broken text holds nothing up", func(t *testing.T) { testBrokenText(t, open(t)) })
	t.Run("counters never repeat", func(t *testing.T) { testCounters(t, open(t)) })
	t.Run("a cancelled context changes nothing", func(t *testing.T) { testCancelled(t, open(t)) })
	t.Run("a newer schema is refused", func(t *testing.T) { testNewer(t, open(t)) })
}

func put(name string, n int64) func(database.Tx) error {
	return func(tx database.Tx) error {
		_, err := tx.Exec(`INSERT INTO counters (name, n) VALUES (?, ?)`, name, n)
		return err
	}
}

func get(t *testing.T, db database.Database, name string) (n int64) {
	t.Helper()
	err := db.View(t.Context(), func(tx database.Tx) error {
		err := tx.QueryRow(`SELECT n FROM counters WHERE name = ?`, name).Scan(&n)
		if errors.Is(err, sql.ErrNoRows) {
			n, err = -1, nil
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func update(t *testing.T, db database.Database, change func(database.Tx) error) {
	t.Helper()
	if err := db.Update(t.Context(), change); err != nil {
		t.Fatal(err)
	}
}

func testAllOrNothing(t *testing.T, open func(t *testing.T) database.Database) {
	db := open(t)
	update(t, db, put("kept", 7))
	failure := errors.New("failure")
	err := db.Update(t.Context(), func(tx database.Tx) error { return errors.Join(put("lost", 1)(tx), failure) })
	if !errors.Is(err, failure) {
		t.Fatalf("Update gave %v, want the change's own error", err)
	}
	func() {
		defer func() { recover() }()
		db.Update(t.Context(), func(tx database.Tx) error { put("panicked", 1)(tx); panic("planted") })
	}()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = open(t)
	for name, want := range map[string]int64{"kept": 7, "lost": -1, "panicked": -1} {
		if got := get(t, db, name); got != want {
			t.Errorf("after reopening %s = %d, want %d", name, got, want)
		}
	}
}

func testAttempt(t *testing.T, db database.Database) {
	failure := errors.New("failure")
	update(t, db, func(tx database.Tx) error {
		if err := put("before", 1)(tx); err != nil {
			return err
		}
		if err := tx.Attempt(func() error { return errors.Join(put("inside", 1)(tx), failure) }); !errors.Is(err, failure) {
			t.Errorf("Attempt gave %v, want the change's own error", err)
		}
		if err := tx.Attempt(func() error { return put("second", 1)(tx) }); err != nil {
			t.Errorf("second Attempt: %v", err)
		}
		err := tx.Attempt(func() error {
			inner := tx.Attempt(func() error { return errors.Join(put("inner", 1)(tx), failure) })
			return errors.Join(put("outer", 1)(tx), inner)
		})
		if !errors.Is(err, failure) {
			t.Errorf("an attempt that fails after one inside it did: %v", err)
		}
		return put("after", 1)(tx)
	})
	for name, want := range map[string]int64{"before": 1, "inside": -1, "second": 1, "inner": -1, "outer": -1, "after": 1} {
		if got := get(t, db, name); got != want {
			t.Errorf("%s = %d, want %d", name, got, want)
		}
	}
}

func testKeys(t *testing.T, db database.Database) {
	update(t, db, put("one", 1))
	if err := db.Update(t.Context(), put("one", 2)); !errors.Is(err, database.ErrExists) {
		t.Errorf("a second row of the same key gave %v, want ErrExists", err)
	}
	if got := get(t, db, "one"); got != 1 {
		t.Errorf("the first row became %d", got)
	}
	err := db.Update(t.Context(), func(tx database.Tx) error {
		_, err := tx.Exec(`INSERT INTO sessions (hash, operator, csrf, expires) VALUES (?, ?, ?, ?)`, []byte{1}, "nobody", "", 0)
		return err
	})
	if err == nil {
		t.Error("a row that refers to nothing was taken")
	}
}

func testValues(t *testing.T, db database.Database) {
	blob, text, number := []byte{0, 255, 1, 0}, "艾达 'Ada' ; --\x01", int64(-1<<62)
	update(t, db, func(tx database.Tx) error {
		_, err := tx.Exec(`INSERT INTO operators (name, password, created) VALUES (?, ?, ?)`, text, blob, number)
		return err
	})
	err := db.View(t.Context(), func(tx database.Tx) error {
		var gotText string
		var gotBlob []byte
		var gotNumber int64
		err := tx.QueryRow(`SELECT name, password, created FROM operators`).Scan(&gotText, &gotBlob, &gotNumber)
		if gotText != text || !bytes.Equal(gotBlob, blob) || gotNumber != number {
			t.Errorf("got %q %v %d", gotText, gotBlob, gotNumber)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// testBrokenText: cabinets may send whatever fits a text.
func testBrokenText(t *testing.T, db database.Database) {
	for i, text := range []string{"a\x00b", "a\xff", "\x00"} {
		update(t, db, func(tx database.Tx) error {
			_, err := tx.Exec(`INSERT INTO operators (name, password, created) VALUES (?, ?, ?)`, text, []byte{}, i)
			return err
		})
	}
}

func testView(t *testing.T, db database.Database) {
	update(t, db, put("n", 1))
	err := db.View(t.Context(), func(tx database.Tx) error {
		var before, after int64
		if err := tx.QueryRow(`SELECT n FROM counters WHERE name = 'n'`).Scan(&before); err != nil {
			return err
		}
		update(t, db, func(tx database.Tx) error { _, err := tx.Exec(`UPDATE counters SET n = 2`); return err })
		if err := tx.QueryRow(`SELECT n FROM counters WHERE name = 'n'`).Scan(&after); err != nil {
			return err
		}
		if before != after {
			t.Errorf("the view changed from %d to %d", before, after)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.View(t.Context(), put("written in a view", 1)); err == nil {
		t.Error("a view could write")
	}
}

func testCounters(t *testing.T, db database.Database) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	seen := map[int64]bool{}
	for range 4 {
		wg.Go(func() {
			for range 5 {
				err := db.Update(context.Background(), func(tx database.Tx) error {
					n, err := database.Next(tx, "test")
					mu.Lock()
					defer mu.Unlock()
					if seen[n] {
						err = errors.Join(err, fmt.Errorf("%d was given twice", n))
					}
					seen[n] = true
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if !seen[1] || !seen[20] || len(seen) != 20 {
		t.Errorf("20 calls gave %v", seen)
	}
}

func testCancelled(t *testing.T, db database.Database) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := db.Update(ctx, put("cancelled", 1)); err == nil {
		t.Error("a cancelled Update succeeded")
	}
	if got := get(t, db, "cancelled"); got != -1 {
		t.Errorf("a cancelled Update wrote %d", got)
	}
}

func testNewer(t *testing.T, db database.Database) {
	if err := database.Migrate(t.Context(), db); err != nil {
		t.Errorf("a second migration: %v", err)
	}
	update(t, db, func(tx database.Tx) error { _, err := tx.Exec(`INSERT INTO schema_versions VALUES (9999)`); return err })
	if err := database.Migrate(t.Context(), db); !errors.Is(err, database.ErrNewer) {
		t.Errorf("a newer schema got error %v, want ErrNewer", err)
	}
}
