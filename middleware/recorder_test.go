package middleware_test

import (
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"orderflow/handlers"
	"orderflow/middleware"
)

// errTooLarge is what the recorder's topic answers to a message that exceeds it.
var errTooLarge = errors.New("message too large")

// recorder is a publisher that keeps what it is given.
type recorder struct {
	refuse func(*message.Message) error // nil refuses nothing

	mu        sync.Mutex
	tried     int
	published []*message.Message
	topics    []string
}

func (r *recorder) Publish(topic string, messages ...*message.Message) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, msg := range messages {
		r.tried++
		if r.refuse != nil {
			if err := r.refuse(msg); err != nil {
				return err
			}
		}
		r.published = append(r.published, msg.Copy())
		r.topics = append(r.topics, topic)
	}
	return nil
}

func (r *recorder) Close() error { return errors.New("closed by who did not make it") }

// onto returns a dead-letter layer that publishes on the recorder.
func onto(publisher message.Publisher) middleware.DeadLetter {
	return middleware.DeadLetter{
		Publisher: publisher,
		Topic:     "orders.dlq",
		Group:     "order-processor",
		TooLarge:  func(err error) bool { return errors.Is(err, errTooLarge) },
		Logger:    slog.New(slog.DiscardHandler),
	}
}

// chain puts layers around a handler, outermost first, as the router does.
func chain(handler message.HandlerFunc, layers ...message.HandlerMiddleware) message.HandlerFunc {
	for _, layer := range slices.Backward(layers) {
		handler = layer(handler)
	}
	return handler
}

func layerOf(t require.TestingT, deadLetter middleware.DeadLetter) message.HandlerMiddleware {
	layer, err := deadLetter.Middleware()
	require.NoError(t, err)
	return layer
}

// failing is a handler that fails with err, or does not when it is nil.
func failing(err error) message.HandlerFunc {
	return func(*message.Message) ([]*message.Message, error) { return nil, err }
}

// record is a message as a subscriber makes it.
func record(t testing.TB, source handlers.Source) *message.Message {
	t.Helper()
	msg := message.NewMessage("uuid", []byte("value \xff"))
	msg.Metadata[handlers.KeyMetadata] = "key \xff"
	msg.Metadata["_record_headers"] = "headers \xff"
	msg.SetContext(handlers.WithSource(t.Context(), source))
	return msg
}
