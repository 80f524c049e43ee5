package postgres_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/components/forwarder"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"orderflow/handlers"
	"orderflow/infra/postgres"
)

const acceptedTopic = "orders.accepted"

// broker takes what a relay publishes, as Kafka would.
type broker struct {
	mu       sync.Mutex
	received map[string][]*message.Message // by topic
	refuse   func(*message.Message) error  // nil takes all
	calls    int
}

func newBroker() *broker {
	return &broker{received: map[string][]*message.Message{}}
}

func (b *broker) publishAll(_ context.Context, topic string, messages []*message.Message) []error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls++
	errs := make([]error, len(messages))
	for i, msg := range messages {
		if b.refuse != nil {
			errs[i] = b.refuse(msg)
		}
		if errs[i] == nil {
			b.received[topic] = append(b.received[topic], msg)
		}
	}
	return errs
}

func (b *broker) messages(topic string) []*message.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.received[topic]
}

// events are those that came, in their order.
func (b *broker) events(t require.TestingT) []handlers.Accepted {
	var events []handlers.Accepted
	for _, msg := range b.messages(acceptedTopic) {
		var event handlers.Accepted
		require.NoError(t, json.Unmarshal(msg.Payload, &event))
		require.Equal(t, msg.UUID, event.EventID)
		require.Equal(t, handlers.EventID(group, event.ID), event.EventID)
		require.Equal(t, event.UserID, msg.Metadata[handlers.KeyMetadata])
		events = append(events, event)
	}
	return events
}

// announced are the order_ids of the events that came, in their order.
func (b *broker) announced(t require.TestingT) []string {
	var ids []string
	for _, event := range b.events(t) {
		ids = append(ids, event.ID)
	}
	return ids
}

var (
	errTooLarge = errors.New("too large")
	errBroker   = errors.New("the broker cannot be reached")
)

func openOutbox(t testing.TB, databaseURL string) *postgres.Outbox {
	t.Helper()
	config, err := postgres.ParseURL(databaseURL)
	require.NoError(t, err)
	outbox, err := postgres.OpenOutbox(t.Context(), config, group)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, outbox.Close()) })
	return outbox
}

// relay runs a forwarder from the outbox to the broker until the test ends.
func relay(t testing.TB, outbox *postgres.Outbox, to *broker) (stop func()) {
	t.Helper()
	subscriber, err := outbox.Subscriber(watermill.NopLogger{})
	require.NoError(t, err)
	publisher := &postgres.Relay{
		PublishAll: to.publishAll,
		Refused:    func(err error) bool { return errors.Is(err, errTooLarge) },
		Logger:     slog.New(slog.DiscardHandler),
	}
	forward, err := forwarder.NewForwarder(subscriber, publisher, watermill.NopLogger{}, forwarder.Config{ForwarderTopic: outbox.Topic()})
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() { ended <- forward.Run(context.Background()) }()
	stop = sync.OnceFunc(func() {
		require.NoError(t, forward.Close())
		require.NoError(t, <-ended)
	})
	t.Cleanup(stop)
	select {
	case <-forward.Running():
	case err := <-ended:
		ended <- err
		require.FailNow(t, "the forwarder ended", "%v", err)
	}
	return stop
}

// drained waits until the outbox is empty.
func drained(t testing.TB, outbox *postgres.Outbox) {
	t.Helper()
	require.Eventually(t, func() bool {
		lag, err := outbox.Lag(t.Context())
		return err == nil && lag.Events == 0
	}, time.Minute, time.Millisecond)
}
