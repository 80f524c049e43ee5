package postgres

import (
	"context"
	"database/sql"
)

// Write is how an order is written.
type Write string

// The ways to write.
const (
	// InsertOnce writes to the table orders, where order_id is unique.
	InsertOnce Write = "insert-once"
	// Insert writes a row for each delivery to the table deliveries.
	Insert Write = "insert"
	// CountOnce adds the order to the sums, and its order_id to the table inbox,
	// where it is unique.
	CountOnce Write = "count-once"
)

// layout is how the rows of one way to write lie in their table. The columns are
// in the order in which encode appends them.
type layout struct {
	handler string // what a group that writes so does with its orders
	table   string
	columns string
	encode  func(t *copyText, row *row) error
	// once is what a table with a unique order_id has beside, nil for others.
	once *onceLayout
	// effects prepares what happens in the same transaction with the orders that are
	// new; nil if nothing does.
	effects func(ctx context.Context, db *sql.DB) (effects, error)
	// What Totals reads: where the users are, and the amounts.
	users, amounts string
	// rights are what is needed on the tables. Who writes once looks as well: ON
	// CONFLICT, RETURNING and the comparison read.
	rights []tableRights
}

// effects happen in a transaction with the orders that it has inserted.
type effects func(ctx context.Context, tx *sql.Tx, orders []*row) error

// onceLayout is how rows pass through a staging table.
type onceLayout struct {
	types string // of the columns, with their names
	same  string // whether the table's row o has the content of the staged row s
}

var layouts = map[Write]*layout{
	InsertOnce: {
		handler: "persist",
		table:   "orders", columns: columns, encode: (*copyText).appendOrder,
		users: "orders", amounts: "SELECT currency, amount FROM orders",
		rights: []tableRights{{"orders", []string{"SELECT", "INSERT"}}},
		once: &onceLayout{
			types: `order_id text, user_id text, currency text, amount bigint, items jsonb,
				created_at timestamptz, created_at_ns smallint, channel text, kafka_partition integer, kafka_offset bigint`,
			same: `(o.user_id, o.currency, o.amount, o.items, o.created_at, o.created_at_ns) =
				(s.user_id, s.currency, s.amount, s.items, s.created_at, s.created_at_ns)
				AND coalesce(o.channel = s.channel, true)`,
		},
	},
	Insert: {
		handler: "persist",
		table:   "deliveries", columns: columns, encode: (*copyText).appendOrder,
		users: "deliveries", amounts: "SELECT currency, amount FROM deliveries",
		rights: []tableRights{{"deliveries", []string{"SELECT", "INSERT"}}},
	},
	CountOnce: {
		handler: "analytics",
		table:   "inbox", columns: "order_id, content, kafka_partition, kafka_offset", encode: (*copyText).appendReceipt,
		users: "sums_by_user", amounts: "SELECT currency, revenue AS amount FROM sums_by_minute",
		rights: []tableRights{
			{"inbox", []string{"SELECT", "INSERT"}},
			{"sums_by_minute", []string{"SELECT", "INSERT", "UPDATE"}},
			{"sums_by_user", []string{"SELECT", "INSERT", "UPDATE"}},
			{"sums_by_item", []string{"SELECT", "INSERT", "UPDATE"}},
		},
		once: &onceLayout{
			types: `order_id text COLLATE "C", content uuid, kafka_partition integer, kafka_offset bigint`,
			same:  "o.content = s.content",
		},
		effects: prepareSums,
	},
}

func (w Write) table() string { return layouts[w].table }
