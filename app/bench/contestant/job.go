package contestant

import (
	"context"
	"fmt"

	"github.com/lib/pq"

	"orderflow/infra/kafka"
	"orderflow/infra/postgres"
)

// Job is what to take from where to where.
type Job struct {
	Kafka       kafka.Config
	DatabaseURL string
	Topic       string
	Group       string // the rows go to a table of its schema
	// Write says which: that of Insert, or that of InsertOnce, where order_id is unique.
	Write postgres.Write
}

// connector creates the tables of the group, the very same that orderflow has, and
// returns how to connect to them.
func (j Job) connector(ctx context.Context) (*pq.Connector, error) {
	config, err := postgres.ParseURL(j.DatabaseURL)
	if err != nil {
		return nil, err
	}
	store, err := postgres.Open(ctx, config, j.Group, j.Write)
	if err != nil {
		return nil, err
	}
	if err := store.Close(); err != nil {
		return nil, fmt.Errorf("close the connection that made the tables: %w", err)
	}
	settings, err := pq.NewConfig(j.DatabaseURL)
	if err != nil {
		return nil, fmt.Errorf("read DATABASE_URL: %w", err)
	}
	settings.Runtime["search_path"] = postgres.Schema(j.Group)
	return pq.NewConnectorConfig(settings)
}
