package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/ThreeDotsLabs/watermill/components/forwarder"

	"orderflow/infra/kafka"
	"orderflow/infra/postgres"
	"orderflow/infra/telemetry"
)

// relay brings what is in a group's outbox to Kafka.
type relay struct {
	outbox    *postgres.Outbox
	publisher *kafka.BatchPublisher
	forwarder *forwarder.Forwarder
	patience  time.Duration // how long stop waits for the outbox to be empty
	ended     chan struct{} // closed when the forwarder has ended, with err
	err       error
	logger    *slog.Logger
}

// newRelay wires it: it reads from top to bottom as an event goes. The topics and the
// group's schema must be there. Close the relay.
func newRelay(ctx context.Context, flags handlingFlags, carrier transport, database postgres.Config,
	metrics *telemetry.Metrics, logger *slog.Logger,
) (_ *relay, err error) {
	r := &relay{patience: flags.ShutdownTimeout, ended: make(chan struct{}), logger: logger}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.close())
		}
	}()
	// The outbox is written in the transactions of the rows.
	if r.outbox, err = postgres.OpenOutbox(ctx, database, flags.Group); err != nil {
		return nil, err
	}
	measured := metrics.NewOutbox(r.lag, logger)
	// One relay of the group at a time reads it, in the order of the transactions.
	subscriber, err := r.outbox.Subscriber(telemetry.ForWatermill(logger))
	if err != nil {
		return nil, err
	}
	// Many events go to Kafka at once; what it refuses for good is set aside.
	if r.publisher, err = newBatchPublisher(ctx, carrier, slices.Collect(maps.Values(flags.topicsWritten()))); err != nil {
		return nil, err
	}
	publisher := &postgres.Relay{
		PublishAll: r.publisher.PublishAll,
		Refused:    kafka.Refused,
		Published:  func(topic string, events int) { measured.Published.WithLabelValues(topic).Add(float64(events)) },
		SetAside:   func(topic string) { measured.SetAside.WithLabelValues(topic).Inc() },
		Logger:     logger,
	}
	// Watermill's forwarder is between them. What it has published is deleted.
	r.forwarder, err = forwarder.NewForwarder(subscriber, publisher, telemetry.ForWatermill(logger), forwarder.Config{
		ForwarderTopic: r.outbox.Topic(),
		CloseTimeout:   flags.ShutdownTimeout,
	})
	if err != nil {
		return nil, fmt.Errorf("create the forwarder of the outbox: %w", err)
	}
	return r, nil
}

// lag is what the metrics show.
func (r *relay) lag(ctx context.Context) (telemetry.OutboxLag, error) {
	lag, err := r.outbox.Lag(ctx)
	return telemetry.OutboxLag{Events: lag.Events, SetAside: lag.Refused, Oldest: lag.Oldest}, err
}

var errRelayEnded = errors.New("the relay of the outbox has ended; the log says why")

// start begins to relay, and calls failed if that ends before stop is called. The end
// of ctx does not end it.
func (r *relay) start(ctx context.Context, failed func(error)) {
	go func() {
		r.err = r.forwarder.Run(context.WithoutCancel(ctx))
		close(r.ended)
		failed(errRelayEnded) // after stop nobody listens
	}()
}

// stop waits until the outbox is empty, but not for ever, and ends the relaying. What
// is left is relayed by the next processor of the group.
func (r *relay) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.patience)
	defer cancel()
	if !r.drained(ctx) {
		r.logger.Warn("events are left in the outbox: the next processor of the group announces them")
	}
	err := r.forwarder.Close()
	if err == nil {
		<-r.ended
		err = r.err
	}
	if err != nil {
		return fmt.Errorf("relay the outbox: %w", err)
	}
	return nil
}

// drained waits until the outbox is empty. It gives up when ctx is done or the relay
// has ended.
func (r *relay) drained(ctx context.Context) bool {
	const often = 20 * time.Millisecond
	look := time.NewTicker(often)
	defer look.Stop()
	for {
		if lag, err := r.outbox.Lag(ctx); err == nil && lag.Events == 0 {
			return true
		}
		select {
		case <-look.C:
		case <-r.ended:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// close ends the connections.
func (r *relay) close() error {
	var errs []error
	if r.publisher != nil {
		errs = append(errs, r.publisher.Close())
	}
	if r.outbox != nil {
		errs = append(errs, r.outbox.Close())
	}
	return errors.Join(errs...)
}
