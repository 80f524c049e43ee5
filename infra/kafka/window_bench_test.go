package kafka

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/infra/embedded/servertest"
)

// BenchmarkWindowedSubscriber measures messages/s from a topic through Watermill's
// router to a handler that does nothing. Kafka runs in this process, too, and
// takes its share of the cores.
func BenchmarkWindowedSubscriber(b *testing.B) {
	const messages = 300_000
	topic := servertest.Topic(b, 3)
	produceOrders(b, topic, messages)
	for _, ordering := range []Ordering{OrderingNone, OrderingKey} {
		for _, inFlight := range []int{1, 100, 3000} {
			b.Run(fmt.Sprintf("ordering=%s/in-flight=%d", ordering, inFlight), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					handleAll(b, topic, messages, func(c *SubscriberConfig) {
						c.Ordering, c.InFlight = ordering, inFlight
					})
				}
				b.ReportMetric(float64(b.N)*messages/b.Elapsed().Seconds(), "messages/s")
			})
		}
	}
}

// produceOrders produces n records of 200 bytes, of 10,000 keys.
func produceOrders(b *testing.B, topic string, n int) {
	b.Helper()
	client := servertest.Client(b, kgo.DefaultProduceTopic(topic))
	value := make([]byte, 200)
	for i := range n {
		record := &kgo.Record{Key: []byte("user-" + strconv.Itoa(i*7919%10_000)), Value: value}
		client.Produce(b.Context(), record, func(_ *kgo.Record, err error) {
			if err != nil {
				b.Error(err)
			}
		})
	}
	require.NoError(b, client.Flush(b.Context()))
}

// handleAll runs a router until it has handled so many messages.
func handleAll(b *testing.B, topic string, messages int64, adapt func(*SubscriberConfig)) {
	b.Helper()
	config := windowConfig(b, servertest.Name("group"))
	adapt(&config)
	subscriber, err := NewWindowedSubscriber(config)
	require.NoError(b, err)
	router, err := message.NewRouter(message.RouterConfig{CloseTimeout: time.Minute}, watermill.NopLogger{})
	require.NoError(b, err)
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	var handled atomic.Int64
	router.AddConsumerHandler("bench", topic, subscriber, func(*message.Message) error {
		if handled.Add(1) == messages {
			cancel()
		}
		return nil
	})
	require.NoError(b, router.Run(ctx))
	require.NoError(b, subscriber.Close())
}
