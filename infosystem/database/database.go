// Package database is what the information system asks of a database: transactions that are all or nothing,
// over a portable subset of SQL. Statements use ? for parameters, text ids made by the program, BIGINT for
// numbers, booleans (0, 1) and times (Unix milliseconds), TEXT, and BYTEA for bytes; they avoid what SQLite
// (the embedded default) and PostgreSQL spell differently.
//
// The conformance suite of package databasetest says what an implementation must keep.
package database

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// Errors of a record. What a person is told wraps one of them; every other error is a fault of the machine.
var (
	ErrNotFound = errors.New("not found")
	ErrExists   = errors.New("exists already")
	ErrInvalid  = errors.New("not acceptable")
	ErrConflict = errors.New("not possible now")
)

// ErrRead is why Clear does nothing: what was erased is kept for those who read it still.
var ErrRead = errors.New("what was erased cannot be cleared away yet, somebody reads the database")

// IsRefusal tells whether err says that a request was refused, in contrast to a fault of the machine.
func IsRefusal(err error) bool {
	return errors.Is(err, ErrNotFound) || errors.Is(err, ErrExists) || errors.Is(err, ErrInvalid) || errors.Is(err, ErrConflict)
}

// Database runs transactions.
type Database interface {
	// Update runs change in a transaction that writes. It is durable when Update returns nil; when change
	// returns an error or panics, nothing of it stays. One Update runs at a time.
	Update(ctx context.Context, change func(Tx) error) error
	// View runs read on one consistent state of the database; read may not write.
	View(ctx context.Context, read func(Tx) error) error
	// Clear clears away what is kept of rows that were erased. It returns ErrRead where it cannot do so now.
	Clear(ctx context.Context) error
	Close() error
}

// Tx runs statements inside a transaction. A violated key gives an error that wraps ErrExists.
type Tx interface {
	// Exec returns the number of rows that were changed.
	Exec(statement string, args ...any) (int64, error)
	Query(statement string, args ...any) (*sql.Rows, error)
	// QueryRow's Scan gives sql.ErrNoRows when there is none.
	QueryRow(statement string, args ...any) *sql.Row
	// Attempt runs change so that, when it returns an error, what it wrote is undone and the
	// transaction goes on. It returns change's error.
	Attempt(change func() error) error
}

// All reads every row of a query with scan.
func All[T any](tx Tx, scan func(*sql.Rows) (T, error), statement string, args ...any) ([]T, error) {
	rows, err := tx.Query(statement, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// Strings reads every row of a query for one text column.
func Strings(tx Tx, statement string, args ...any) ([]string, error) {
	return All(tx, func(rows *sql.Rows) (s string, err error) { return s, rows.Scan(&s) }, statement, args...)
}

// Among is a list of keys for IN, (?, ?, …), and the parameters for it.
func Among(keys []string) (list string, args []any) {
	for _, key := range keys {
		args = append(args, key)
	}
	if len(keys) == 0 {
		return "(NULL)", nil // which equals nothing
	}
	return "(" + strings.Repeat("?, ", len(keys)-1) + "?)", args
}

// mostSearched is how many bytes may be searched for, more than any name or number has.
const mostSearched = 1000

// Patterns are what LIKE, with ESCAPE '\', looks for in names and in numbers where part of one is searched for. Names are
// compared in small letters, LOWER(name) LIKE LOWER(?): which letters have small ones is the database's to say. Numbers are
// written with gaps.
func Patterns(part string) (name, number string, err error) {
	if len(part) > mostSearched {
		return "", "", fmt.Errorf("%w: no name or number is that long: search for part of one", ErrInvalid)
	}
	part = strings.TrimSpace(part)
	digits := strings.NewReplacer(" ", "", "-", "", "(", "", ")", "").Replace(part)
	return Ending(part) + "%", Ending(cmp.Or(digits, part)) + "%", nil
}

// Ending is what LIKE, with ESCAPE '\', looks for where a text ends so.
func Ending(end string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(end)
}

// Next returns the next number of the named counter, from 1.
func Next(tx Tx, counter string) (int64, error) {
	var n int64
	err := tx.QueryRow(`INSERT INTO counters (name, n) VALUES (?, 1)
		ON CONFLICT (name) DO UPDATE SET n = counters.n + 1 RETURNING n`, counter).Scan(&n)
	return n, err
}
