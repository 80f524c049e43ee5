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
	store     *postgres.Store
	tally     *tally
	router    *message.Router
	publisher message.Publisher
	readiness *telemetry.Readiness
	stopHTTP  func()
	assigned  chan struct{} // closed when partitions have been assigned for the first time
	fail      chan error    // what stops it
	logger    *slog.Logger
}

// newProcessor connects to Kafka and PostgreSQL, creates what is missing there,
// and wires the topology. Close the processor.
func newProcessor(ctx context.Context, flags handlingFlags, brokers kafka.Config, database postgres.Config, logger *slog.Logger) (p *processor, err error) {
	p = &processor{
		readiness: &telemetry.Readiness{},
		stopHTTP:  func() {},
		assigned:  make(chan struct{}),
		fail:      make(chan error, 1),
		logger:    logger,
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
		}
	}()

	if err := ensureTopics(ctx, brokers, flags.Topic, flags.deadLetterTopic(), logger); err != nil {
		return p, err
	}
	if p.store, err = postgres.Open(ctx, database, flags.Group); err != nil {
		return p, err
	}
	if p.publisher, err = kafka.NewPublisher(brokers, telemetry.ForWatermill(logger)); err != nil {
		return p, err
	}
	subscriber, err := kafka.NewSubscriber(kafka.SubscriberConfig{
		Config:       brokers,
		Group:        flags.Group,
		DrainTimeout: flags.ShutdownTimeout,
		NackDelay:    time.Second,
		Assigned: sync.OnceFunc(func() {
			p.readiness.Set(nil)
			close(p.assigned)
		}),
		Logger:    logger,
		Watermill: telemetry.ForWatermill(logger),
	})
	if err != nil {
		return p, err
	}
	metrics := telemetry.NewMetrics()
	p.tally = newTally(metrics)
	if flags.HTTPAddr != "" {
		var bound string
		if bound, p.stopHTTP, err = telemetry.Serve(ctx, flags.HTTPAddr, metrics, p.readiness, logger); err != nil {
			p.stopHTTP = func() {}
			return p, err
		}
		logger.Info("serving metrics and health", slog.String("http_addr", bound))
	}
	p.router, err = newTopology(flags, parts{
		subscriber: subscriber,
		publisher:  p.publisher,
		tooLarge:   kafka.TooLarge,
		store:      p.store,
		tally:      p.tally,
		metrics:    metrics,
		outage:     p.outage(metrics),
		fail:       p.failWith,
		logger:     logger,
	})
	return p, err
}

// outage makes an outage visible: log, metric, readiness.
func (p *processor) outage(metrics *telemetry.Metrics) func(error) {
	return func(cause error) {
		p.readiness.Set(cause)
		if cause != nil {
			metrics.Outage.Set(1)
			p.logger.Error("the database cannot be used: holding all orders back until it can, nothing is lost",
				slog.Any("error", cause))
			return
		}
		metrics.Outage.Set(0)
		p.logger.Info("the database can be used again: going on")
	}
}

// failWith stops run with an error. The first one counts.
func (p *processor) failWith(err error) {
	select {
	case p.fail <- err:
	default:
	}
}

var errStopped = errors.New("the subscriber has stopped by itself; the log says why")

// run handles orders until ctx is done, then finishes what is in flight, commits
// and returns nil; or returns the error that stopped it.
func (p *processor) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ended := make(chan error, 1)
	go func() { ended <- p.router.Run(ctx) }()
	select {
	case failure := <-p.fail:
		cancel(failure)
		return errors.Join(failure, <-ended)
	case err := <-ended:
		if err == nil && ctx.Err() == nil {
			err = errStopped
		}
		return err
	}
}

// close ends the connections.
func (p *processor) close() error {
	p.stopHTTP()
	var errs []error
	if p.publisher != nil {
		errs = append(errs, p.publisher.Close())
	}
	if p.store != nil {
		_ = p.store.Close() // all is committed; a connection that is broken already is no failure
	}
	return errors.Join(errs...)
}
