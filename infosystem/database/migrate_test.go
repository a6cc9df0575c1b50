package database_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"lockerd/infosystem/database"
	"lockerd/infosystem/database/databasetest"
)

// Rows as version 1 and version 2 wrote them.
const (
	rowsOf1 = `INSERT INTO cabinets VALUES ('lobby', 'Lobby', 12, 'v1', NULL, NULL, NULL, 1, 1, 'b', '', 1, 1, 'fingerprint', 'everyone', '', 7, '', 7);
INSERT INTO people VALUES ('r-ada', 'Ada', '+447700900123', 'en', 1, '', 1), ('r-bo', 'Bo', '+447700900124', '', 0, '', 1);
INSERT INTO staff VALUES ('1001', '', 'courier', '', 0, 1);
INSERT INTO parcels VALUES ('p1', 'lobby', 'r-ada', 1, 0, 'stored', 0, 1, 3, 1, 2, 0);
INSERT INTO verification VALUES ('v1', 'r-ada', 'pattern', 'b', 1, 1), ('v2', 'r-bo', 'pattern', 'b', 1, 1);
INSERT INTO desired VALUES ('lobby', 'verification', 'v1', 1, 0, 'b', 'b', 'b'), ('lobby', 'verification', 'v2', 2, 1, NULL, NULL, NULL),
	('lobby', 'verification', 'v-withdrawn', 2, 1, NULL, NULL, NULL), ('lobby', 'recipient', 'v1', 1, 0, 'b', 'b', 'b');
`
	rowsOf2 = `UPDATE people SET agreed = 'given' WHERE id = 'r-ada';
INSERT INTO parcels (id, cabinet, recipient, size, due, phase, recalled, specific, slot, assigned, stored, ended, consent) VALUES
	('p2', 'lobby', 'r-ada', 1, 0, 'expected', 0, 1, 0, 1, 0, 0, 'given'),
	('p3', 'lobby', 'r-ada', 1, 0, 'expected', 0, 1, 0, 1, 0, 0, 'refused'),
	('p4', 'lobby', 'r-bo', 1, 0, 'expected', 0, 0, 0, 1, 0, 0, 'given'),
	('p5', 'lobby', 'r-bo', 1, 0, 'expected', 0, 0, 0, 1, 0, 0, 'asked');
`
)

// TestOlderState: what each earlier version wrote is there after the migrations, with what they make of it.
func TestOlderState(t *testing.T) {
	for version := 1; version <= 6; version++ {
		t.Run(fmt.Sprint("SQLite, version ", version), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "old.db")
			raw, err := sql.Open("sqlite", "file:"+path)
			if err != nil {
				t.Fatal(err)
			}
			writeOlder(t, raw, version)
			db, err := database.OpenSQLite(path)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			checkOlder(t, db, version)
		})
		t.Run(fmt.Sprint("PostgreSQL, version ", version), func(t *testing.T) {
			source := databasetest.Schema(t)
			config, err := pgx.ParseConfig(source)
			if err != nil {
				t.Fatal(err)
			}
			writeOlder(t, stdlib.OpenDB(*config), version)
			checkOlder(t, openPostgres(t, source), version)
		})
	}
}

// writeOlder leaves a database as it was at that version, and closes it.
func writeOlder(t *testing.T, raw *sql.DB, version int) {
	t.Helper()
	defer raw.Close()
	run := func(text string) {
		t.Helper()
		for statement := range strings.SplitSeq(text, ";\n") {
			if strings.TrimSpace(statement) == "" {
				continue
			}
			if _, err := raw.Exec(statement); err != nil {
				t.Fatalf("%s: %v", statement, err)
			}
		}
	}
	run("CREATE TABLE schema_versions (version BIGINT PRIMARY KEY)")
	for i, rows := range []string{rowsOf1, rowsOf2, "", "", "", ""}[:version] {
		files, err := filepath.Glob(fmt.Sprintf("migrations/%04d_*.sql", i+1))
		if err != nil || len(files) != 1 {
			t.Fatalf("migrations of number %d: %v, %v", i+1, files, err)
		}
		text, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		run(string(text))
		run(fmt.Sprintf("INSERT INTO schema_versions VALUES (%d)", i+1))
		run(rows)
	}
}

func checkOlder(t *testing.T, db database.Database, version int) {
	t.Helper()
	want := map[string]string{"p1": "stored 3  0"}
	if version >= 2 {
		want["p2"], want["p3"] = "expected 0 given 0", "expected 0 refused 1" // as Ada says once for all, and otherwise
		want["p4"], want["p5"] = "expected 0 given 1", "expected 0 asked 0"
	}
	got := map[string]string{}
	var badge, policy string
	err := db.View(t.Context(), func(tx database.Tx) error {
		rows, err := tx.Query(`SELECT id, phase, slot, consent, answered FROM parcels`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id, phase, consent string
			var slot, answered int
			if err := rows.Scan(&id, &phase, &slot, &consent, &answered); err != nil {
				return err
			}
			got[id] = fmt.Sprint(phase, " ", slot, " ", consent, " ", answered)
		}
		if err := tx.QueryRow(`SELECT badge FROM staff WHERE number = '1001'`).Scan(&badge); err != nil {
			return err
		}
		return tx.QueryRow(`SELECT policy FROM cabinets WHERE walk_up = 0 AND consent = ''`).Scan(&policy)
	})
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) || badge != "" || policy != "fingerprint" {
		t.Errorf("parcels are %v, want %v; badge %q, policy %q, %v", got, want, badge, policy, err)
	}
	checkPersons(t, db)
}

// checkPersons: it is known whose verification information a cabinet holds that got it before this was written down.
func checkPersons(t *testing.T, db database.Database) {
	t.Helper()
	var got []string
	err := db.View(t.Context(), func(tx database.Tx) (err error) {
		got, err = database.Strings(tx, `SELECT kind || ' ' || id || ' ' || person FROM desired`)
		return err
	})
	slices.Sort(got) // a server may sort otherwise
	want := []string{"recipient v1 ", "verification v-withdrawn ", "verification v1 r-ada", "verification v2 r-bo"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("the desired state's persons are %q, want %q, %v", got, want, err)
	}
}
