package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
)

// inTransaction commits what do has done, unless it fails.
func (f *flusher) inTransaction(ctx context.Context, do func(*sql.Conn, *sql.Tx) error) error {
	conn, tx, err := f.begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	if err := do(conn, tx); err != nil {
		return err
	}
	return unconfirmed(tx.Commit())
}

// begin opens a transaction. A connection of the pool may have ended unseen; as
// nothing was sent on it, the next is tried, as sql.DB.BeginTx does.
func (f *flusher) begin(ctx context.Context) (*sql.Conn, *sql.Tx, error) {
	for {
		conn, err := f.store.db.Conn(ctx)
		if err != nil {
			return nil, nil, err
		}
		tx, err := conn.BeginTx(ctx, nil)
		if err == nil {
			return conn, tx, nil
		}
		_ = conn.Close() // the error of BeginTx tells
		if !errors.Is(err, driver.ErrBadConn) {
			return nil, nil, err
		}
	}
}
