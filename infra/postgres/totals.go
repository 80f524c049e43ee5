package postgres

import (
	"context"
	"fmt"
	"math/big"
)

// Totals are sums over all orders of the group.
type Totals struct {
	// AmountByCurrency is in minor units, by ISO 4217 code.
	AmountByCurrency map[string]*big.Int
	// Users counts the different users.
	Users int64
}

// Totals reads the sums from the table.
func (s *Store) Totals(ctx context.Context) (Totals, error) {
	layout := layouts[s.write]
	totals := Totals{AmountByCurrency: map[string]*big.Int{}}
	if err := s.db.QueryRowContext(ctx, `SELECT count(DISTINCT user_id) FROM `+layout.users).Scan(&totals.Users); err != nil {
		return totals, fmt.Errorf("count the users of %s: %w", s.Table(), err)
	}
	rows, err := s.db.QueryContext(ctx, `SELECT currency, sum(amount)::text FROM (`+layout.amounts+`) AS counted GROUP BY currency`)
	if err != nil {
		return totals, fmt.Errorf("sum up %s: %w", s.Table(), err)
	}
	defer func() { _ = rows.Close() }() // rows.Err tells
	for rows.Next() {
		var currency, sum string
		if err := rows.Scan(&currency, &sum); err != nil {
			return totals, fmt.Errorf("sum up %s: %w", s.Table(), err)
		}
		amount, ok := new(big.Int).SetString(sum, 10)
		if !ok {
			return totals, fmt.Errorf("sum up %s: %q is no whole number", s.Table(), sum)
		}
		totals.AmountByCurrency[currency] = amount
	}
	return totals, rows.Err()
}
