package postgres

import (
	"context"
	"fmt"

	"orderflow/handlers"
)

var _ handlers.BatchStore = (*GroupedStore)(nil)

// SaveAll saves the orders as Save does each of them, those of a user in their order,
// in one transaction where they are no more than Grouping.MaxRows. Behind an order that
// failed and may succeed later the user's other orders fail, too, and so do all that are
// left for a later transaction.
func (s *GroupedStore) SaveAll(ctx context.Context, orders []handlers.Placement) {
	for len(orders) > 0 {
		n := min(len(orders), s.queue.maxRows)
		s.saveAll(ctx, orders[:n])
		cause := unsettled(orders[:n])
		orders = orders[n:]
		if cause != nil {
			for i := range orders {
				orders[i].Err = fmt.Errorf("orders before it have failed: %w", cause)
			}
			return
		}
	}
}

// unsettled returns an error of one of the orders that may succeed later.
func unsettled(orders []handlers.Placement) error {
	for i := range orders {
		if err := orders[i].Err; err != nil && !handlers.ClassOf(err).Permanent() {
			return err
		}
	}
	return nil
}

func (s *GroupedStore) saveAll(ctx context.Context, orders []handlers.Placement) {
	b, first, err := s.queue.join(ctx, orders)
	if err == nil {
		err = s.await(ctx, b, first, len(orders))
	}
	for i := range orders {
		placed := &orders[i]
		if err != nil {
			placed.Outcome, placed.Err = s.fate(ctx, &placed.Order, placed.Source, "", err)
			continue
		}
		row := &b.rows[first+i]
		placed.Outcome, placed.Err = s.fate(ctx, &placed.Order, placed.Source, row.outcome, row.err)
	}
}

// await waits until n rows of a batch have their fate. The caller of an error has left.
func (s *GroupedStore) await(ctx context.Context, b *batch, first, n int) error {
	select {
	case <-b.done:
		return nil
	case <-ctx.Done():
		if underWay := s.queue.leave(b, first, n); underWay {
			return unconfirmedError{ctx.Err()}
		}
		return ctx.Err()
	}
}
