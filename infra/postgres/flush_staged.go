package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/lib/pq"

	"orderflow/handlers"
)

// createStaged makes the table that a connection's batches pass through. ordinal
// is a row's place in its batch.
func (l *layout) createStaged() string {
	return `CREATE TEMPORARY TABLE staged (ordinal integer, ` + l.once.types + `) ON COMMIT DELETE ROWS`
}

func (l *layout) copyStaged() string {
	return `COPY pg_temp.staged (ordinal, ` + l.columns + `) FROM STDIN`
}

// insertStaged numbers the rows in the order of their ordinals: PostgreSQL
// computes the identity column above the sort. Of an order_id that is staged
// twice the first is inserted.
func (l *layout) insertStaged() string {
	return `INSERT INTO ` + l.table + ` (` + l.columns + `)
	SELECT ` + l.columns + ` FROM pg_temp.staged ORDER BY ordinal
	ON CONFLICT (order_id) DO NOTHING RETURNING order_id`
}

func (l *layout) compareStaged() string {
	return `SELECT ordinal, ` + l.once.same + `
	FROM pg_temp.staged s JOIN ` + l.table + ` o USING (order_id) WHERE ordinal = ANY ($1)`
}

// stagingConnector connects to the database and makes the staging table, so that
// every connection of a pool has one, also after an outage.
type stagingConnector struct {
	driver.Connector

	layout *layout
}

func (c stagingConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	execer, ok := conn.(driver.ExecerContext)
	if !ok {
		return nil, errors.Join(fmt.Errorf("lib/pq's %T cannot execute", conn), conn.Close())
	}
	if _, err := execer.ExecContext(ctx, c.layout.createStaged(), nil); err != nil {
		err = fmt.Errorf("create a temporary table: %w; the user of DATABASE_URL needs the right TEMPORARY on the database", err)
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

type stagedStatements struct{ insert, compare *sql.Stmt }

func (l *layout) prepareStaged(ctx context.Context, db *sql.DB) (prepared stagedStatements, err error) {
	if prepared.insert, err = db.PrepareContext(ctx, l.insertStaged()); err != nil {
		return prepared, fmt.Errorf("prepare the insert of staged rows: %w", err)
	}
	if prepared.compare, err = db.PrepareContext(ctx, l.compareStaged()); err != nil {
		return prepared, fmt.Errorf("prepare the comparison of staged rows: %w", err)
	}
	return prepared, nil
}

// writeStaged inserts those rows whose order_id is new, and compares the others
// with what is there.
func (f *flusher) writeStaged(ctx context.Context, rows []*row) error {
	return f.inTransaction(ctx, func(conn *sql.Conn, tx *sql.Tx) error {
		if err := f.copyRows(conn, f.layout.copyStaged(), rows, f.encodeStaged); err != nil {
			return err
		}
		present, err := f.insertStaged(ctx, tx, rows)
		if err == nil && len(present) > 0 {
			err = f.compareStaged(ctx, tx, rows, present)
		}
		if err != nil {
			return err
		}
		return f.effects(ctx, tx, rows)
	})
}

func (f *flusher) encodeStaged(ordinal int, row *row) error {
	f.text.number(int64(ordinal))
	return f.layout.encode(&f.text, row)
}

// insertStaged returns the ordinals of the rows that were not inserted.
func (f *flusher) insertStaged(ctx context.Context, tx *sql.Tx, rows []*row) (present []int64, err error) {
	answer, err := tx.StmtContext(ctx, f.store.staged.insert).QueryContext(ctx)
	if err != nil {
		return nil, err
	}
	defer answer.Close()
	inserted := make(map[string]bool, len(rows))
	for answer.Next() {
		var id string
		if err := answer.Scan(&id); err != nil {
			return nil, err
		}
		inserted[id] = true
	}
	if err := answer.Err(); err != nil {
		return nil, err
	}
	for i, row := range rows {
		if inserted[row.order.ID] {
			row.outcome, row.err = handlers.Inserted, nil
			delete(inserted, row.order.ID) // the next with this id is a duplicate
		} else {
			present = append(present, int64(i))
		}
	}
	return present, nil
}

func (f *flusher) compareStaged(ctx context.Context, tx *sql.Tx, rows []*row, present []int64) error {
	for _, i := range present {
		rows[i].err = sql.ErrNoRows // unless it is found
	}
	answer, err := tx.StmtContext(ctx, f.store.staged.compare).QueryContext(ctx, pq.Array(present))
	if err != nil {
		return err
	}
	defer answer.Close()
	for answer.Next() {
		var i int
		var same bool
		if err := answer.Scan(&i, &same); err != nil {
			return err
		}
		rows[i].outcome, rows[i].err = handlers.Duplicate, nil
		if !same {
			rows[i].outcome = conflicting
		}
	}
	return answer.Err()
}
