package main

import (
	"context"

	"orderflow/handlers"
	"orderflow/infra/postgres"
)

// store is where the orders go.
type store interface {
	handlers.Store
	Schema() string
	Table() string
	Totals(ctx context.Context) (postgres.Totals, error)
	Close() error
}

// bundlesInFlight is how many bundles the records in flight of a partition make: one
// is being written while others are decoded and acked.
const bundlesInFlight = 2

// openStore returns a store that writes each order for itself where few are in
// flight, and one that writes them in batches for more. Sums are always in batches.
func openStore(ctx context.Context, flags handlingFlags, database postgres.Config) (store, error) {
	var options []postgres.Option
	if flags.Outbox {
		options = append(options, postgres.Announcing(flags.acceptedTopic()))
	}
	write := flags.written()
	if flags.InFlight == 1 && write != postgres.CountOnce {
		return postgres.Open(ctx, database, flags.Group, write, options...)
	}
	return postgres.OpenGrouped(ctx, database, flags.Group, write, postgres.Grouping{}, options...)
}
