package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"orderflow/app/generator"
	"orderflow/app/ledger"
	"orderflow/infra/postgres"
)

// generatorCommand is `generator`.
type generatorCommand struct {
	transportFlags
	kafkaFlags
	databaseFlags
	topicFlags
	ordersFlags

	Invalid share `default:"0%" group:"orders" help:"Share of made-up orders with a defect, such as 2%." placeholder:"P%"`
	JSON    bool  `name:"json" group:"output" help:"Print the result as one JSON object, and no orders."`
}

// Validate is called by kong.
func (c *generatorCommand) Validate() error {
	return errors.Join(c.betweenProcesses(), c.topicFlags.Validate(), c.ordersFlags.Validate())
}

// generatorGrowth is the percentage for collectAtGrowth: there is little on the heap
// and garbage comes fast, so a sixth less CPU time costs 50 MB.
const generatorGrowth = 400

// Run is called by kong.
func (c *generatorCommand) Run(s surroundings) error {
	carrier, err := c.carrier(s.logger)
	if err != nil {
		return err
	}
	collectAtGrowth(generatorGrowth)
	source, seed, err := c.ordersFlags.open(c.Invalid)
	if err != nil {
		return err
	}
	defer source.Close() //nolint:errcheck // it was only read
	if err := carrier.prepareToSend(s.ctx, c.Topic); err != nil {
		return err
	}
	show := newProgress(s, c.ordersFlags, c.JSON, source.Total())
	result, err := send(s.ctx, sending{
		carrier: carrier, topic: c.Topic, flags: c.ordersFlags, source: source, seed: seed,
		shown: show.orders, logger: s.logger,
	})
	show.finish()
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return writeSent(s.stdout, result, c.Topic, c.JSON)
}

// carrier is the transport chosen. Where the database is does not matter to Kafka.
func (c *generatorCommand) carrier(logger *slog.Logger) (transport, error) {
	var database postgres.Config
	if c.Transport == "postgres" {
		var err error
		if database, err = c.databaseFlags.config(); err != nil {
			return nil, err
		}
	}
	return c.newTransport(c.kafkaFlags, database, logger)
}

// sending is what to send where.
type sending struct {
	carrier transport
	topic   string
	flags   ordersFlags
	source  generator.Source
	seed    uint64
	shown   func([]generator.Sent)
	logger  *slog.Logger
}

// send publishes all orders of the source through Watermill's publisher.
func send(ctx context.Context, what sending) (result generator.Result, err error) {
	var book *ledger.Writer
	if what.flags.Ledger != "" {
		book, err = ledger.Create(what.flags.Ledger, ledger.Header{Topic: what.topic, StartedAt: time.Now(), Seed: what.seed})
		if err != nil {
			return result, err
		}
		defer func() { err = errors.Join(err, book.Close()) }()
	}
	publisher, err := what.carrier.newOrdersPublisher(ctx, what.topic)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, publisher.Close()) }()

	return generator.Sender{
		Publisher: publisher,
		Topic:     what.topic,
		Rate:      what.flags.rate(),
		Ledger:    book,
		OnSent:    what.shown,
	}.Send(ctx, what.source)
}

// writeSent says what the run came to.
func writeSent(w io.Writer, result generator.Result, topic string, asJSON bool) error {
	seconds := result.Elapsed.Seconds()
	if asJSON {
		return json.NewEncoder(w).Encode(map[string]any{
			"sent": result.Sent, "failed": result.Failed, "seconds": seconds,
			"orders_per_second": float64(result.Sent) / seconds,
		})
	}
	_, err := fmt.Fprintf(w, "sent %d orders to topic %s in %.1f s (%.0f orders/s)\n",
		result.Sent, topic, seconds, float64(result.Sent)/seconds)
	return err
}
