package main

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	wm "github.com/ThreeDotsLabs/watermill/message/router/middleware"

	"orderflow/handlers"
	"orderflow/infra/kafka"
	"orderflow/infra/telemetry"
	"orderflow/middleware"
)

// parts is what the topology connects.
type parts struct {
	subscriber message.Subscriber // of the orders
	publisher  message.Publisher  // of the dead letters
	commitNow  commitNow          // with CommitBefore
	tooLarge   func(error) bool   // recognizes the publisher's error for a message that exceeds its topic
	store      handlers.Store
	tally      *tally
	metrics    *telemetry.Metrics
	outage     func(cause error) // told when an outage begins, and with nil when it ends
	fail       func(error)       // stops the processor
	logger     *slog.Logger
}

// newTopology wires the pipeline: it reads from top to bottom as an order goes.
func newTopology(flags handlingFlags, p parts) (*message.Router, error) {
	router, err := message.NewRouter(message.RouterConfig{
		// The subscriber drains for the shutdown timeout, then it needs to commit.
		CloseTimeout: flags.ShutdownTimeout + 5*time.Second,
	}, telemetry.ForWatermill(p.logger))
	if err != nil {
		return nil, fmt.Errorf("create the router: %w", err)
	}

	// What fails for good goes to orders.dlq, as it came, and is acked.
	deadLetter, err := middleware.DeadLetter{
		Publisher: p.publisher,
		Topic:     flags.deadLetterTopic(),
		Group:     flags.Group,
		Outages:   flags.OnOutage == "dead-letter",
		TooLarge:  p.tooLarge,
		Limit:     flags.DLQLimit,
		Exceeded:  p.fail,
		Published: p.tally.deadLetter,
		Logger:    p.logger,
	}.Middleware()
	if err != nil {
		return nil, err
	}
	// While the database is down everything waits, and one message probes.
	outage := &middleware.Outage{
		InitialInterval: flags.RetryInterval,
		MaxInterval:     flags.RetryCap,
		Changed:         p.outage,
	}
	// What concerns one message and passes is tried again.
	retry := wm.Retry{
		MaxRetries:          flags.RetryMax,
		InitialInterval:     flags.RetryInterval,
		MaxInterval:         flags.RetryCap,
		Multiplier:          2,
		RandomizationFactor: 0.5,
		ShouldRetry:         retryable(flags),
		Logger:              telemetry.ForWatermill(p.logger),
	}

	// Outermost first; middleware/doc.go says why in this order. What differs from
	// one guarantee to another is in delivery.go.
	layers := []message.HandlerMiddleware{p.tally.inFlight, p.metrics.Middleware()}
	if flags.Commit == kafka.CommitBefore {
		layers = append(layers, middleware.CommitFirst(p.commitNow))
	}
	layers = append(layers, deadLetter)
	if flags.OnOutage == "pause" {
		layers = append(layers, outage.Middleware)
	}
	// Records that came together are handled together; what fails comes again alone,
	// and goes on inwards.
	handler := handlers.Persist{Store: deadly(p.store), Saved: p.tally.saved}
	together := middleware.Together{Handle: handler.HandleBundle, Hold: flags.OnOutage == "pause", Logger: p.logger}
	layers = append(layers, together.Middleware, middleware.OnFailure(retry.Middleware))
	if flags.Commit == kafka.CommitBefore {
		once := middleware.Once{Logger: p.logger, GivenUp: p.tally.givenUp}
		layers = append(layers, once.Middleware)
	}
	layers = append(layers, middleware.Attempts, middleware.Recover)
	router.AddMiddleware(layers...)

	// decode -> validate -> store.Save; the message is acked when that is durable,
	// and only what was acked is committed. What is saved is the handler's choice:
	// persist writes a row, analytics counts the order in sums (openStore).
	router.AddConsumerHandler(flags.Handler, flags.Topic, p.subscriber, handler.Handle)
	return router, nil
}

// retryable says which failures are tried again: those that pass, and an outage
// when it shall be dead-lettered after the retries.
func retryable(flags handlingFlags) func(wm.RetryParams) bool {
	return func(attempt wm.RetryParams) bool {
		switch handlers.ClassOf(attempt.Err) {
		case handlers.Transient, handlers.Unknown:
			return true
		case handlers.Outage, handlers.Unconfirmed:
			return flags.OnOutage == "dead-letter"
		default:
			return false
		}
	}
}
