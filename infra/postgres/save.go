package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"orderflow/handlers"
)

const columns = `order_id, user_id, currency, amount, items, created_at, created_at_ns, channel, kafka_partition, kafka_offset`

func insertInto(table string) string {
	return `INSERT INTO ` + table + ` (` + columns + `)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
}

const onlyNew = ` ON CONFLICT (order_id) DO NOTHING`

// sameContent does not hold it against an order that one of the two has no channel:
// a processor that did not know channels yet wrote it without.
const sameContent = `
SELECT (user_id, currency, amount, items, created_at, created_at_ns) =
       ($2::text, $3::text, $4::bigint, $5::jsonb, $6::timestamptz, $7::smallint)
       AND coalesce(channel = $8::text, true)
FROM orders WHERE order_id = $1`

// Save inserts the order, with InsertOnce unless its order_id is there. It is
// durable when Save returns nil. The same order again is then a Duplicate;
// another one under the same id fails with class Conflict. It is always a
// transaction: lib/pq can send a single statement twice, unseen, when the reply
// is cut (lib/pq issue 939). An error of class Unconfirmed leaves open whether
// the row is there; after any other error it is not.
func (s *Store) Save(ctx context.Context, order handlers.Order, source handlers.Source) (handlers.Outcome, error) {
	limited, cancel := context.WithTimeout(ctx, saveTimeout)
	defer cancel()
	outcome, err := s.save(limited, &order, source)
	return s.fate(ctx, &order, source, outcome, err)
}

// fate is what the caller of Save is told. ctx is the caller's.
func (s *Store) fate(ctx context.Context, order *handlers.Order, source handlers.Source,
	outcome handlers.Outcome, err error,
) (handlers.Outcome, error) {
	switch {
	case err != nil:
		return "", classify(ctx, fmt.Sprintf("save order %q of %s", order.ID, source), err)
	case outcome == conflicting:
		return "", handlers.Fail(handlers.Conflict, fmt.Errorf(
			"order_id %q is taken by an order with other content, in %s", order.ID, s.Table()))
	default:
		return outcome, nil
	}
}

// contentOf returns what must be the same for two orders to be the same.
func contentOf(order *handlers.Order) ([]any, error) {
	items, err := appendItems(nil, order.Items)
	if err != nil {
		return nil, unencodable(err)
	}
	return []any{
		order.ID, order.UserID, order.Currency, order.Amount, string(items),
		// PostgreSQL would round what is below its microsecond.
		order.CreatedAt.Truncate(time.Microsecond), order.CreatedAt.Nanosecond() % int(time.Microsecond),
		sql.NullString{String: order.Channel, Valid: order.Channel != ""},
	}, nil
}

func unencodable(err error) error {
	return handlers.Fail(handlers.Data, fmt.Errorf("encode the items: %w", err))
}

// conflicting is the outcome of a save that found its order_id taken.
const conflicting handlers.Outcome = "conflict"

func (s *Store) save(ctx context.Context, order *handlers.Order, source handlers.Source) (handlers.Outcome, error) {
	content, err := contentOf(order)
	if err != nil {
		return "", err
	}
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
	if inserted > 0 {
		if err := s.announcer.announce(ctx, tx, &row{order: *order, source: source}); err != nil {
			return "", err
		}
	} else {
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
	return outcome, unconfirmed(tx.Commit())
}
