package verify_test

import (
	"database/sql"
	"encoding/json"
	"testing"
	"time"

	"github.com/lib/pq"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/handlers"
	"orderflow/infra/postgres"
)

// copiedRows writes rows by COPY, which is many times faster than the processor.
type copiedRows struct {
	db   *sql.DB
	tx   *sql.Tx
	into *sql.Stmt
}

func newRows(b *testing.B, world measured) copiedRows {
	b.Helper()
	config, err := postgres.ParseURL(world.Database)
	require.NoError(b, err)
	store, err := postgres.Open(b.Context(), config, world.Group, postgres.InsertOnce)
	require.NoError(b, err)
	require.NoError(b, store.Close())
	var c copiedRows
	c.db, err = sql.Open("postgres", world.Database)
	require.NoError(b, err)
	c.tx, err = c.db.Begin()
	require.NoError(b, err)
	c.into, err = c.tx.Prepare(`COPY ` + pq.QuoteIdentifier(postgres.Schema(world.Group)) + `.orders
		(order_id, user_id, currency, amount, items, created_at, created_at_ns, kafka_partition, kafka_offset) FROM STDIN`)
	require.NoError(b, err)
	return c
}

func (c copiedRows) add(b *testing.B, order handlers.Order, record *kgo.Record) {
	b.Helper()
	items, err := json.Marshal(order.Items)
	require.NoError(b, err)
	_, err = c.into.Exec(order.ID, order.UserID, order.Currency, order.Amount, string(items),
		order.CreatedAt.Truncate(time.Microsecond), order.CreatedAt.Nanosecond()%1000, record.Partition, record.Offset)
	require.NoError(b, err)
}

func (c copiedRows) finish(b *testing.B) {
	b.Helper()
	_, err := c.into.Exec()
	require.NoError(b, err)
	require.NoError(b, c.into.Close())
	require.NoError(b, c.tx.Commit())
	require.NoError(b, c.db.Close())
}
