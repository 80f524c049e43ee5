package memory_test

import (
	"context"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/pubsub/tests"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"orderflow/handlers"
	"orderflow/infra/memory"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newBus(t *testing.T) *memory.Bus {
	t.Helper()
	bus := memory.NewBus(watermill.NopLogger{})
	t.Cleanup(func() { require.NoError(t, bus.Close()) })
	return bus
}

func subscribe(t *testing.T, bus *memory.Bus, config memory.SubscriberConfig, topic string) (*memory.Subscriber, <-chan *message.Message) {
	t.Helper()
	subscriber := bus.Subscriber(config)
	t.Cleanup(func() { require.NoError(t, subscriber.Close()) })
	received, err := subscriber.Subscribe(t.Context(), topic)
	require.NoError(t, err)
	return subscriber, received
}

// Of Watermill's own tests the one that needs no memory of the past and no group.
func TestPassesWatermillsSuite(t *testing.T) {
	t.Parallel()
	bus := newBus(t)
	context := tests.TestContext{TestID: tests.NewTestID(), Features: tests.Features{RequireSingleInstance: true}}
	tests.TestMessageCtx(t, context, func(*testing.T) (message.Publisher, message.Subscriber) {
		// A publisher that waits for the ack would wait for the test itself.
		return behind{bus.Publisher()}, bus.Subscriber(memory.SubscriberConfig{})
	})
}

// behind publishes in the background.
type behind struct{ message.Publisher }

func (b behind) Publish(topic string, messages ...*message.Message) error {
	go func() { _ = b.Publisher.Publish(topic, messages...) }()
	return nil
}

// The law: what is published arrives at every subscription as it was, in order,
// with the offset of its receipt, before Publish returns.
func TestEveryByteArrives(t *testing.T) {
	t.Parallel()
	bus := newBus(t)
	_, first := subscribe(t, bus, memory.SubscriberConfig{}, "orders")
	_, second := subscribe(t, bus, memory.SubscriberConfig{}, "orders")
	rapid.Check(t, func(rt *rapid.T) {
		bytes := rapid.OneOf(rapid.Just([]byte(nil)), rapid.SliceOf(rapid.Byte()))
		want := message.NewMessage("id", bytes.Draw(rt, "payload"))
		if key := bytes.Draw(rt, "key"); key != nil {
			want.Metadata[handlers.KeyMetadata] = string(key)
		}
		want.Metadata[string(bytes.Draw(rt, "header"))] = string(bytes.Draw(rt, "value"))
		receipt := handlers.WithReceipt(want)
		var publishing errgroup.Group
		publishing.Go(func() error { return bus.Publish("orders", want) })
		for _, received := range []<-chan *message.Message{first, second} {
			got := <-received
			source, ok := handlers.SourceOf(got.Context())
			require.True(rt, ok)
			require.Equal(rt, "orders", source.Topic)
			require.WithinDuration(rt, time.Now(), source.Timestamp, time.Minute)
			require.Equal(rt, want.Metadata, got.Metadata)
			require.Equal(rt, want.Payload, got.Payload)
			require.True(rt, got.Ack())
			defer func() { require.Equal(rt, receipt.Offset, source.Offset) }()
		}
		require.NoError(rt, publishing.Wait())
	})
}

// A nacked message comes again, as it was published, with the same source.
func TestANackedMessageComesAgain(t *testing.T) {
	t.Parallel()
	bus := newBus(t)
	_, received := subscribe(t, bus, memory.SubscriberConfig{NackDelay: time.Millisecond}, "orders")
	var publishing errgroup.Group
	publishing.Go(func() error { return bus.Publish("orders", message.NewMessage("id", []byte("order"))) })
	for range 3 {
		msg := <-received
		require.Empty(t, msg.Metadata)
		msg.Metadata["tried"] = "yes"
		source, _ := handlers.SourceOf(msg.Context())
		require.Zero(t, source.Offset)
		require.True(t, msg.Nack())
	}
	require.True(t, (<-received).Ack())
	require.NoError(t, publishing.Wait())
}

// Handling a message may publish to another topic, which nobody need subscribe to,
// and somebody may subscribe to that meanwhile.
func TestHandlingMayPublish(t *testing.T) {
	t.Parallel()
	bus := newBus(t)
	_, received := subscribe(t, bus, memory.SubscriberConfig{}, "orders")
	var publishing errgroup.Group
	publishing.Go(func() error { return bus.Publish("orders", message.NewMessage("1", nil)) })
	msg := <-received
	require.NoError(t, bus.Publish("orders.dlq", message.NewMessage("2", nil)))
	_, letters := subscribe(t, bus, memory.SubscriberConfig{}, "orders.dlq")
	publishing.Go(func() error { return bus.Publish("orders.dlq", message.NewMessage("3", nil)) })
	letter := <-letters
	require.Equal(t, "3", letter.UUID)
	require.True(t, letter.Ack())
	require.True(t, msg.Ack())
	require.NoError(t, publishing.Wait())
}

// Close lets the message in flight finish, and ends it when it takes too long.
func TestCloseDrains(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		drain    time.Duration
		finishes bool
	}{"in time": {time.Minute, true}, "too late": {time.Millisecond, false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bus := newBus(t)
			subscriber, received := subscribe(t, bus, memory.SubscriberConfig{DrainTimeout: test.drain}, "orders")
			var working errgroup.Group
			working.Go(func() error { return bus.Publish("orders", message.NewMessage("1", nil)) })
			msg := <-received
			working.Go(subscriber.Close)
			if test.finishes {
				require.NoError(t, msg.Context().Err())
				require.True(t, msg.Ack())
			}
			_, open := <-received
			require.False(t, open)
			require.NoError(t, working.Wait())
			require.ErrorIs(t, msg.Context().Err(), context.Canceled)
			_, err := subscriber.Subscribe(t.Context(), "orders")
			require.ErrorContains(t, err, "closed")
		})
	}
}
