package postgres

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lib/pq"

	"orderflow/handlers"
)

// sumsTable is one of the tables of sums. The parameters of upsert are arrays: the
// keys as text, the currencies, orders, quantities and revenues; then, of items,
// their skus.
type sumsTable struct {
	by     string // what its sums are by
	key    func(handlers.SumKey) string
	upsert string
	of     bool // upsert has a parameter for what the sums are of
}

// frozen is after how long PostgreSQL ends a transaction whose processor does not
// go on with it. All processors of a group add to the same sums, so one that is
// stopped in between would hold up the others for as long as its connection lasts.
// It is less than saveTimeout, which would make an outage of it.
const frozen = "5s"

const addSums = ` DO UPDATE SET orders = sums.orders + excluded.orders,
	quantity = sums.quantity + excluded.quantity, revenue = sums.revenue + excluded.revenue`

var (
	byUser = sumsTable{
		by: "user", key: func(key handlers.SumKey) string { return key.Of },
		upsert: `INSERT INTO sums_by_user AS sums (user_id, currency, orders, quantity, revenue)
			SELECT of, currency, orders, quantity, revenue
			FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[])
				AS batch (of, currency, orders, quantity, revenue)
			ON CONFLICT (user_id, currency)` + addSums,
	}
	byItem = sumsTable{
		by: "item", of: true, key: func(key handlers.SumKey) string {
			hash := half(sha256.Sum256([]byte(key.Of)))
			return hex.EncodeToString(hash[:])
		},
		upsert: `INSERT INTO sums_by_item AS sums (sku_hash, currency, orders, quantity, revenue, sku)
			SELECT hash, currency, orders, quantity, revenue, sku
			FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[])
				AS batch (hash, currency, orders, quantity, revenue, sku)
			ON CONFLICT (sku_hash, currency)` + addSums,
	}
	byMinute = sumsTable{
		by: "minute", key: func(key handlers.SumKey) string { return strconv.FormatInt(key.Minute, 10) },
		upsert: `INSERT INTO sums_by_minute AS sums (minute, currency, orders, quantity, revenue)
			SELECT to_timestamp(60 * minute), currency, orders, quantity, revenue
			FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[])
				AS batch (minute, currency, orders, quantity, revenue)
			ON CONFLICT (minute, currency)` + addSums,
	}
)

// prepareSums prepares to add orders to the sums: together in memory, then a
// statement a table. The sums that all batches have in common, the latest
// minute's, come last: they are locked until the commit.
func prepareSums(ctx context.Context, db *sql.DB) (effects, error) {
	tables := []sumsTable{byUser, byItem, byMinute}
	upserts := make([]*sql.Stmt, len(tables))
	for i, table := range tables {
		var err error
		if upserts[i], err = db.PrepareContext(ctx, table.upsert); err != nil { //nolint:sqlclosecheck // closed with the connections
			return nil, fmt.Errorf("prepare the sums by %s: %w", table.by, err)
		}
	}
	return func(ctx context.Context, tx *sql.Tx, orders []*row) error {
		sums := handlers.NewSums()
		for _, row := range orders {
			if err := sums.Add(&row.order); err != nil {
				return err
			}
		}
		for i, of := range []map[handlers.SumKey]handlers.Sum{sums.ByUser, sums.ByItem, sums.ByMinute} {
			if err := tables[i].add(ctx, tx.StmtContext(ctx, upserts[i]), of); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// add adds sums to those of the table.
func (t sumsTable) add(ctx context.Context, upsert *sql.Stmt, sums map[handlers.SumKey]handlers.Sum) error {
	_, err := upsert.ExecContext(ctx, t.columns(sums)...)
	if answer, ok := errors.AsType[*pq.Error](err); ok && answer.Code == "22003" { // out of range: it rolls back
		return handlers.SumOverflow(t.by)
	}
	if err != nil {
		return fmt.Errorf("add to the sums by %s: %w", t.by, err)
	}
	return nil
}

// columns returns the parameters of upsert, always in the same order, so that two
// transactions wait for one another but never in a circle.
func (t sumsTable) columns(sums map[handlers.SumKey]handlers.Sum) []any {
	type line struct {
		key string
		of  handlers.SumKey
		sum handlers.Sum
	}
	lines := make([]line, 0, len(sums))
	for of, sum := range sums {
		lines = append(lines, line{t.key(of), of, sum})
	}
	order := make([]*line, len(lines)) // which are moved faster than lines
	for i := range lines {
		order[i] = &lines[i]
	}
	slices.SortFunc(order, func(a, b *line) int {
		if first := strings.Compare(a.key, b.key); first != 0 {
			return first
		}
		return strings.Compare(a.of.Currency, b.of.Currency)
	})
	keys, currencies, of := make([]string, len(lines)), make([]string, len(lines)), make([]string, len(lines))
	orders, quantities, revenues := make([]int64, len(lines)), make([]int64, len(lines)), make([]int64, len(lines))
	for i, line := range order {
		keys[i], currencies[i], of[i] = line.key, line.of.Currency, line.of.Of
		orders[i], quantities[i], revenues[i] = line.sum.Orders, line.sum.Quantity, line.sum.Revenue
	}
	columns := []any{pq.Array(keys), pq.Array(currencies), pq.Array(orders), pq.Array(quantities), pq.Array(revenues)}
	if t.of {
		columns = append(columns, pq.Array(of))
	}
	return columns
}
