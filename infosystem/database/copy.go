package database

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"
)

// tables are all tables but the schema's version, each behind those that it refers to.
var tables = []string{
	"counters", "key_checks", "people", "consents", "verification", "cabinets", "join_codes", "epochs", "events", "slots", "parcels",
	"announcements", "invitations", "staff", "desired", "commands", "notices", "operators", "sessions",
}

// rowsAtOnce is how many rows one statement writes; PostgreSQL takes 65535 parameters, SQLite 32766.
const rowsAtOnce = 100

// Copied is how many rows of a table were copied.
type Copied struct {
	Table string
	Rows  int
}

// Copy copies everything in one database into another one, which must be empty and of the same schema version, in one
// transaction. The copy is read again, and kept if each table has the same rows. Numbers go on where they were, since they
// come from the table of counters. Text that PostgreSQL cannot hold is spelled as whenever it is written there.
func Copy(ctx context.Context, from, to Database) (copied []Copied, err error) {
	err = from.View(ctx, func(source Tx) error {
		return to.Update(ctx, func(target Tx) error {
			if err := fit(source, target); err != nil {
				return err
			}
			for _, table := range tables {
				rows, err := copyTable(source, target, table)
				if err != nil {
					return fmt.Errorf("cannot copy table %s: %w", table, err)
				}
				copied = append(copied, Copied{table, rows})
			}
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	return copied, nil
}

// fit checks that one database can be copied into the other.
func fit(source, target Tx) error {
	var versions [2]int
	var operators int
	for i, tx := range []Tx{source, target} {
		if err := tx.QueryRow(`SELECT MAX(version) FROM schema_versions`).Scan(&versions[i]); err != nil {
			return fmt.Errorf("cannot read the schema version: %w", err)
		}
	}
	if versions[0] != versions[1] {
		return fmt.Errorf("%w: the schema of the one is version %d, of the other %d", ErrConflict, versions[0], versions[1])
	}
	if err := source.QueryRow(`SELECT COUNT(*) FROM operators`).Scan(&operators); err != nil {
		return err
	}
	if operators == 0 {
		return fmt.Errorf("%w: there is nothing to copy, no information system ran on this database", ErrConflict)
	}
	for _, table := range tables {
		var rows int
		if err := target.QueryRow(`SELECT COUNT(*) FROM ` + table).Scan(&rows); err != nil {
			return err
		}
		if rows > 0 {
			return fmt.Errorf("%w: the database to copy into is not empty, it has %d rows in table %s", ErrConflict, rows, table)
		}
	}
	return nil
}

// column is one column of a table, as the database at hand declares it.
type column struct{ name, kind string }

func copyTable(source, target Tx, table string) (int, error) {
	columns, err := columnsOf(source, table)
	if err != nil {
		return 0, err
	}
	written := 0
	var waiting []any
	flush := func() error {
		if len(waiting) == 0 {
			return nil
		}
		n, err := target.Exec(insert(table, columns, len(waiting)/len(columns)), waiting...)
		written, waiting = written+int(n), waiting[:0]
		return err
	}
	had, err := readRows(source, table, columns, func(row []any) error {
		if waiting = append(waiting, row...); len(waiting) < rowsAtOnce*len(columns) {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	if err != nil {
		return 0, err
	}
	has, err := readRows(target, table, columns, func([]any) error { return nil })
	if err != nil {
		return 0, err
	}
	if has != had || written != had.rows {
		return 0, fmt.Errorf("%d rows were read and %d written, and the copy has %d that are not all the same", had.rows, written, has.rows)
	}
	return had.rows, nil
}

func columnsOf(tx Tx, table string) ([]column, error) {
	rows, err := tx.Query(`SELECT * FROM ` + table + ` WHERE 1 = 0`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	var columns []column
	for _, one := range types {
		columns = append(columns, column{one.Name(), one.DatabaseTypeName()})
	}
	return columns, rows.Err()
}

// insert is a statement that writes a number of rows.
func insert(table string, columns []column, rows int) string {
	var names []string
	for _, one := range columns {
		names = append(names, one.name)
	}
	row := "(" + strings.Repeat("?, ", len(columns)-1) + "?)"
	return `INSERT INTO ` + table + ` (` + strings.Join(names, ", ") + `) VALUES ` + strings.Repeat(row+", ", rows-1) + row
}

// tally is how many rows there are and the sum of their hashes, which is the same in any order.
type tally struct {
	rows int
	sum  [4]uint64
}

// readRows gives each row to a function, and tells what they come to.
func readRows(tx Tx, table string, columns []column, each func(row []any) error) (all tally, err error) {
	// SQLite's driver reads bytes of length zero as it reads NULL, so each column is asked for that beside its value.
	var asked []string
	for _, one := range columns {
		asked = append(asked, one.name, `CASE WHEN `+one.name+` IS NULL THEN 1 ELSE 0 END`)
	}
	rows, err := tx.Query(`SELECT ` + strings.Join(asked, ", ") + ` FROM ` + table)
	if err != nil {
		return tally{}, err
	}
	defer rows.Close()
	read, into := make([]any, 2*len(columns)), make([]any, 2*len(columns))
	for i := range read {
		into[i] = &read[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return tally{}, err
		}
		row := make([]any, len(columns))
		for i, one := range columns {
			if row[i], err = declared(one.kind, read[2*i], read[2*i+1] == int64(1)); err != nil {
				return tally{}, fmt.Errorf("column %s: %w", one.name, err)
			}
		}
		all.add(row)
		if err := each(row); err != nil {
			return tally{}, err
		}
	}
	return all, rows.Err()
}

// declared is a value as its column is declared: SQLite keeps text in a column of bytes, and the other way round.
func declared(kind string, value any, null bool) (any, error) {
	if null {
		return nil, nil
	}
	switch v := value.(type) {
	case nil:
		return []byte{}, nil
	case int64:
		return v, nil
	case string:
		if kind == "BYTEA" {
			return []byte(v), nil
		}
		return v, nil
	case []byte:
		if kind == "TEXT" {
			return string(v), nil
		}
		return append([]byte{}, v...), nil
	}
	return nil, fmt.Errorf("a value of type %T was not written by this program", value)
}

// add adds a row.
func (t *tally) add(row []any) {
	hash := sha256.New()
	for _, value := range row {
		var bytes []byte
		switch v := value.(type) {
		case nil:
			hash.Write([]byte{0})
			continue
		case int64:
			bytes = binary.BigEndian.AppendUint64(nil, uint64(v))
		case string:
			bytes = []byte(storable(v))
		case []byte:
			bytes = v
		}
		hash.Write(binary.BigEndian.AppendUint64([]byte{1}, uint64(len(bytes))))
		hash.Write(bytes)
	}
	sum := hash.Sum(nil)
	for i := range t.sum {
		t.sum[i] += binary.BigEndian.Uint64(sum[8*i:])
	}
	t.rows++
}
