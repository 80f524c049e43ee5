package postgres

import (
	"context"

	"github.com/ThreeDotsLabs/watermill/message"

	"orderflow/handlers"
)

// MigrateTo leaves the schema of a group as an older version of this program has
// made it.
func MigrateTo(ctx context.Context, config Config, group string, version int64) error {
	db, err := config.open(Schema(group))
	if err != nil {
		return err
	}
	defer db.Close()
	provider, err := migrator(db)
	if err != nil {
		return err
	}
	_, err = provider.DownTo(ctx, version)
	return err
}

// Batch writes batches made by a test, as a flusher does, so that what is in one
// is certain. SaveAll is for one goroutine.
type Batch struct {
	*GroupedStore

	flusher flusher
	single  bool
}

// NewBatch returns one that stages its rows, or that copies them directly until
// it meets a duplicate.
func NewBatch(store *GroupedStore, staged bool) *Batch {
	b := &Batch{GroupedStore: store, flusher: *newFlusher(store)}
	if staged {
		b.flusher.staged = 1 << 30
	}
	return b
}

// Save writes a batch of one order, by COPY.
func (b *Batch) Save(ctx context.Context, order handlers.Order, source handlers.Source) (handlers.Outcome, error) {
	if b.single {
		return b.Store.Save(ctx, order, source)
	}
	own := newFlusher(b.GroupedStore) // for concurrent use
	own.staged = b.flusher.staged
	r := &row{order: order, source: source}
	if err := own.write(ctx, []*row{r}); err != nil {
		r.err = err
	}
	return b.fate(ctx, &order, source, r.outcome, r.err)
}

// Fate is what became of an order.
type Fate struct {
	Outcome handlers.Outcome
	Err     error
}

// SaveAll writes one batch of several orders.
func (b *Batch) SaveAll(ctx context.Context, orders []handlers.Order) []Fate {
	rows := make([]*row, len(orders))
	for i, order := range orders {
		rows[i] = &row{order: order, source: handlers.Source{Offset: int64(i)}}
	}
	if b.single {
		for _, row := range rows {
			b.flusher.single(ctx, row)
		}
	} else {
		b.flusher.flush(ctx, b.flusher.layout.inOrder(rows))
	}
	fates := make([]Fate, len(rows))
	for i, row := range rows {
		fates[i].Outcome, fates[i].Err = b.fate(ctx, &row.order, row.source, row.outcome, row.err)
	}
	return fates
}

// Freeze leaves a transaction of the store as one that adds to the sums of a user is
// left when its processor is stopped. thaw returns the error of its commit.
func (s *GroupedStore) Freeze(ctx context.Context, user string) (thaw func() error, err error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	_, err = tx.ExecContext(ctx, `UPDATE sums_by_user SET orders = orders + 1 WHERE user_id = $1`, user)
	return tx.Commit, err
}

// OneByOne is a Batch that saves each order for itself.
func OneByOne(store *Store) *Batch {
	grouped := &GroupedStore{Store: store, queue: newQueue(1)}
	return &Batch{GroupedStore: grouped, flusher: *newFlusher(grouped), single: true}
}

// Event is a message as a row of the outbox holds it.
func Event(msg *message.Message) []byte { return pack(appendMessage(nil, msg)) }
