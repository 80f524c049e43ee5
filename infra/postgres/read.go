package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/lib/pq"

	"orderflow/handlers"
)

// Snapshot is the tables of a consumer group as they were at one moment. It is
// for one goroutine.
type Snapshot struct {
	db      *sql.DB
	tx      *sql.Tx
	schema  string
	handler string // what the group does with its orders
}

// Row is a row of one of a group's tables. Items are nil and CreatedAt is zero
// when what is stored there is nothing that Store writes.
type Row struct {
	Order     handlers.Order
	Partition int32
	Offset    int64
}

// OpenSnapshot connects to read what a consumer group has written. The error says
// so when the group has no tables. Close the snapshot.
func OpenSnapshot(ctx context.Context, config Config, group string) (*Snapshot, error) {
	schema := Schema(group)
	db, err := config.open(schema)
	if err != nil {
		return nil, err
	}
	s := &Snapshot{db: db, schema: schema}
	if err := s.begin(ctx, config, group); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Snapshot) begin(ctx context.Context, config Config, group string) (err error) {
	if err := config.ping(ctx, s.db); err != nil {
		return err
	}
	s.tx, err = s.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return fmt.Errorf("begin a snapshot of schema %s: %w", s.schema, err)
	}
	for _, table := range []string{"consumer_group", InsertOnce.table(), Insert.table(), CountOnce.table()} {
		var exists bool
		name := pq.QuoteIdentifier(s.schema) + "." + table
		if err := s.tx.QueryRowContext(ctx, `SELECT to_regclass($1) IS NOT NULL`, name).Scan(&exists); err != nil {
			return fmt.Errorf("look for table %s.%s: %w", s.schema, table, err)
		}
		if !exists {
			return fmt.Errorf("database %q at %s has no table %s.%s, so no processor of consumer group %q and this version has run there: "+
				"check --group-id and --database-url", config.settings.Database, config.address(), s.schema, table, group)
		}
	}
	var owner string
	if err := s.tx.QueryRowContext(ctx, `SELECT group_id, handler FROM consumer_group`).Scan(&owner, &s.handler); err != nil {
		return fmt.Errorf("read whose schema %s is: %w", s.schema, err)
	}
	if owner != group {
		return fmt.Errorf("schema %s belongs to consumer group %q, not to %q: check --group-id", s.schema, owner, group)
	}
	return nil
}

// CountsOrders reports whether the group keeps sums of its orders, not rows.
func (s *Snapshot) CountsOrders() bool { return s.handler == layouts[CountOnce].handler }

// Close ends the connection.
func (s *Snapshot) Close() error {
	if s.tx != nil {
		_ = s.tx.Rollback() // it has only read
	}
	return s.db.Close()
}

// Infinity is a timestamp that Go has not and Store never writes.
const selectRows = `SELECT order_id, user_id, currency, amount, items,
	CASE WHEN isfinite(created_at) THEN created_at END, created_at_ns, coalesce(channel, ''),
	kafka_partition, kafka_offset FROM `

// Rows calls visit with the rows of the table that is written this way, in the
// order of writing. It ends at the first error of visit, which must not keep the
// row.
func (s *Snapshot) Rows(ctx context.Context, write Write, visit func(*Row) error) error {
	return s.each(ctx, visit, selectRows+write.table()+` ORDER BY row_id`)
}

// OrdersByID calls visit with the rows of the table orders that have these
// order_ids.
func (s *Snapshot) OrdersByID(ctx context.Context, ids []string, visit func(*Row) error) error {
	return s.each(ctx, visit, selectRows+`orders WHERE order_id = ANY($1)`, pq.Array(ids))
}

func (s *Snapshot) each(ctx context.Context, visit func(*Row) error, query string, args ...any) error {
	rows, err := s.tx.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("read the rows of schema %s: %w", s.schema, err)
	}
	defer func() { _ = rows.Close() }() // rows.Err tells
	var row Row
	var items sql.RawBytes
	for rows.Next() {
		var createdAt sql.NullTime
		var nanoseconds time.Duration
		order := &row.Order
		if err := rows.Scan(&order.ID, &order.UserID, &order.Currency, &order.Amount, &items,
			&createdAt, &nanoseconds, &order.Channel, &row.Partition, &row.Offset); err != nil {
			return fmt.Errorf("read the rows of schema %s: %w", s.schema, err)
		}
		order.CreatedAt = createdAt.Time.Add(nanoseconds).UTC()
		if json.Unmarshal(items, &order.Items, json.RejectUnknownMembers(true)) != nil {
			order.Items = nil
		}
		if err := visit(&row); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read the rows of schema %s: %w", s.schema, err)
	}
	return nil
}
