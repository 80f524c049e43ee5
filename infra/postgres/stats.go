package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"math/big"
)

// Stats is what the sums of a group come to. Revenues are in the currency's minor
// unit.
type Stats struct {
	Orders int64
	Users  int64
	Items  int64 // different skus
	// Revenue is by currency.
	Revenue []Revenue
	// Days are in UTC, the first day first.
	Days []Revenue
	// TopItems and TopUsers are those with the most revenue, in each currency.
	TopItems []Rank
	TopUsers []Rank
}

// Revenue is what some of the orders come to. It has no bounds: sums of sums of 64
// bits can be larger.
type Revenue struct {
	Day      string // as 2026-11-23, empty for all days
	Currency string
	Orders   int64
	Revenue  *big.Int
}

// Rank is an item or a user with its sums in one currency.
type Rank struct {
	Of       string // sku or user_id
	Currency string
	Orders   int64
	Quantity int64
	Revenue  int64
}

const (
	selectRevenue = `SELECT '', currency, sum(orders), sum(revenue)::text FROM sums_by_minute GROUP BY currency ORDER BY currency`
	selectDays    = `SELECT to_char(minute AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, currency, sum(orders), sum(revenue)::text
		FROM sums_by_minute GROUP BY day, currency ORDER BY day, currency`
	selectCounts = `SELECT (SELECT coalesce(sum(orders), 0) FROM sums_by_minute),
		(SELECT count(DISTINCT user_id) FROM sums_by_user), (SELECT count(DISTINCT sku_hash) FROM sums_by_item)`
)

// selectTop ranks the rows of a table of sums within their currency.
func selectTop(table, of string) string {
	return `SELECT ` + of + `, currency, orders, quantity, revenue FROM (
		SELECT ` + of + `, currency, orders, quantity, revenue, row_number() OVER (PARTITION BY currency ORDER BY revenue DESC, quantity DESC, ` + of + ` COLLATE "C") AS rank FROM ` + table + `
	) AS ranked WHERE rank <= $1 ORDER BY currency, rank`
}

// Stats reads the sums, with so many items and users of each currency. The error
// says so when the group keeps none.
func (s *Snapshot) Stats(ctx context.Context, top int) (stats Stats, err error) {
	if !s.CountsOrders() {
		return stats, fmt.Errorf("the group of schema %s keeps no sums, it was run with --handler %s: "+
			"start `processor --handler analytics`, or name the group that was, with --group-id", s.schema, s.handler)
	}
	if err := s.tx.QueryRowContext(ctx, selectCounts).Scan(&stats.Orders, &stats.Users, &stats.Items); err != nil {
		return stats, s.unreadable(err)
	}
	if stats.Revenue, err = s.revenues(ctx, selectRevenue); err != nil {
		return stats, err
	}
	if stats.Days, err = s.revenues(ctx, selectDays); err != nil {
		return stats, err
	}
	if stats.TopItems, err = s.ranks(ctx, selectTop("sums_by_item", "sku"), top); err != nil {
		return stats, err
	}
	stats.TopUsers, err = s.ranks(ctx, selectTop("sums_by_user", "user_id"), top)
	return stats, err
}

func (s *Snapshot) unreadable(err error) error {
	return fmt.Errorf("read the sums of schema %s: %w", s.schema, err)
}

func (s *Snapshot) revenues(ctx context.Context, query string) ([]Revenue, error) {
	return all(ctx, s, func(rows *sql.Rows) (r Revenue, err error) {
		var sum string
		if err := rows.Scan(&r.Day, &r.Currency, &r.Orders, &sum); err != nil {
			return r, err
		}
		var ok bool
		if r.Revenue, ok = new(big.Int).SetString(sum, 10); !ok {
			return r, fmt.Errorf("%q is no whole number", sum)
		}
		return r, nil
	}, query)
}

func (s *Snapshot) ranks(ctx context.Context, query string, top int) ([]Rank, error) {
	return all(ctx, s, func(rows *sql.Rows) (r Rank, err error) {
		return r, rows.Scan(&r.Of, &r.Currency, &r.Orders, &r.Quantity, &r.Revenue)
	}, query, top)
}

// all returns what scan makes of each row of a query.
func all[T any](ctx context.Context, s *Snapshot, scan func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	rows, err := s.tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, s.unreadable(err)
	}
	defer rows.Close()
	var scanned []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, s.unreadable(err)
		}
		scanned = append(scanned, one)
	}
	if err := rows.Err(); err != nil {
		return nil, s.unreadable(err)
	}
	return scanned, nil
}
