package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// SQLite is the embedded database: one file with a write-ahead log that is synced at every commit, one
// writer and several readers.
type SQLite struct {
	writer, readers *sql.DB
}

// OpenSQLite opens the database file, or makes it readable by its owner alone, and brings it to the newest
// migration.
func OpenSQLite(path string) (*SQLite, error) {
	if err := lowerAll(); err != nil {
		return nil, fmt.Errorf("cannot teach SQLite small letters: %w", err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot open the database: %w", err)
	}
	file.Close()
	// secure_delete overwrites what is erased, for the vault's sake.
	pragmas := url.Values{"_pragma": {"journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(5000)", "foreign_keys(1)", "secure_delete(1)"}}
	pragmas.Set("_txlock", "immediate")
	address := "file:" + (&url.URL{Path: filepath.Clean(path)}).EscapedPath() + "?" // a folder may be called what a URI is cut at
	writer, err := sql.Open("sqlite", address+pragmas.Encode())
	if err != nil {
		return nil, fmt.Errorf("cannot open the database: %w", err)
	}
	writer.SetMaxOpenConns(1)
	pragmas.Set("_txlock", "deferred")
	pragmas.Add("_pragma", "query_only(1)")
	readers, err := sql.Open("sqlite", address+pragmas.Encode())
	if err != nil {
		writer.Close()
		return nil, fmt.Errorf("cannot open the database: %w", err)
	}
	readers.SetMaxOpenConns(4)
	db := &SQLite{writer, readers}
	if err := Migrate(context.Background(), db); err != nil {
		db.Close()
		if damaged(err) {
			return nil, fmt.Errorf("the database %s is damaged: %w: move it away with its -wal and -shm, and put the last copy in its place", path, err)
		}
		if kept := filepath.Join(filepath.Dir(path), "backup"); errors.Is(err, ErrNewer) && folder(kept) {
			return nil, fmt.Errorf("%w, or put back what the last upgrade kept in %s", err, kept)
		}
		return nil, err
	}
	return db, nil
}

// lowerAll has LOWER know the small letters of every alphabet; SQLite's own knows those of ASCII.
var lowerAll = sync.OnceValue(func() error {
	return sqlite.RegisterDeterministicScalarFunction("lower", 1, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		if text, ok := args[0].(string); ok {
			return strings.ToLower(text), nil
		}
		return args[0], nil
	})
})

// damaged tells whether SQLite says that the file is not what it wrote.
func damaged(err error) bool {
	var fault *sqlite.Error
	return errors.As(err, &fault) && (fault.Code()&0xff == sqlite3.SQLITE_CORRUPT || fault.Code()&0xff == sqlite3.SQLITE_NOTADB)
}

// folder tells whether there is a folder of this name.
func folder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// Update implements Database.
func (db *SQLite) Update(ctx context.Context, change func(Tx) error) error {
	return run(ctx, db.writer, sqliteDialect, change)
}

// View implements Database.
func (db *SQLite) View(ctx context.Context, read func(Tx) error) error {
	return run(ctx, db.readers, sqliteDialect, read)
}

// Clear implements Database. It moves the write-ahead log into the file and empties it, so that what was erased is gone
// from both. For readers it waits no longer than others can wait for it.
func (db *SQLite) Clear(ctx context.Context) (err error) {
	conn, err := db.writer.Conn(ctx)
	if err != nil {
		return fmt.Errorf("cannot empty the write-ahead log: %w", err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, `PRAGMA busy_timeout(500)`); err != nil {
		return fmt.Errorf("cannot empty the write-ahead log: %w", err)
	}
	defer func() {
		_, again := conn.ExecContext(context.WithoutCancel(ctx), `PRAGMA busy_timeout(5000)`)
		err = errors.Join(err, again)
	}()
	var busy, pages, moved int // https://sqlite.org/pragma.html#pragma_wal_checkpoint: being busy is no error
	if err := conn.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &moved); err != nil {
		return fmt.Errorf("cannot empty the write-ahead log: %w", err)
	}
	if busy != 0 {
		return fmt.Errorf("%w: %d pages are left in the write-ahead log", ErrRead, pages)
	}
	return nil
}

// Close closes the database.
func (db *SQLite) Close() error { return errors.Join(db.readers.Close(), db.writer.Close()) }

// sqliteDialect is how SQLite is spoken to.
var sqliteDialect = dialect{translate: func(err error) error {
	var e *sqlite.Error
	if errors.As(err, &e) && (e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY || e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE) {
		return fmt.Errorf("%w: %w", ErrExists, err)
	}
	return err
}}
