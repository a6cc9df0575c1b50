package database

import (
	"context"
	"database/sql"
	"errors"
)

// The counters of what was erased and of how much of it was cleared away.
const (
	erased  = "erased"
	cleared = "cleared"
)

// NoteErased notes, in the transaction that erases, that Scrub has something to do.
func NoteErased(tx Tx) error {
	_, err := Next(tx, erased)
	return err
}

// Scrub has the database clear away what it keeps of rows that were erased, if there are any since it last succeeded.
// What it cannot do now, because somebody reads, stays noted: call it again.
func Scrub(ctx context.Context, db Database) error {
	var noted, done int64
	err := db.View(ctx, func(tx Tx) (err error) {
		if noted, err = counted(tx, erased); err == nil {
			done, err = counted(tx, cleared)
		}
		return err
	})
	if err != nil || noted == done {
		return err
	}
	if err := db.Clear(ctx); err != nil {
		return err
	}
	return db.Update(ctx, func(tx Tx) error {
		_, err := tx.Exec(`INSERT INTO counters (name, n) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET n = excluded.n`, cleared, noted)
		return err
	})
}

func counted(tx Tx, counter string) (n int64, err error) {
	err = tx.QueryRow(`SELECT n FROM counters WHERE name = ?`, counter).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return n, err
}
