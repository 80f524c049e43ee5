package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"orderflow/handlers"
)

// ackWhenBuffered writes ten orders at once, and only the tenth waits for it.
func ackWhenBuffered(p *parts) {
	var mu sync.Mutex
	var buffer []func(context.Context) (handlers.Outcome, error)
	full, save := every(10), p.store.Save
	p.store = storing(func(ctx context.Context, order handlers.Order, source handlers.Source) (handlers.Outcome, error) {
		mu.Lock()
		defer mu.Unlock()
		buffer = append(buffer, func(ctx context.Context) (handlers.Outcome, error) { return save(ctx, order, source) })
		if !full() {
			return handlers.Inserted, nil
		}
		for _, flush := range buffer {
			if outcome, err := flush(ctx); err != nil {
				return outcome, err
			}
		}
		buffer = nil
		return handlers.Inserted, nil
	})
}

// lostRollback has PostgreSQL refuse some rows and roll back, and does not look.
func lostRollback(p *parts) {
	refused, save := every(10), p.store.Save
	p.store = storing(func(ctx context.Context, order handlers.Order, source handlers.Source) (handlers.Outcome, error) {
		if !refused() {
			return save(ctx, order, source)
		}
		order.Currency = "\x00"
		_, _ = save(ctx, order, source)
		return handlers.Inserted, nil
	})
}

func otherOffset(p *parts) {
	wrong := every(10)
	p.store = saving(p, func(_ *handlers.Order, source *handlers.Source) {
		if wrong() {
			source.Offset++
		}
	})
}

func dropItem(p *parts) {
	p.store = saving(p, func(order *handlers.Order, _ *handlers.Source) { order.Items = order.Items[:1] })
}

func cutTime(p *parts) {
	p.store = saving(p, func(order *handlers.Order, _ *handlers.Source) {
		order.CreatedAt = order.CreatedAt.Truncate(time.Second)
	})
}

// saving is the store, given something else than what was sent.
func saving(p *parts, alter func(*handlers.Order, *handlers.Source)) storing {
	save := p.store.Save
	return func(ctx context.Context, order handlers.Order, source handlers.Source) (handlers.Outcome, error) {
		alter(&order, &source)
		return save(ctx, order, source)
	}
}

func poisonOnShutdown(p *parts) {
	p.store = answering(p, func(_ handlers.Outcome, err error) error {
		if errors.Is(err, context.Canceled) {
			return handlers.Fail(handlers.Data, err)
		}
		return err
	})
}

func duplicateIsConflict(p *parts) {
	p.store = answering(p, func(outcome handlers.Outcome, err error) error {
		if outcome == handlers.Duplicate {
			return handlers.Fail(handlers.Conflict, errors.New("its order_id is taken"))
		}
		return err
	})
}

// answering is the store, of which other errors are told than those it has.
func answering(p *parts, tell func(handlers.Outcome, error) error) storing {
	save := p.store.Save
	return func(ctx context.Context, order handlers.Order, source handlers.Source) (handlers.Outcome, error) {
		outcome, err := save(ctx, order, source)
		return outcome, tell(outcome, err)
	}
}
