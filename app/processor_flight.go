package main

import (
	"context"

	"github.com/ThreeDotsLabs/watermill/message"

	"orderflow/handlers"
	"orderflow/infra/kafka"
	"orderflow/infra/postgres"
)

// subscriber is where the orders come from.
type subscriber interface {
	message.Subscriber
	// CommitNow commits the offset after a message at once.
	CommitNow(ctx context.Context, source handlers.Source) error
}

// store is where the orders go.
type store interface {
	handlers.Store
	Schema() string
	Table() string
	Totals(ctx context.Context) (postgres.Totals, error)
	Close() error
}

// newSubscriber returns Watermill's own where one message of a partition is in
// flight, and the windowed one for more.
func newSubscriber(config kafka.SubscriberConfig) (subscriber, error) {
	if config.InFlight == 1 {
		return kafka.NewSubscriber(config)
	}
	return kafka.NewWindowedSubscriber(config)
}

// openStore returns a store that writes each order for itself where few are in
// flight, and one that writes them in batches for more. Sums are always in batches.
func openStore(ctx context.Context, flags handlingFlags, database postgres.Config) (store, error) {
	write := flags.written()
	if flags.InFlight == 1 && write != postgres.CountOnce {
		return postgres.Open(ctx, database, flags.Group, write)
	}
	return postgres.OpenGrouped(ctx, database, flags.Group, write, postgres.Grouping{})
}
