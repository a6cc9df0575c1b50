package database_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lockerd/infosystem/database"
	"lockerd/infosystem/database/databasetest"
)

// kinds of database, each of which gives a new empty one.
var kinds = map[string]func(t *testing.T) database.Database{
	"SQLite": func(t *testing.T) database.Database { return openSQLite(t, filepath.Join(t.TempDir(), "a.db")) },
	"PostgreSQL": func(t *testing.T) database.Database {
		return openPostgres(t, databasetest.Schema(t))
	},
}

func openSQLite(t *testing.T, path string) database.Database {
	t.Helper()
	db, err := database.OpenSQLite(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// fill writes several hundred rows, bytes and texts of every kind among them.
func fill(t *testing.T, db database.Database) {
	t.Helper()
	databasetest.Update(t, db, func(tx database.Tx) error {
		for _, statement := range strings.Split(rowsOfNow, ";\n") {
			if _, err := tx.Exec(statement); err != nil {
				return fmt.Errorf("%s: %w", statement, err)
			}
		}
		for i := range 321 {
			n, err := database.Next(tx, "events")
			if err != nil {
				return err
			}
			_, err = tx.Exec(`INSERT INTO events (number, cabinet, epoch, seq, at, received, what, slot, parcel, who, kinds, detail, command, prev, problem)
				VALUES (?, 'lobby', ?, ?, ?, ?, 'opened', ?, '', '', '', ?, '', ?, '')`, n, []byte{0, 255}, i, int64(-1<<62), i, i%12, "艾达 'Ada' ;\x00\xff", []byte{})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

const rowsOfNow = `INSERT INTO people VALUES ('r-ada', 'Ada', '+447700900123', 'en', 1, '', 1, 'given'), ('r-bo', 'Bo', '', '', 0, '', 1, '');
INSERT INTO consents VALUES ('r-ada', 'voice', 1, 'v1', 0);
INSERT INTO cabinets (id, name, slots, software, joined, seen, boot, nonce, uptime, met, policy, codes, kinds_off, version, root, reported)
	VALUES ('lobby', 'Lobby', 12, 'v1', 1, 1, 'b', '', 1, 1, 'fingerprint', 'everyone', '', 7, 'root', 7);
INSERT INTO operators VALUES ('operator', 'hash', 1)`

func count(t *testing.T, db database.Database, table string) (n int) {
	t.Helper()
	err := db.View(t.Context(), func(tx database.Tx) error { return tx.QueryRow(`SELECT COUNT(*) FROM ` + table).Scan(&n) })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestCopy(t *testing.T) {
	for one, from := range kinds {
		for other, to := range kinds {
			t.Run(one+" to "+other, func(t *testing.T) {
				source, target := from(t), to(t)
				fill(t, source)
				copied, err := database.Copy(t.Context(), source, target)
				if err != nil {
					t.Fatal(err)
				}
				rows := map[string]int{}
				for _, c := range copied {
					rows[c.Table] = c.Rows
				}
				for table, want := range map[string]int{"people": 2, "events": 321, "cabinets": 1, "counters": 1, "sessions": 0} {
					if rows[table] != want || count(t, target, table) != want {
						t.Errorf("%s: %d are said to be copied, %d are there, want %d", table, rows[table], count(t, target, table), want)
					}
				}
				databasetest.Update(t, target, func(tx database.Tx) error {
					if n, err := database.Next(tx, "events"); n != 322 || err != nil {
						t.Errorf("the next event has number %d, %v", n, err)
					}
					var key, root []byte
					var policy string
					err := tx.QueryRow(`SELECT sign_key, root, policy FROM cabinets`).Scan(&key, &root, &policy)
					if key != nil || string(root) != "root" || policy != "fingerprint" {
						t.Errorf("the cabinet has %v, %q, %q, %v", key, root, policy, err)
					}
					var prev []byte
					var at int64
					if err := tx.QueryRow(`SELECT prev, at FROM events WHERE number = 321 AND prev IS NOT NULL`).Scan(&prev, &at); err != nil || len(prev) != 0 || at != -1<<62 {
						t.Errorf("an event has %v, %d, %v", prev, at, err)
					}
					return err
				})
			})
		}
	}
}

// TestCopyRefuses: what is there is never written over, and what fails half-way leaves nothing.
func TestCopyRefuses(t *testing.T) {
	for kind, open := range kinds {
		t.Run(kind, func(t *testing.T) {
			source, target := open(t), open(t)
			refused := func(what, want string) {
				t.Helper()
				if _, err := database.Copy(t.Context(), source, target); !errors.Is(err, database.ErrConflict) || !strings.Contains(err.Error(), want) {
					t.Errorf("%s: got error %v, want ErrConflict with %q", what, err, want)
				}
			}
			refused("nothing there", "nothing to copy")
			fill(t, source)
			databasetest.Update(t, target, func(tx database.Tx) error {
				_, err := tx.Exec(`INSERT INTO staff VALUES ('1', '', 'courier', ?, 0, 1, '')`, []byte{1})
				return err
			})
			refused("somebody's database", "not empty, it has 1 rows in table staff")
			databasetest.Update(t, target, func(tx database.Tx) error {
				_, err := tx.Exec(`DELETE FROM staff`)
				return err
			})
			for _, statement := range []string{`INSERT INTO schema_versions VALUES (9999)`, `DELETE FROM schema_versions WHERE version = 9999`} {
				databasetest.Update(t, target, func(tx database.Tx) error { _, err := tx.Exec(statement); return err })
				if count(t, target, "schema_versions") > count(t, source, "schema_versions") {
					refused("another version", "is version ")
				}
			}
			databasetest.Update(t, target, func(tx database.Tx) error { _, err := tx.Exec(`DROP TABLE sessions`); return err })
			if _, err := database.Copy(t.Context(), source, target); err == nil || count(t, target, "events") != 0 {
				t.Errorf("a copy that failed, with %v, left %d events", err, count(t, target, "events"))
			}
		})
	}
}

// TestCopyNoticesLoss: a copy that is not the same is not kept.
func TestCopyNoticesLoss(t *testing.T) {
	source, target := kinds["SQLite"](t), kinds["SQLite"](t)
	fill(t, source)
	databasetest.Update(t, target, func(tx database.Tx) error {
		_, err := tx.Exec(`CREATE TRIGGER spoil AFTER INSERT ON events WHEN NEW.number = 200 BEGIN UPDATE events SET who = 'Bo' WHERE number = 7; END`)
		return err
	})
	if _, err := database.Copy(t.Context(), source, target); err == nil || !strings.Contains(err.Error(), "table events") || count(t, target, "people") != 0 {
		t.Errorf("a copy that differs gave %v and left %d people", err, count(t, target, "people"))
	}
}

// TestCopyKnowsEveryTable: a table that a migration adds is copied, too.
func TestCopyKnowsEveryTable(t *testing.T) {
	source := kinds["SQLite"](t)
	fill(t, source)
	copied, err := database.Copy(t.Context(), source, kinds["SQLite"](t))
	if err != nil {
		t.Fatal(err)
	}
	got := []string{"schema_versions"}
	for _, c := range copied {
		got = append(got, c.Table)
	}
	var want []string
	err = source.View(t.Context(), func(tx database.Tx) (err error) {
		want, err = database.Strings(tx, `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`)
		return err
	})
	slices.Sort(got)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("copied were %q, there are %q, %v", got, want, err)
	}
}
