package main

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"orderflow/infra/kafka"
	"orderflow/infra/postgres"
	"orderflow/infra/telemetry"
)

// processor is one member of a consumer group, ready to run.
type processor struct {
	store      store
	publisher  message.Publisher // of the dead letters
	relay      *relay            // of the outbox, nil if nothing is written there
	subscriber message.Subscriber
	commitNow  commitNow
	router     *message.Router
	tally      *tally
	metrics    *telemetry.Metrics
	readiness  *telemetry.Readiness
	stopHTTP   func()
	assigned   chan struct{} // closed when partitions have been assigned for the first time
	fail       chan error    // what stops it
	logger     *slog.Logger
}

// What a processor needs to be ready.
const (
	needsPartitions = "partitions"
	needsDatabase   = "database"
)

// newProcessor connects to the transport and PostgreSQL, creates what is missing there,
// and wires the topology. Close the processor.
func newProcessor(ctx context.Context, flags handlingFlags, carrier transport, database postgres.Config, logger *slog.Logger) (*processor, error) {
	metrics := telemetry.NewMetrics()
	p := &processor{
		tally:     newTally(metrics),
		metrics:   metrics,
		readiness: telemetry.NewReadiness(needsPartitions, needsDatabase),
		stopHTTP:  func() {},
		assigned:  make(chan struct{}),
		fail:      make(chan error, 1),
		logger:    logger,
	}
	err := p.connect(ctx, flags, carrier, database)
	if err == nil {
		err = p.serve(ctx, flags.HTTPAddr)
	}
	if err == nil {
		p.router, err = newTopology(flags, parts{
			subscriber: p.subscriber,
			publisher:  p.deadLetters(flags),
			commitNow:  p.commitNow,
			tooLarge:   carrier.tooLarge,
			store:      p.store,
			tally:      p.tally,
			metrics:    p.metrics,
			outage:     p.outage,
			fail:       p.failWith,
			logger:     p.logger,
		})
	}
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

// connect makes what talks to the transport and PostgreSQL. The group is joined later.
func (p *processor) connect(ctx context.Context, flags handlingFlags, carrier transport, database postgres.Config) (err error) {
	if err := carrier.prepare(ctx, flags); err != nil {
		return err
	}
	opened, err := openStore(ctx, flags, database)
	if err != nil {
		return err
	}
	p.store = opened
	p.readiness.Set(needsDatabase, nil)
	if flags.relays() {
		if p.relay, err = newRelay(ctx, flags, carrier, database, p.metrics, p.logger); err != nil {
			return err
		}
	}
	if p.publisher, err = carrier.newPublisher(ctx); err != nil {
		return err
	}
	p.subscriber, p.commitNow, err = carrier.newSubscriber(ctx, flags.Topic, kafka.SubscriberConfig{
		Group:          flags.Group,
		Commit:         flags.Commit,
		CommitInterval: flags.CommitInterval,
		SessionTimeout: flags.SessionTimeout,
		DrainTimeout:   flags.ShutdownTimeout,
		NackDelay:      time.Second,
		InFlight:       flags.InFlight,
		Bundle:         flags.InFlight / bundlesInFlight,
		Ordering:       flags.Ordering,
		Assigned: sync.OnceFunc(func() {
			p.readiness.Set(needsPartitions, nil)
			close(p.assigned)
		}),
		Denied:     p.failWith,
		OutOfRange: p.tally.outOfRange,
		Logger:     p.logger,
		Watermill:  telemetry.ForWatermill(p.logger),
	})
	return err
}

// deadLetters is what dead letters are published on.
func (p *processor) deadLetters(flags handlingFlags) message.Publisher {
	if flags.DLQVia == viaOutbox {
		return p.relay.outbox
	}
	return p.publisher
}

// serve answers for metrics and health if an address is given.
func (p *processor) serve(ctx context.Context, address string) error {
	if address == "" {
		return nil
	}
	bound, stop, err := telemetry.Serve(ctx, address, p.metrics, p.readiness, p.logger)
	if err != nil {
		return err
	}
	p.stopHTTP = stop
	p.logger.Info("serving metrics and health", slog.String("http_addr", bound))
	return nil
}

// close ends the connections.
func (p *processor) close() error {
	p.stopHTTP()
	var errs []error
	if p.subscriber != nil {
		// The router closes it unless it was its context that ended.
		errs = append(errs, p.subscriber.Close())
	}
	if p.publisher != nil {
		errs = append(errs, p.publisher.Close())
	}
	if p.relay != nil {
		errs = append(errs, p.relay.close())
	}
	if p.store != nil {
		errs = append(errs, p.store.Close())
	}
	return errors.Join(errs...)
}
