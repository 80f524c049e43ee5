package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/ThreeDotsLabs/watermill/message"

	"orderflow/handlers"
	"orderflow/infra/kafka"
	"orderflow/infra/postgres"
)

// transport carries the orders to the processor and the dead letters away. The
// topology does not know which.
type transport interface {
	// prepare creates the topics of a processor that are missing, and refuses those
	// that would lose messages, or that it lacks the rights to.
	prepare(ctx context.Context, flags handlingFlags) error
	// prepareToSend does so for who sends orders.
	prepareToSend(ctx context.Context, orders string) error
	// newPublisher publishes what cannot be handled, message by message.
	newPublisher(ctx context.Context) (message.Publisher, error)
	// newOrdersPublisher publishes orders, many at once, and fills in their receipts.
	newOrdersPublisher(ctx context.Context, orders string) (message.Publisher, error)
	newSubscriber(ctx context.Context, topic string, config kafka.SubscriberConfig) (message.Subscriber, commitNow, error)
	// tooLarge recognizes the publisher's error for a message that exceeds its topic.
	tooLarge(err error) bool
	// drained waits until the group has committed all that the topic holds.
	drained(ctx context.Context, group, topic string) error
}

// commitNow commits the offset after a message at once. It is nil where that
// cannot be done.
type commitNow func(ctx context.Context, source handlers.Source) error

// ability is what a transport can do, and so what is refused on it.
type ability struct {
	name            string
	commits         []kafka.Commit // when an offset may be committed
	manyInFlight    bool
	acrossProcesses bool
}

// abilities are the transports to choose from, by --transport. docs/transports.md
// is this table for people.
var abilities = []ability{
	{"kafka", []kafka.Commit{kafka.CommitBefore, kafka.CommitOnTimer, kafka.CommitAfter}, true, true},
	{"postgres", []kafka.Commit{kafka.CommitAfter}, false, true},
	{"memory", []kafka.Commit{kafka.CommitAfter}, false, false},
}

// transportFlags chooses the transport.
type transportFlags struct {
	Transport string `enum:"kafka,postgres,memory" default:"kafka" group:"transport" help:"What carries the messages: kafka; postgres, the database alone; or memory, within one process." placeholder:"NAME"`
}

// ability is what the transport chosen can do.
func (f transportFlags) ability() ability {
	return abilities[slices.IndexFunc(abilities, func(a ability) bool { return a.name == f.Transport })] // kong has checked the name
}

// allows refuses what the transport cannot do.
func (f transportFlags) allows(commit kafka.Commit, inFlight int) error {
	can := f.ability()
	switch {
	case !slices.Contains(can.commits, commit):
		return fmt.Errorf("--transport %s: an offset is committed there after the order is handled, not %s: "+
			"use --delivery exactly-once or at-least-once, or --transport kafka", f.Transport, map[kafka.Commit]string{
			kafka.CommitBefore: "before", kafka.CommitOnTimer: "on a timer"}[commit])
	case inFlight > 1 && !can.manyInFlight:
		return fmt.Errorf("--transport %s: delivers one message after the other: leave --in-flight at 1, or use --transport kafka", f.Transport)
	default:
		return nil
	}
}

var errOneProcess = errors.New("--transport memory: its messages reach no other process: use it with `dev`, or use --transport kafka or postgres")

// betweenProcesses refuses a transport that ends with its process.
func (f transportFlags) betweenProcesses() error {
	if !f.ability().acrossProcesses {
		return errOneProcess
	}
	return nil
}

// newTransport returns the transport chosen; brokers are looked at for Kafka only.
func (f transportFlags) newTransport(brokers kafkaFlags, database postgres.Config, logger *slog.Logger) (transport, error) {
	switch f.Transport {
	case "postgres":
		return &postgresTransport{database, logger}, nil
	case "memory":
		return newMemoryTransport(logger), nil
	default:
		config, err := brokers.config()
		return &kafkaTransport{config, logger}, err
	}
}
