package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

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
	// failed has the users of whom an order of this batch must be tried again.
	failed map[string]error
}

func newFlusher(store *GroupedStore) *flusher {
	return &flusher{store: store, layout: layouts[store.write], failed: map[string]error{}}
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

// flush gives every row of a batch its outcome or error.
func (f *flusher) flush(ctx context.Context, rows []*row) {
	clear(f.failed)
	f.settle(ctx, rows)
}

// settle gives rows their outcomes or errors. What concerns the database is the error
// of all of them. What concerns a row, such as a value that PostgreSQL refuses or a
// lock that another transaction holds, must not be the error of its neighbours: each
// half is tried for itself, down to the single row.
func (f *flusher) settle(ctx context.Context, rows []*row) {
	rows = f.withoutHeldUp(rows)
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
		f.fail(err, rows...)
	default:
		half := len(rows) / 2
		f.settle(ctx, rows[:half])
		f.settle(ctx, rows[half:])
	}
}

// fail gives rows their error. If they may succeed later, the orders after them of the
// same users must not be there before.
func (f *flusher) fail(err error, rows ...*row) {
	permanent := classOf(err).Permanent()
	for _, row := range rows {
		row.err = err
		if !permanent {
			f.failed[row.order.UserID] = err
		}
	}
}

// withoutHeldUp fails the rows that come after one that failed.
func (f *flusher) withoutHeldUp(rows []*row) []*row {
	if len(f.failed) == 0 {
		return rows
	}
	return slices.DeleteFunc(slices.Clone(rows), func(row *row) bool {
		cause, heldUp := f.failed[row.order.UserID]
		if heldUp {
			row.err = fmt.Errorf("an order before it of the same user has failed: %w", cause)
		}
		return heldUp
	})
}

// single writes a row as Store does, which is the fastest for one, unless it has
// effects.
func (f *flusher) single(ctx context.Context, r *row) {
	if f.store.effects != nil {
		if err := f.write(ctx, []*row{r}); err != nil {
			f.fail(err, r)
		}
		return
	}
	ctx, cancel := context.WithTimeout(ctx, saveTimeout)
	defer cancel()
	outcome, err := f.store.save(ctx, &r.order, r.source)
	if err != nil {
		f.fail(err, r)
		return
	}
	r.outcome, r.err = outcome, nil
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
