package main

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// processorCommand is `processor`.
type processorCommand struct {
	kafkaFlags
	databaseFlags
	handlingFlags

	UntilIdle time.Duration `group:"output" help:"End with a summary when no order came for so long; 0 runs until it is stopped." placeholder:"TIME"`
	JSON      bool          `name:"json" group:"output" help:"Print the summary as one JSON object."`
}

// Validate is called by kong.
func (c *processorCommand) Validate() error {
	if c.UntilIdle < 0 {
		return errors.New("--until-idle: must not be negative")
	}
	return errors.Join(c.betweenProcesses(), c.handlingFlags.Validate())
}

// Run is called by kong.
func (c *processorCommand) Run(s surroundings) (err error) {
	database, err := c.databaseFlags.config()
	if err != nil {
		return err
	}
	carrier, err := c.newTransport(c.kafkaFlags, database, s.logger)
	if err != nil {
		return err
	}
	if c.InFlight > 1 {
		collectAtGrowth(200)
	}
	p, err := newProcessor(s.ctx, c.handlingFlags, carrier, database, s.logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	s.logger.Info("processor started", slog.String("group", c.Group), slog.String("topic", c.Topic),
		slog.String("dead_letters", c.deadLetterTopic()), slog.String("table", p.store.Table()), slog.String("delivery", c.Delivery))

	ctx, stop := context.WithCancel(s.ctx)
	defer stop()
	if c.UntilIdle > 0 {
		go p.tally.whenIdle(ctx, p.assigned, c.UntilIdle, stop)
	}
	if err := p.run(ctx); err != nil {
		return err
	}
	result, err := p.tally.summarize(context.WithoutCancel(ctx), p.store)
	if err != nil {
		return err
	}
	return writeSummary(s.stdout, result, c.JSON)
}
