package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/go-json-experiment/json"

	"orderflow/handlers"
)

// saveTimeout bounds one attempt to save: a server that hangs is an outage.
const saveTimeout = 30 * time.Second

// maxConnections bounds the pool. It holds one message of each partition, and
// PostgreSQL's own default for all clients is 100.
const maxConnections = 16

// Store keeps the orders of one consumer group. It is safe for concurrent use.
type Store struct {
	db     *sql.DB
	schema string
	insert *sql.Stmt
	same   *sql.Stmt
}

// Open connects, brings the schema of the group up to date and prepares the
// statements. Close the store.
func Open(ctx context.Context, config Config, group string) (*Store, error) {
	schema := Schema(group)
	db, err := config.open(schema)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(maxConnections)
	db.SetMaxIdleConns(maxConnections)
	store := &Store{db: db, schema: schema}
	if err := store.start(ctx, config, group); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return store, nil
}

func (s *Store) start(ctx context.Context, config Config, group string) error {
	if err := config.ping(ctx, s.db); err != nil {
		return err
	}
	if err := migrate(ctx, s.db, group); err != nil {
		return err
	}
	for statement, query := range map[**sql.Stmt]string{&s.insert: insertOnce, &s.same: sameContent} {
		prepared, err := s.db.PrepareContext(ctx, query) //nolint:sqlclosecheck // closed with the connections
		if err != nil {
			return fmt.Errorf("prepare a statement of schema %s: %w", s.schema, err)
		}
		*statement = prepared
	}
	return nil
}

// Schema is the name of the group's schema.
func (s *Store) Schema() string { return s.schema }

// Close ends the connections. It is no error that the server, or the network,
// has ended them before.
func (s *Store) Close() error {
	err := s.db.Close()
	if _, ended := errors.AsType[net.Error](err); ended {
		return nil
	}
	return err
}

const insertOnce = `
INSERT INTO orders (order_id, user_id, currency, amount, items, created_at, created_at_ns, kafka_partition, kafka_offset)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (order_id) DO NOTHING`

const sameContent = `
SELECT (user_id, currency, amount, items, created_at, created_at_ns) =
       ($2::text, $3::text, $4::bigint, $5::jsonb, $6::timestamptz, $7::smallint)
FROM orders WHERE order_id = $1`

// Save inserts the order unless its order_id is there. It is durable when Save
// returns nil. The same order again is a Duplicate; another one under the same
// id fails with class Conflict. It is always a transaction: lib/pq can send a
// single statement twice, unseen, when the reply is cut (lib/pq issue 939).
func (s *Store) Save(ctx context.Context, order handlers.Order, source handlers.Source) (handlers.Outcome, error) {
	items, err := json.Marshal(order.Items)
	if err != nil {
		return "", handlers.Fail(handlers.Data, fmt.Errorf("encode the items of order %q: %w", order.ID, err))
	}
	content := []any{
		order.ID, order.UserID, order.Currency, order.Amount, string(items),
		// PostgreSQL would round what is below its microsecond.
		order.CreatedAt.Truncate(time.Microsecond), order.CreatedAt.Nanosecond() % int(time.Microsecond),
	}

	limited, cancel := context.WithTimeout(ctx, saveTimeout)
	defer cancel()
	outcome, err := s.saveOnce(limited, content, source)
	switch {
	case err != nil:
		return "", classify(ctx, fmt.Sprintf("save order %q of %s", order.ID, source), err)
	case outcome == conflicting:
		return "", handlers.Fail(handlers.Conflict, fmt.Errorf(
			"order_id %q is taken by an order with other content, in %s.orders", order.ID, s.schema))
	default:
		return outcome, nil
	}
}

// conflicting is the outcome of a save that found its order_id taken.
const conflicting handlers.Outcome = "conflict"

func (s *Store) saveOnce(ctx context.Context, content []any, source handlers.Source) (handlers.Outcome, error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return "", err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing

	insert := tx.StmtContext(ctx, s.insert) //nolint:sqlclosecheck // closed with the transaction
	result, err := insert.ExecContext(ctx, append(content, source.Partition, source.Offset)...)
	if err != nil {
		return "", err
	}
	inserted, err := result.RowsAffected()
	if err != nil {
		return "", err
	}
	outcome := handlers.Inserted
	if inserted == 0 {
		var same bool
		compare := tx.StmtContext(ctx, s.same) //nolint:sqlclosecheck // closed with the transaction
		if err := compare.QueryRowContext(ctx, content...).Scan(&same); err != nil {
			return "", err
		}
		outcome = handlers.Duplicate
		if !same {
			outcome = conflicting
		}
	}
	return outcome, tx.Commit()
}
