package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"orderflow/infra/kafka"
	"orderflow/infra/postgres"
)

// devCommand is `dev`.
type devCommand struct {
	handlingFlags
	ordersFlags

	// There shall be something to see in the dead-letter topic.
	Invalid share `default:"2%" group:"orders" help:"Share of made-up orders with a defect." placeholder:"P%"`

	InfraOnly bool   `group:"output" help:"Run just Kafka and PostgreSQL, for generator and processor in other terminals."`
	Data      string `group:"output" help:"Keep topics and tables in this directory between runs; nothing is kept by default." placeholder:"DIR"`
	JSON      bool   `name:"json" group:"output" help:"Print just the summary, as one JSON object."`
}

// Validate is called by kong.
func (c *devCommand) Validate() error {
	return errors.Join(c.handlingFlags.Validate(), c.ordersFlags.Validate())
}

// Run is called by kong.
func (c *devCommand) Run(s surroundings) (err error) {
	source, seed, err := c.ordersFlags.open(c.Invalid)
	if err != nil {
		return err
	}
	defer source.Close() //nolint:errcheck // it was only read

	servers, err := startServers(s, c.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, servers.close()) }()
	brokers := kafka.Config{Brokers: []string{servers.kafka.Addr()}}
	if c.InfraOnly {
		if err := ensureTopics(s.ctx, brokers, c.Topic, c.deadLetterTopic(), s.logger); err != nil {
			return err
		}
		servers.describe(s.stdout, c.handlingFlags)
		return servers.wait(s.ctx)
	}

	database, err := postgres.ParseURL(servers.databaseURL())
	if err != nil {
		return err
	}
	p, err := newProcessor(s.ctx, c.handlingFlags, brokers, database, s.logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	if c.JSON {
		servers.describe(s.stderr, c.handlingFlags)
	} else {
		servers.describe(s.stdout, c.handlingFlags)
	}

	show := newProgress(s, c.ordersFlags, c.JSON, source.Total())
	what := sending{
		brokers: brokers, topic: c.Topic, flags: c.ordersFlags, source: source, seed: seed,
		shown: show.order, logger: s.logger,
	}
	err = c.process(s.ctx, p, what)
	show.finish()
	if err != nil {
		return err
	}
	result, err := p.tally.summarize(context.WithoutCancel(s.ctx), p.store)
	if err != nil {
		return err
	}
	return writeSummary(s.stdout, result, c.JSON)
}

// process runs the processor while the orders are sent, and until it has
// finished them all.
func (c *devCommand) process(ctx context.Context, p *processor, what sending) error {
	processing, stop := context.WithCancel(ctx)
	defer stop()
	sent := make(chan error, 1)
	go func() {
		defer stop()
		result, err := send(processing, what)
		if err == nil {
			what.logger.Info("all orders are sent; waiting until they are processed", slog.Int64("orders", result.Sent))
			err = c.drained(processing, what.brokers)
		}
		sent <- err
	}()
	err := p.run(processing)
	stop()
	if sendErr := <-sent; err == nil && !errors.Is(sendErr, context.Canceled) {
		err = sendErr
	}
	return err
}

// drained waits until the group has committed all that the topic holds.
func (c *devCommand) drained(ctx context.Context, brokers kafka.Config) error {
	admin, err := kafka.NewAdmin(ctx, brokers)
	if err != nil {
		return err
	}
	defer admin.Close()
	ends, err := admin.EndOffsets(ctx, c.Topic)
	if err != nil {
		return err
	}
	const often = 50 * time.Millisecond
	for {
		committed, err := admin.CommittedOffsets(ctx, c.Group, c.Topic)
		if err != nil {
			return err
		}
		if committed.Reached(ends) {
			return nil
		}
		select {
		case <-time.After(often):
		case <-ctx.Done():
			return fmt.Errorf("wait for the group %q to commit what topic %q holds: %w", c.Group, c.Topic, ctx.Err())
		}
	}
}
