package main

import (
	"cmp"
	"errors"
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

// maxInFlight bounds --in-flight: each message in flight is a goroutine.
const maxInFlight = 100_000

// handlingFlags is how a processor consumes and what it does about failures.
type handlingFlags struct {
	transportFlags
	topicFlags
	outboxFlags
	Handler  string `enum:"persist,analytics" default:"persist" group:"group" help:"What happens to an order: persist writes it to a table, analytics counts it in sums by minute, user and item." placeholder:"WHAT"`
	Group    string `name:"group-id" env:"GROUP_ID" group:"group" help:"Consumer group: members share the partitions, each group reads everything and has a schema of its own. Default: order-processor, or order-analytics with --handler analytics." placeholder:"ID"`
	DLQTopic string `name:"dlq-topic" group:"failures" help:"Topic of the dead letters; by default that of the orders with .dlq." placeholder:"NAME"`
	OnOutage string `enum:"pause,dead-letter" default:"pause" group:"failures" help:"While the database is down: pause, or dead-letter after the retries." placeholder:"WHAT"`

	RetryMax      int              `default:"5" group:"failures" help:"Retries of what concerns one message and passes, such as a deadlock." placeholder:"N"`
	RetryInterval time.Duration    `default:"100ms" group:"failures" help:"Time before the first retry; it doubles from one to the next, with jitter." placeholder:"TIME"`
	RetryCap      time.Duration    `default:"5s" group:"failures" help:"Longest time between two retries, or two looks whether the database is back." placeholder:"TIME"`
	DLQLimit      middleware.Limit `name:"dlq-limit" group:"failures" help:"Stop when more than this share of a window of messages fails, such as 50%/1000; no limit by default." placeholder:"P%/N"`

	Delivery       string         `enum:"at-most-once,auto-commit,at-least-once,exactly-once" default:"exactly-once" group:"delivery" help:"Guarantee: at-most-once, auto-commit, at-least-once or exactly-once." placeholder:"NAME"`
	Commit         kafka.Commit   `enum:",before,timer,after" default:"" group:"delivery" help:"When an offset is committed: before the order is handled, on a timer whether it is or not, or after; by default as the guarantee says." placeholder:"WHEN"`
	CommitInterval time.Duration  `group:"delivery" help:"How often what may be committed is; by default as the guarantee says." placeholder:"TIME"`
	Write          postgres.Write `enum:",insert,insert-once" default:"" group:"delivery" help:"How a row is written: a row for each delivery, or once for each order_id; by default as the guarantee says." placeholder:"HOW"`

	InFlight int            `default:"1" group:"group" help:"Messages of a partition that may be handled at once; with more than 1, rows are written in batches." placeholder:"N"`
	Ordering kafka.Ordering `enum:",key,partition,none" default:"" group:"group" help:"Which messages of a partition wait for one another when several may be in flight: those of one key, all (partition), or none. Default: key, or none with --handler analytics, whose sums are the same in any order." placeholder:"WHAT"`

	SessionTimeout  time.Duration `default:"10s" group:"group" help:"How long a member may give no sign of life before the others get its partitions." placeholder:"TIME"`
	ShutdownTimeout time.Duration `default:"15s" group:"group" help:"Longest time to finish what is in flight, when stopping or giving a partition away." placeholder:"TIME"`
	HTTPAddr        string        `name:"http-addr" group:"output" help:"Serve /metrics, /healthz and /readyz here, such as 127.0.0.1:9464; off by default." placeholder:"HOST:PORT"`
}

// handlerDefaults are what is not said, by handler.
var handlerDefaults = map[string]struct {
	group    string
	ordering kafka.Ordering
}{
	"persist":   {"order-processor", kafka.OrderingKey},
	"analytics": {"order-analytics", kafka.OrderingNone}, // a sum is the same in any order
}

// AfterApply is called by kong: what is not said is as the guarantee has it.
func (f *handlingFlags) AfterApply() error { //nolint:unparam // the form kong asks for
	profile := profileOf(f.Delivery)
	f.Commit = cmp.Or(f.Commit, profile.commit)
	f.CommitInterval = cmp.Or(f.CommitInterval, profile.interval)
	f.Write = cmp.Or(f.Write, profile.write)
	f.Group = cmp.Or(f.Group, handlerDefaults[f.Handler].group)
	f.Ordering = cmp.Or(f.Ordering, handlerDefaults[f.Handler].ordering)
	return nil
}

// Validate is called by kong.
func (f handlingFlags) Validate() error {
	_ = f.AfterApply() // of this copy: kong validates first
	switch {
	case strings.TrimSpace(f.Group) == "":
		return fmt.Errorf("--group-id: a consumer group needs a name")
	case f.Handler == "analytics" && (f.Commit != kafka.CommitAfter || f.Write != postgres.InsertOnce):
		return fmt.Errorf("--handler analytics: counts exactly once, and sums would not show what another guarantee loses or doubles: leave out --delivery, --commit and --write")
	case f.RetryMax < 0:
		return fmt.Errorf("--retry-max: must be 0 or more, is %d", f.RetryMax)
	case f.RetryInterval <= 0 || f.RetryCap < f.RetryInterval:
		return fmt.Errorf("--retry-interval, --retry-cap: must be greater than 0 and the cap not below the interval, are %s and %s",
			f.RetryInterval, f.RetryCap)
	case f.InFlight < 1 || f.InFlight > maxInFlight:
		return fmt.Errorf("--in-flight: must be 1 to %d, is %d", maxInFlight, f.InFlight)
	case f.InFlight > 1 && f.Commit == kafka.CommitBefore && f.Ordering != kafka.OrderingPartition:
		return fmt.Errorf("--in-flight: what is committed before it is handled (%s) is handled one after the other: "+
			"leave --in-flight at 1, or say --ordering partition", f.Delivery)
	case f.CommitInterval < 0:
		return fmt.Errorf("--commit-interval: must not be negative, is %s", f.CommitInterval)
	case f.SessionTimeout < time.Second || f.SessionTimeout > 30*time.Minute:
		return fmt.Errorf("--session-timeout: must be 1s to 30m, is %s", f.SessionTimeout)
	case f.ShutdownTimeout <= 0 || f.ShutdownTimeout > kafka.MaxDrain:
		return fmt.Errorf("--shutdown-timeout: must be greater than 0 and at most %s, is %s", kafka.MaxDrain, f.ShutdownTimeout)
	case f.deadLetterTopic() == f.Topic:
		return fmt.Errorf("--dlq-topic: must differ from --topic, both are %q", f.Topic)
	}
	if err := errors.Join(f.allows(f.Commit, f.InFlight), f.topicFlags.Validate()); err != nil {
		return err
	}
	if err := f.checkOutbox(); err != nil {
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

// written is how an order is written: as the guarantee says, or counted.
func (f handlingFlags) written() postgres.Write {
	if f.Handler == "analytics" {
		return postgres.CountOnce
	}
	return f.Write
}
