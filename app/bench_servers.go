package main

import (
	"errors"
	"os"

	"orderflow/app/bench"
	"orderflow/infra/kafka"
	"orderflow/infra/postgres"
)

// benchServers are those of KAFKA_BOOTSTRAP and DATABASE_URL, or embedded ones.
func benchServers(s surroundings) (found bench.Servers, stop func() error, err error) {
	external, err := externalServers("kafka")
	if err != nil {
		return found, nil, err
	}
	if external != nil {
		return bench.Servers{Kafka: external.Kafka, Database: external.Database, DatabaseURL: os.Getenv("DATABASE_URL")},
			func() error { return nil }, nil
	}
	embedded, err := startServers(s, "", true)
	if err != nil {
		return found, nil, err
	}
	found = bench.Servers{
		Kafka: kafka.Config{Brokers: []string{embedded.kafka.Addr()}}, DatabaseURL: embedded.databaseURL(),
		Environment: []string{"KAFKA_BOOTSTRAP=" + embedded.kafka.Addr(), "DATABASE_URL=" + embedded.databaseURL()},
	}
	if found.Database, err = postgres.ParseURL(found.DatabaseURL); err != nil {
		return found, nil, errors.Join(err, embedded.close())
	}
	return found, embedded.close, nil
}
