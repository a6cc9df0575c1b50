package database

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

//go:embed migrations/*.sql
var migrations embed.FS

// ErrNewer is given for a database that a newer version wrote.
var ErrNewer = errors.New("the database was written by a newer version of infosystem: install that version again")

// Migrate brings the schema to the newest of the numbered migrations, each in a transaction of its own.
// A schema from a newer program is refused.
func Migrate(ctx context.Context, db Database) error {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	at, err := schemaVersion(ctx, db)
	if err != nil {
		return err
	}
	if at > len(names) {
		return fmt.Errorf("%w: its schema is %d and this version knows %d", ErrNewer, at, len(names))
	}
	for i, name := range names[at:] {
		number, text := at+i+1, ""
		if n, err := strconv.Atoi(name[len("migrations/"):][:4]); err != nil || n != number {
			return fmt.Errorf("cannot migrate: %s is not number %d", name, number)
		}
		raw, err := fs.ReadFile(migrations, name)
		if err != nil {
			return err
		}
		text = string(raw)
		err = db.Update(ctx, func(tx Tx) error {
			for statement := range strings.SplitSeq(text, ";\n") {
				if strings.TrimSpace(statement) == "" {
					continue
				}
				if _, err := tx.Exec(statement); err != nil {
					return err
				}
			}
			_, err := tx.Exec(`INSERT INTO schema_versions (version) VALUES (?)`, number)
			return err
		})
		if err != nil {
			return fmt.Errorf("cannot migrate the database with %s: %w", name, err)
		}
	}
	return nil
}

func schemaVersion(ctx context.Context, db Database) (version int, err error) {
	err = db.Update(ctx, func(tx Tx) error {
		if _, err := tx.Exec(`CREATE TABLE IF NOT EXISTS schema_versions (version BIGINT PRIMARY KEY)`); err != nil {
			return err
		}
		return tx.QueryRow(`SELECT COALESCE(MAX(version), 0) FROM schema_versions`).Scan(&version)
	})
	if err != nil {
		return 0, fmt.Errorf("cannot read the database's schema version: %w", err)
	}
	return version, nil
}
