package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"

	"orderflow/handlers"
)

// Grouping is how a GroupedStore makes groups of rows. The zero value is good.
type Grouping struct {
	// MaxRows bounds the rows of one transaction, and those that wait for the
	// next: more callers than that wait for room. 3000 if it is 0.
	MaxRows int
	// Connections is how many transactions are under way at once, 2 if it is 0.
	Connections int
}

func (g Grouping) withDefaults() Grouping {
	if g.MaxRows == 0 {
		g.MaxRows = 3000
	}
	if g.Connections == 0 {
		g.Connections = 2
	}
	return g
}

// GroupedStore keeps orders as Store does, but writes those that wait at the same
// time in one transaction (group commit). It is safe for concurrent use by any
// number of callers, and fast when they are many.
type GroupedStore struct {
	*Store

	queue    *queue
	flushers sync.WaitGroup
	staged   stagedStatements // where order_id is unique
	effects  effects          // nil if there are none
}

// OpenGrouped opens a store as Open does, with connections of its own, one more
// than the grouping says. Close the store.
func OpenGrouped(ctx context.Context, config Config, group string, write Write, grouping Grouping, options ...Option) (*GroupedStore, error) {
	grouping = grouping.withDefaults()
	if grouping.MaxRows < 1 || grouping.Connections < 1 {
		return nil, fmt.Errorf("group commit of %d rows on %d connections: both must be 1 or more",
			grouping.MaxRows, grouping.Connections)
	}
	layout := layouts[write]
	if layout.effects != nil {
		config = config.withDefault("idle_in_transaction_session_timeout", frozen)
	}
	plain, err := config.connector(Schema(group))
	if err != nil {
		return nil, err
	}
	var connector driver.Connector = plain
	if layout.once != nil {
		connector = stagingConnector{plain, layout}
	}
	store, err := open(ctx, config, connector, group, write, grouping.Connections+1, options)
	if err != nil {
		return nil, err
	}
	s := &GroupedStore{Store: store, queue: newQueue(grouping.MaxRows)}
	if layout.once != nil {
		if s.staged, err = layout.prepareStaged(ctx, store.db); err != nil {
			return nil, errors.Join(err, store.Close())
		}
	}
	if layout.effects != nil {
		if s.effects, err = layout.effects(ctx, store.db); err != nil {
			return nil, errors.Join(err, store.Close())
		}
	}
	for range grouping.Connections {
		s.flushers.Go(func() { newFlusher(s).run() })
	}
	return s, nil
}

// Save saves the order as Store.Save does, together with those of other callers;
// each learns the fate of its own row. Rows are written in the order of the
// calls, but two connections may overtake one another: a caller to whom order
// matters waits for one Save of a key before it calls the next, as the subscriber
// does.
//
// A caller whose ctx ends leaves the queue. If its row is in a transaction
// already, that one goes on as long as other callers wait for it: the row may
// then be there after an error of class Canceled.
func (s *GroupedStore) Save(ctx context.Context, order handlers.Order, source handlers.Source) (handlers.Outcome, error) {
	placed := [1]handlers.Placement{{Order: order, Source: source}}
	s.saveAll(ctx, placed[:])
	return placed[0].Outcome, placed[0].Err
}

// Close waits for the transactions under way and ends the connections. Callers
// whose row is not in one yet get an error of class Canceled, and so does who
// calls Save later.
func (s *GroupedStore) Close() error {
	s.queue.close()
	s.flushers.Wait()
	return s.Store.Close()
}
