package middleware

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/message/router/middleware"

	"orderflow/handlers"
)

// ErrLimit is the error of a message that was not dead-lettered because too many
// were before it.
var ErrLimit = errors.New("too many dead letters")

// DeadLetter publishes messages that failed for good on another topic, by
// Watermill's PoisonQueue, with what is known about the failure in headers. If
// that topic cannot take a message its error is returned, so it is not acked:
// nothing is lost.
type DeadLetter struct {
	// Publisher must publish payload, key and headers as they were received.
	Publisher message.Publisher
	Topic     string
	// Group is the consumer group that failed.
	Group string
	// Outages has messages dead-lettered that met an outage, too.
	Outages bool
	// TooLarge recognizes the publisher's error for a message that exceeds what
	// the topic takes.
	TooLarge func(error) bool
	// Limit stops the dead-lettering when its share is too large; Exceeded is
	// then called with an error of ErrLimit, once for each message refused.
	Limit    Limit
	Exceeded func(error)
	// Published, if not nil, is told of every dead letter. It must not block.
	Published func(source handlers.Source, class handlers.Class)
	Logger    *slog.Logger
}

// Middleware returns the layer.
func (d DeadLetter) Middleware() (message.HandlerMiddleware, error) {
	publisher := deadLetterPublisher{DeadLetter: d, limiter: newLimiter(d.Limit)}
	poisonQueue, err := middleware.PoisonQueueWithFilter(publisher, d.Topic, d.condemns)
	if err != nil {
		return nil, fmt.Errorf("set up the dead-letter topic %q: %w", d.Topic, err)
	}
	return func(next message.HandlerFunc) message.HandlerFunc {
		return poisonQueue(d.annotate(next, publisher.limiter))
	}, nil
}

// condemns reports whether the error is reason enough for a dead letter.
func (d DeadLetter) condemns(err error) bool {
	switch handlers.ClassOf(err) {
	case handlers.Canceled:
		return false
	case handlers.Outage, handlers.Unconfirmed:
		return d.Outages
	default:
		return true
	}
}

// annotate sees the error before the poison queue does, which passes on the
// error's text only.
func (d DeadLetter) annotate(next message.HandlerFunc, seen *limiter) message.HandlerFunc {
	return func(msg *message.Message) ([]*message.Message, error) {
		produced, err := next(msg)
		if err == nil {
			notePassed(msg, seen)
			return produced, nil
		}
		class := handlers.ClassOf(err)
		if msg.Context().Err() != nil && !class.Permanent() {
			// Stopping makes all kinds of errors of calls that were under way.
			return produced, handlers.Fail(handlers.Canceled, err)
		}
		describe(msg, class, d.Group)
		return produced, err
	}
}

// notePassed notes the records of a message that were handled. Those set apart come
// again.
func notePassed(msg *message.Message, seen *limiter) {
	bundle, ok := handlers.BundleOf(msg.Context())
	if !ok {
		seen.note(false)
		return
	}
	for range bundle.Together() {
		seen.note(false)
	}
}
