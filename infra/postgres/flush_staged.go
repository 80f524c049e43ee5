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
const createStaged = `CREATE TEMPORARY TABLE staged (
	ordinal integer, order_id text, user_id text, currency text, amount bigint, items jsonb,
	created_at timestamptz, created_at_ns smallint, kafka_partition integer, kafka_offset bigint
) ON COMMIT DELETE ROWS`

const copyStaged = `COPY pg_temp.staged (ordinal, ` + columns + `) FROM STDIN`

// insertStaged numbers the rows in the order of their ordinals: PostgreSQL
// computes the identity column above the sort. Of an order_id that is staged
// twice the first is inserted.
const insertStaged = `INSERT INTO orders (` + columns + `)
SELECT ` + columns + ` FROM pg_temp.staged ORDER BY ordinal
ON CONFLICT (order_id) DO NOTHING RETURNING order_id`

const compareStaged = `
SELECT ordinal, (o.user_id, o.currency, o.amount, o.items, o.created_at, o.created_at_ns) =
                (s.user_id, s.currency, s.amount, s.items, s.created_at, s.created_at_ns)
FROM pg_temp.staged s JOIN orders o USING (order_id) WHERE ordinal = ANY ($1)`

// stagingConnector connects to the database and makes the staging table, so that
// every connection of a pool has one, also after an outage.
type stagingConnector struct{ driver.Connector }

func (c stagingConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	execer, ok := conn.(driver.ExecerContext)
	if !ok {
		return nil, errors.Join(fmt.Errorf("lib/pq's %T cannot execute", conn), conn.Close())
	}
	if _, err := execer.ExecContext(ctx, createStaged, nil); err != nil {
		err = fmt.Errorf("create a temporary table: %w; the user of DATABASE_URL needs the right TEMPORARY on the database", err)
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

type stagedStatements struct{ insert, compare *sql.Stmt }

func prepareStaged(ctx context.Context, db *sql.DB) (prepared stagedStatements, err error) {
	if prepared.insert, err = db.PrepareContext(ctx, insertStaged); err != nil {
		return prepared, fmt.Errorf("prepare the insert of staged rows: %w", err)
	}
	if prepared.compare, err = db.PrepareContext(ctx, compareStaged); err != nil {
		return prepared, fmt.Errorf("prepare the comparison of staged rows: %w", err)
	}
	return prepared, nil
}

// writeStaged inserts those rows whose order_id is new, and compares the others
// with what is there.
func (f *flusher) writeStaged(ctx context.Context, rows []*row) error {
	return f.inTransaction(ctx, func(conn *sql.Conn, tx *sql.Tx) error {
		if err := f.copyRows(conn, copyStaged, rows, f.text.appendOrdinalAndRow); err != nil {
			return err
		}
		present, err := f.insertStaged(ctx, tx, rows)
		if err != nil || len(present) == 0 {
			return err
		}
		return f.compareStaged(ctx, tx, rows, present)
	})
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
