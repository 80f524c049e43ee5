package main

import (
	"context"
	"errors"
	"log/slog"

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
	var useless error
	if c.InfraOnly {
		useless = c.betweenProcesses()
	}
	return errors.Join(useless, c.handlingFlags.Validate(), c.ordersFlags.Validate())
}

// Run is called by kong.
func (c *devCommand) Run(s surroundings) (err error) {
	source, seed, err := c.ordersFlags.open(c.Invalid)
	if err != nil {
		return err
	}
	defer source.Close() //nolint:errcheck // it was only read

	servers, err := startServers(s, c.Data, c.Transport == "kafka")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, servers.close()) }()
	database, err := postgres.ParseURL(servers.databaseURL())
	if err != nil {
		return err
	}
	carrier, err := c.newTransport(kafkaFlags{Bootstrap: servers.bootstrap()}, database, s.logger)
	if err != nil {
		return err
	}
	if c.InfraOnly {
		if err := carrier.prepare(s.ctx, c.handlingFlags); err != nil {
			return err
		}
		servers.describe(s.stdout, c.handlingFlags)
		return servers.wait(s.ctx)
	}

	p, err := newProcessor(s.ctx, c.handlingFlags, carrier, database, s.logger)
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
		carrier: carrier, topic: c.Topic, flags: c.ordersFlags, source: source, seed: seed,
		shown: show.orders, logger: s.logger,
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
		select {
		case <-p.router.Running(): // what nobody subscribes to is lost in memory
		case <-processing.Done():
		}
		result, err := send(processing, what)
		if err == nil {
			what.logger.Info("all orders are sent; waiting until they are processed", slog.Int64("orders", result.Sent))
			err = what.carrier.drained(processing, c.Group, c.Topic)
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
