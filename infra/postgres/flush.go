package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"github.com/lib/pq"

	"orderflow/handlers"
)

const (
	uniqueViolation      = "23505"
	serializationFailure = "40001"
	// stagedBatches follow a duplicate: enough that few batches are written in vain
	// where duplicates are rare but steady.
	stagedBatches = 32
)

// flusher writes one batch after the other. It has one transaction under way at
// most.
type flusher struct {
	store  *GroupedStore
	layout *layout
	text   copyText
	staged int // how many batches to stage before the next is copied directly
}

func newFlusher(store *GroupedStore) *flusher {
	return &flusher{store: store, layout: layouts[store.write]}
}

func (f *flusher) run() {
	for {
		b, rows := f.store.queue.take()
		if b == nil {
			return
		}
		f.flush(b.ctx, f.layout.inOrder(rows))
		b.end()
	}
}

// flush gives every row its outcome or error. What concerns the database is the
// error of all rows. What concerns a row, such as a value that PostgreSQL refuses
// or a lock that another transaction holds, must not be the error of its
// neighbours: each half is tried for itself, down to the single row.
func (f *flusher) flush(ctx context.Context, rows []*row) {
	switch len(rows) {
	case 0:
		return
	case 1:
		f.single(ctx, rows[0])
		return
	}
	err := f.write(ctx, rows)
	switch {
	case err == nil:
	case classOf(err).Lasts():
		for _, row := range rows {
			row.err = err
		}
	default:
		half := len(rows) / 2
		f.flush(ctx, rows[:half])
		f.flush(ctx, rows[half:])
	}
}

// single writes a row as Store does, which is the fastest for one, unless it has
// effects.
func (f *flusher) single(ctx context.Context, r *row) {
	if f.store.effects != nil {
		if err := f.write(ctx, []*row{r}); err != nil {
			r.err = err
		}
		return
	}
	ctx, cancel := context.WithTimeout(ctx, saveTimeout)
	defer cancel()
	r.outcome, r.err = f.store.save(ctx, &r.order, r.source)
}

// write writes all rows in one transaction, or none. Where order_id is unique it expects
// that all are new, which is what they are unless something has crashed: COPY
// straight into the table does in two thirds of the time what takes a staging
// table otherwise. It fails on a duplicate, and after one more are to be expected.
func (f *flusher) write(ctx context.Context, rows []*row) error {
	ctx, cancel := context.WithTimeout(ctx, saveTimeout)
	defer cancel()
	if f.staged > 0 {
		f.staged--
		return f.writeStaged(ctx, rows)
	}
	err := f.writeDirectly(ctx, rows)
	if answer, ok := errors.AsType[*pq.Error](err); ok && f.layout.once != nil && answer.Code == uniqueViolation {
		f.staged = stagedBatches
		return f.writeStaged(ctx, rows)
	}
	return err
}

// effects has those of the orders happen that are new, and announces these.
func (f *flusher) effects(ctx context.Context, tx *sql.Tx, rows []*row) error {
	if f.store.effects == nil && f.store.announcer == nil {
		return nil
	}
	inserted := make([]*row, 0, len(rows))
	for _, row := range rows {
		if row.outcome == handlers.Inserted && row.err == nil {
			inserted = append(inserted, row)
		}
	}
	if len(inserted) == 0 {
		return nil
	}
	if f.store.effects != nil {
		if err := f.store.effects(ctx, tx, inserted); err != nil {
			return err
		}
	}
	return f.store.announcer.announce(ctx, tx, inserted...)
}

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
