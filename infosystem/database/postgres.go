package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// Postgres is a database on a PostgreSQL server, version 12 or later: for an information system whose operator has
// such a server, with its backups and its replicas, already.
type Postgres struct {
	writer, readers *sql.DB
}

// OpenPostgres connects to the database that the source names, as libpq writes it: postgres://user@host/name or
// "host=/run/postgresql dbname=name"; PGPASSFILE and its like count. It brings the database to the newest
// migration. The tables lie in the first schema of the connection's search path.
func OpenPostgres(source string) (*Postgres, error) {
	config, err := pgx.ParseConfig(source)
	if err != nil {
		// The driver's error quotes the source, and does not recognise every password in it.
		if file := (*fs.PathError)(nil); errors.As(err, &file) {
			return nil, fmt.Errorf("cannot use the database's address: %w", file)
		}
		return nil, errors.New(`cannot read the database's address: write it as postgres://user@host/name or "host=/run/postgresql dbname=name" (it is not shown, since it may hold a password)`)
	}
	config.ConnectTimeout = min(config.ConnectTimeout, 15*time.Second)
	db := &Postgres{writer: stdlib.OpenDB(*config), readers: stdlib.OpenDB(*config)}
	db.writer.SetMaxOpenConns(1)
	db.readers.SetMaxOpenConns(4)
	if err := Migrate(context.Background(), db); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// Update implements Database.
func (db *Postgres) Update(ctx context.Context, change func(Tx) error) error {
	return run(ctx, db.writer, postgresWrites, change)
}

// View implements Database.
func (db *Postgres) View(ctx context.Context, read func(Tx) error) error {
	return run(ctx, db.readers, postgresReads, read)
}

// Clear implements Database. It has the server give up the old versions of rows that were erased. Their bytes stay in its
// files until it needs the place, and in its log of writes and copies of that log until they are recycled. For readers it
// waits no longer than half a second.
func (db *Postgres) Clear(ctx context.Context) error {
	for deadline := time.Now().Add(500 * time.Millisecond); ; {
		var holders int
		if err := db.writer.QueryRowContext(ctx, holdingErased).Scan(&holders); err != nil {
			return fmt.Errorf("cannot tell who reads what was erased: %w", err)
		}
		if holders == 0 {
			break
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%w: the server keeps it for %d transactions, copies or standbys", ErrRead, holders)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	if _, err := db.writer.ExecContext(ctx, `VACUUM verification, invitations, notices, people, consents, desired`); err != nil {
		return fmt.Errorf("cannot clear away what was erased: %w", err)
	}
	return nil
}

// holdingErased counts what has the server keep rows that the newest erasure deleted: snapshots that are not younger, in
// this database or on a standby that tells of its own, transactions that are not younger, which hold later snapshots
// back, prepared ones among them, and replication slots. VACUUM passes over such rows without a word
// (https://www.postgresql.org/docs/current/routine-vacuuming.html). The erasure's number is that of the transaction that
// wrote its counter; of two numbers the one of greater age is the earlier.
const holdingErased = `SELECT
	(SELECT COUNT(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND (age(backend_xid) >= erasure OR
		age(backend_xmin) >= erasure AND (datname IS NULL OR datname = current_database()))) +
	(SELECT COUNT(*) FROM pg_prepared_xacts WHERE age(transaction) >= erasure) +
	(SELECT COUNT(*) FROM pg_replication_slots WHERE age(xmin) >= erasure)
	FROM (SELECT COALESCE(MAX(age(xmin)), 2147483647) AS erasure FROM counters WHERE name = '` + erased + `') AS newest`

// Close closes the connections.
func (db *Postgres) Close() error { return errors.Join(db.readers.Close(), db.writer.Close()) }

var (
	postgresReads = dialect{
		options:   &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
		statement: numbered, arg: postgresValue, translate: postgresError,
	}
	// postgresWrites has transactions wait for each other, also those of another connection.
	postgresWrites = dialect{
		begin:     `SELECT pg_advisory_xact_lock(hashtext('infosystem ' || current_schema()))`,
		statement: numbered, arg: postgresValue, translate: postgresError,
	}
)

// numbered writes $1, $2 … for each ? outside of quotes.
func numbered(statement string) string {
	var b strings.Builder
	n, quoted := 0, false
	for _, c := range statement {
		switch {
		case c == '\'':
			quoted = !quoted
		case c == '?' && !quoted:
			n++
			b.WriteString("$" + strconv.Itoa(n))
			continue
		}
		b.WriteRune(c)
	}
	return b.String()
}

// postgresValue makes a boolean the number that its column holds, and a text one that PostgreSQL stores: cabinets and
// operators may send a zero byte, which must not hold up what comes behind it.
func postgresValue(arg any) any {
	value, err := driver.DefaultParameterConverter.ConvertValue(arg)
	if err != nil {
		return arg // the driver tells what is wrong with it
	}
	switch v := value.(type) {
	case bool:
		if v {
			return int64(1)
		}
		return int64(0)
	case string:
		return storable(v)
	}
	return value
}

// storable is a text as PostgreSQL takes it.
func storable(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}

func postgresError(err error) error {
	var e *pgconn.PgError
	if errors.As(err, &e) && e.Code == "23505" { // unique_violation
		return fmt.Errorf("%w: %w", ErrExists, err)
	}
	return err
}
