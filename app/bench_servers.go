package main

import (
	"errors"

	"orderflow/app/bench"
	"orderflow/infra/kafka"
	"orderflow/infra/postgres"
)

// start returns the servers that are named, or starts embedded ones, which stop ends.
func (c *benchCommand) start(s surroundings) (found bench.Servers, stop func() error, err error) {
	external, environment, err := c.servers("kafka")
	if err != nil {
		return found, nil, err
	}
	found.Environment = environment
	if external != nil && c.withFlink() && (external.Kafka.TLS != nil || external.Kafka.SASL != nil) {
		return found, nil, usageError{errors.New("--contestants: flink takes neither TLS nor SASL here: leave it out")}
	}
	if external != nil {
		found.Kafka, found.Database, found.DatabaseURL = external.Kafka, external.Database, c.URL
		return found, func() error { return nil }, nil
	}
	embedded, err := startServers(s, "", true)
	if err != nil {
		return found, nil, err
	}
	found.Kafka, found.DatabaseURL = kafka.Config{Brokers: []string{embedded.kafka.Addr()}}, embedded.databaseURL()
	found.Environment = append(found.Environment, "KAFKA_BOOTSTRAP="+embedded.kafka.Addr(), "DATABASE_URL="+found.DatabaseURL)
	if found.Database, err = postgres.ParseURL(found.DatabaseURL); err != nil {
		return found, nil, errors.Join(err, embedded.close())
	}
	return found, embedded.close, nil
}
