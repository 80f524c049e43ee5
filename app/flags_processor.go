package main

import (
	"fmt"
	"strings"
	"time"

	"orderflow/infra/kafka"
	"orderflow/infra/postgres"
	"orderflow/middleware"
)

// databaseFlags is how to reach PostgreSQL.
type databaseFlags struct {
	URL string `name:"database-url" env:"DATABASE_URL" default:"postgres://postgres:postgres@localhost:5432/orderflow?sslmode=disable" group:"postgres" secret:"url" help:"Where the orders are kept." placeholder:"URL"`
}

func (f databaseFlags) config() (postgres.Config, error) {
	config, err := postgres.ParseURL(f.URL)
	if err != nil {
		return config, usageError{err}
	}
	return config, nil
}

// handlingFlags is how a processor consumes and what it does about failures.
type handlingFlags struct {
	topicFlags
	Group    string `name:"group-id" env:"GROUP_ID" default:"order-processor" group:"group" help:"Consumer group: members share the partitions, each group reads everything and has a schema of its own." placeholder:"ID"`
	DLQTopic string `name:"dlq-topic" group:"failures" help:"Topic of the dead letters; by default that of the orders with .dlq." placeholder:"NAME"`
	OnOutage string `enum:"pause,dead-letter" default:"pause" group:"failures" help:"While the database is down: pause, or dead-letter after the retries." placeholder:"WHAT"`

	RetryMax      int              `default:"5" group:"failures" help:"Retries of what concerns one message and passes, such as a deadlock." placeholder:"N"`
	RetryInterval time.Duration    `default:"100ms" group:"failures" help:"Time before the first retry; it doubles from one to the next, with jitter." placeholder:"TIME"`
	RetryCap      time.Duration    `default:"5s" group:"failures" help:"Longest time between two retries, or two looks whether the database is back." placeholder:"TIME"`
	DLQLimit      middleware.Limit `name:"dlq-limit" group:"failures" help:"Stop when more than this share of a window of messages fails, such as 50%/1000; no limit by default." placeholder:"P%/N"`

	ShutdownTimeout time.Duration `default:"15s" group:"group" help:"Longest time to finish what is in flight, when stopping or giving a partition away." placeholder:"TIME"`
	HTTPAddr        string        `name:"http-addr" group:"output" help:"Serve /metrics, /healthz and /readyz here, such as 127.0.0.1:9464; off by default." placeholder:"HOST:PORT"`
}

// Validate is called by kong.
func (f handlingFlags) Validate() error {
	switch {
	case strings.TrimSpace(f.Group) == "":
		return fmt.Errorf("--group-id: a consumer group needs a name")
	case f.RetryMax < 0:
		return fmt.Errorf("--retry-max: must be 0 or more, is %d", f.RetryMax)
	case f.RetryInterval <= 0 || f.RetryCap < f.RetryInterval:
		return fmt.Errorf("--retry-interval, --retry-cap: must be greater than 0 and the cap not below the interval, are %s and %s",
			f.RetryInterval, f.RetryCap)
	case f.ShutdownTimeout <= 0 || f.ShutdownTimeout > kafka.MaxDrain:
		return fmt.Errorf("--shutdown-timeout: must be greater than 0 and at most %s, is %s", kafka.MaxDrain, f.ShutdownTimeout)
	case f.deadLetterTopic() == f.Topic:
		return fmt.Errorf("--dlq-topic: must differ from --topic, both are %q", f.Topic)
	}
	if err := f.topicFlags.Validate(); err != nil {
		return err
	}
	return kafka.CheckTopicName(f.deadLetterTopic())
}

// deadLetterTopic is where the dead letters go.
func (f handlingFlags) deadLetterTopic() string {
	if f.DLQTopic != "" {
		return f.DLQTopic
	}
	return f.Topic + ".dlq"
}
