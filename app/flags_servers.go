package main

import (
	"errors"

	"orderflow/app/lab"
)

// externalFlags are servers to use instead of embedded ones.
type externalFlags struct {
	Bootstrap []string `name:"kafka-bootstrap" env:"KAFKA_BOOTSTRAP" group:"kafka" help:"Brokers to use instead of an embedded one, host:port, separated by commas; goes with --database-url." placeholder:"HOST:PORT"`
	kafkaSecurityFlags

	URL string `name:"database-url" env:"DATABASE_URL" group:"postgres" secret:"url" help:"Database to use instead of an embedded one." placeholder:"URL"`
}

// servers are those of the user, or nil if none are named. environment tells child
// processes of the user's, or that embedded ones, of which they learn elsewhere, ask
// for no password.
func (f externalFlags) servers(transport string) (external *lab.External, environment []string, err error) {
	if transport != "kafka" {
		f.Bootstrap = nil
	}
	brokers := kafkaFlags{Bootstrap: f.Bootstrap}
	switch {
	case len(f.Bootstrap) == 0 && f.URL == "":
		return nil, brokers.environment(), nil
	case f.URL == "" || len(f.Bootstrap) == 0 && transport == "kafka":
		return nil, nil, usageError{errors.New("set both KAFKA_BOOTSTRAP and DATABASE_URL to use servers of your own, or neither")}
	}
	external = &lab.External{}
	if transport == "kafka" {
		brokers.kafkaSecurityFlags = f.kafkaSecurityFlags
		if external.Kafka, err = brokers.config(); err != nil {
			return nil, nil, err
		}
	}
	if external.Database, err = (databaseFlags{URL: f.URL}).config(); err != nil {
		return nil, nil, err
	}
	return external, append(brokers.environment(), "DATABASE_URL="+f.URL), nil
}
