package postgres

import (
	"context"
	"fmt"

	"github.com/lib/pq"
)

// Reconciliation is how the sums of one group stand to the orders of another that
// has read the same topic.
type Reconciliation struct {
	Orders  int64 // rows of the other group's table orders
	Counted int64 // order_ids in the inbox
	Missing int64 // of the orders, those that are not in the inbox
	Phantom int64 // of the inbox, those that are not in the table
	// Excess is by how much the sums count more orders than the inbox holds, negative
	// for less.
	Excess int64
	// Off counts the sums that are not what the orders come to, by one cent or more.
	Off int64
}

// fromOrders computes what the orders of a schema come to.
func fromOrders(schema string) string {
	return `WITH o AS (
		SELECT order_id, user_id COLLATE "C" AS user_id, currency COLLATE "C" AS currency, amount, items,
			date_trunc('minute', created_at, 'UTC') AS minute,
			(SELECT sum((i ->> 'quantity')::bigint) FROM jsonb_array_elements(items) AS i) AS quantity
		FROM ` + schema + `.orders
	), minutes AS (
		SELECT minute, currency, count(*) AS orders, sum(quantity) AS quantity, sum(amount) AS revenue FROM o GROUP BY minute, currency
	), users AS (
		SELECT user_id, currency, count(*) AS orders, sum(quantity) AS quantity, sum(amount) AS revenue FROM o GROUP BY user_id, currency
	), items AS (
		SELECT i.sku COLLATE "C" AS sku, currency, count(DISTINCT order_id) AS orders, sum(i.quantity) AS quantity,
			sum(i.quantity::numeric * i.unit_price) AS revenue
		FROM o, jsonb_to_recordset(items) AS i (sku text, quantity bigint, unit_price bigint) GROUP BY 1, 2
	) `
}

// off counts the rows in which sums and orders differ.
func off(sums, orders, key string) string {
	return `(SELECT count(*) FROM ` + sums + ` AS s FULL JOIN ` + orders + ` AS o USING (` + key + `, currency)
		WHERE (s.orders, s.quantity, s.revenue) IS DISTINCT FROM (o.orders, o.quantity, o.revenue))`
}

// Reconcile holds the sums against the orders of another group, which writes each
// once. Both must have come to an end.
func (s *Snapshot) Reconcile(ctx context.Context, other string) (r Reconciliation, err error) {
	query := fromOrders(pq.QuoteIdentifier(Schema(other))) + `SELECT (SELECT count(*) FROM o), (SELECT count(*) FROM inbox),
		(SELECT count(*) FROM o WHERE NOT EXISTS (SELECT FROM inbox WHERE inbox.order_id = o.order_id COLLATE "C")),
		(SELECT count(*) FROM inbox WHERE NOT EXISTS (SELECT FROM o WHERE o.order_id = inbox.order_id COLLATE "C")),
		(SELECT coalesce(sum(orders), 0) FROM sums_by_minute) - (SELECT count(*) FROM inbox),
		` + off("sums_by_minute", "minutes", "minute") + ` + ` + off("sums_by_user", "users", "user_id") + ` + ` +
		off(`(SELECT sku COLLATE "C" AS sku, currency, orders, quantity, revenue FROM sums_by_item)`, "items", "sku")
	err = s.tx.QueryRowContext(ctx, query).Scan(&r.Orders, &r.Counted, &r.Missing, &r.Phantom, &r.Excess, &r.Off)
	if err != nil {
		return r, fmt.Errorf("hold the sums of schema %s against the orders of group %q: %w", s.schema, other, err)
	}
	return r, nil
}
