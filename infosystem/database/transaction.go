package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// dialect is what one database wants otherwise than this package says; what is nil it wants as it is.
type dialect struct {
	options   *sql.TxOptions
	begin     string // a statement that begins every transaction
	statement func(string) string
	arg       func(any) any
	translate func(error) error // names a violated key
}

func run(ctx context.Context, db *sql.DB, d dialect, do func(Tx) error) error {
	tx, err := db.BeginTx(ctx, d.options)
	if err != nil {
		return fmt.Errorf("cannot begin a transaction: %w", err)
	}
	defer tx.Rollback() // after Commit it does nothing
	t := &transaction{ctx, tx, d}
	if d.begin != "" {
		if _, err := tx.ExecContext(ctx, d.begin); err != nil {
			return fmt.Errorf("cannot begin a transaction: %w", err)
		}
	}
	if err := do(t); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("cannot commit: %w", err)
	}
	return nil
}

// transaction is a Tx over database/sql.
type transaction struct {
	ctx context.Context
	tx  *sql.Tx
	dialect
}

// Exec implements Tx.
func (t *transaction) Exec(statement string, args ...any) (int64, error) {
	statement, args = t.spell(statement, args)
	result, err := t.tx.ExecContext(t.ctx, statement, args...)
	if err != nil {
		return 0, t.translate(err)
	}
	return result.RowsAffected()
}

// Query implements Tx.
func (t *transaction) Query(statement string, args ...any) (*sql.Rows, error) {
	statement, args = t.spell(statement, args)
	return t.tx.QueryContext(t.ctx, statement, args...)
}

// QueryRow implements Tx.
func (t *transaction) QueryRow(statement string, args ...any) *sql.Row {
	statement, args = t.spell(statement, args)
	return t.tx.QueryRowContext(t.ctx, statement, args...)
}

// Attempt implements Tx.
func (t *transaction) Attempt(change func() error) error {
	if _, err := t.Exec(`SAVEPOINT attempt`); err != nil {
		return err
	}
	failed := change()
	if failed != nil {
		if _, err := t.Exec(`ROLLBACK TO SAVEPOINT attempt`); err != nil {
			return errors.Join(failed, err)
		}
	}
	// Also after a rollback, which leaves the savepoint: an attempt around this one has one of the same name.
	if _, err := t.Exec(`RELEASE SAVEPOINT attempt`); err != nil {
		return errors.Join(failed, err)
	}
	return failed
}

// spell puts a statement and its parameters as the database wants them.
func (t *transaction) spell(statement string, args []any) (string, []any) {
	if t.statement != nil {
		statement = t.statement(statement)
	}
	if t.arg == nil {
		return statement, args
	}
	spelt := make([]any, len(args))
	for i, arg := range args {
		spelt[i] = t.arg(arg)
	}
	return statement, spelt
}
