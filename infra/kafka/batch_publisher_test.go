package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"orderflow/handlers"
	"orderflow/infra/embedded/servertest"
)

func batchConfig(config Config, topics ...string) BatchPublisherConfig {
	return BatchPublisherConfig{Config: config, Topics: topics, Logger: slog.New(slog.DiscardHandler)}
}

func newBatchPublisher(t *testing.T, topics ...string) *BatchPublisher {
	t.Helper()
	publisher, err := NewBatchPublisher(t.Context(), batchConfig(Config{Brokers: servertest.Kafka(t)}, topics...))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, publisher.Close()) })
	return publisher
}

func noErrors(t require.TestingT, errs []error) {
	for i, err := range errs {
		require.NoError(t, err, "message %d", i)
	}
}

// The law: what is published in a batch is what Watermill's publisher makes of the
// same messages, in the same partitions, and in the order of each key.
func TestBatchPublisherLaw(t *testing.T) {
	t.Parallel()
	one := newPublisher(t)
	texts := rapid.StringMatching(`[a-z_\xff]{0,3}`)
	messages := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) *message.Message {
		msg := message.NewMessage(texts.Draw(t, "uuid"), rapid.SliceOf(rapid.Byte()).Draw(t, "value"))
		if rapid.Bool().Draw(t, "is null") {
			msg.Payload = nil
		}
		msg.Metadata = rapid.MapOf(texts, texts).Draw(t, "metadata")
		msg.Metadata[handlers.KeyMetadata] = texts.Draw(t, "key")
		if rapid.Bool().Draw(t, "was received") {
			msg.SetContext(handlers.WithSource(context.Background(), handlers.Source{}))
		}
		return msg
	}), 0, 20)
	rapid.Check(t, func(rt *rapid.T) {
		topic, other := servertest.Topic(t, 3), servertest.Topic(t, 3)
		batch := messages.Draw(rt, "messages")
		require.NoError(rt, one.Publish(topic, batch...))
		require.NoError(rt, newBatchPublisher(t, other).Publish(other, batch...))
		require.Equal(rt, contents(t, topic, len(batch)), contents(t, other, len(batch)))
	})
}

// contents are the records of each partition, in their order.
func contents(t *testing.T, topic string, n int) map[int32][]string {
	t.Helper()
	partitions := map[int32][]string{}
	for _, r := range servertest.Records(t, topic, n) {
		partitions[r.Partition] = append(partitions[r.Partition], fmt.Sprintf("%q %q %t %q", r.Key, r.Value, r.Value == nil, r.Headers))
	}
	return partitions
}

// The law of receipts and of order: whoever publishes at the same time, each message is
// where its receipt says, and those of a key are in the order of publishing.
func TestBatchPublisherKeepsTheOrderOfAKey(t *testing.T) {
	t.Parallel()
	const publishers, batches, each = 16, 20, 25
	topic := servertest.Topic(t, 3)
	publisher := newBatchPublisher(t, topic)
	var publishing errgroup.Group
	var mu sync.Mutex
	published := map[handlers.Receipt]*message.Message{}
	for i := range publishers {
		publishing.Go(func() error {
			for b := range batches {
				receipts, messages := make([]*handlers.Receipt, each), make([]*message.Message, each)
				for n := range each {
					messages[n] = keyed(fmt.Sprint(i), fmt.Append(nil, b*each+n))
					receipts[n] = handlers.WithReceipt(messages[n])
				}
				if err := publisher.Publish(topic, messages...); err != nil {
					return err
				}
				mu.Lock()
				for n, receipt := range receipts {
					published[*receipt] = messages[n]
				}
				mu.Unlock()
			}
			return nil
		})
	}
	require.NoError(t, publishing.Wait())
	require.Len(t, published, publishers*batches*each)

	next := map[string]int{}
	for _, record := range servertest.Records(t, topic, publishers*batches*each) {
		msg := published[handlers.Receipt{Partition: record.Partition, Offset: record.Offset}]
		require.NotNil(t, msg, "no receipt names %d/%d", record.Partition, record.Offset)
		require.Equal(t, []byte(msg.Payload), record.Value)
		require.Equal(t, handlers.KeyOf(msg), record.Key)
		require.Equal(t, fmt.Sprint(next[string(record.Key)]), string(record.Value))
		next[string(record.Key)]++
	}
}

func TestBatchPublisherOfNothing(t *testing.T) {
	t.Parallel()
	require.NoError(t, newBatchPublisher(t).Publish("no-such-topic"))
}

func TestBatchPublisherIsClosed(t *testing.T) {
	t.Parallel()
	topic := servertest.Topic(t, 1)
	publisher := newBatchPublisher(t, topic)
	require.NoError(t, publisher.Publish(topic, keyed("user-1", nil)))
	require.NoError(t, publisher.Close())
	msg := keyed("user-1", nil)
	receipt := handlers.WithReceipt(msg)
	require.ErrorIs(t, publisher.Publish(topic, msg), kgo.ErrClientClosed)
	require.ErrorIs(t, receipt.Err, kgo.ErrClientClosed)
	require.Len(t, servertest.Records(t, topic, 1), 1)
}

// What is too large fails by itself, its neighbours are published.
func TestBatchPublisherRefusesTheOneThatIsTooLarge(t *testing.T) {
	t.Parallel()
	topic := smallTopic(t, 1)
	publisher := newBatchPublisher(t, topic)
	refuseTheLargeOne(t, publisher, topic)
}

// Also when the topic takes less than it did when the publisher asked.
func TestBatchPublisherWhenTheLimitIsLowered(t *testing.T) {
	t.Parallel()
	topic := servertest.Topic(t, 1)
	publisher := newBatchPublisher(t, topic)
	limit := "10000"
	_, err := kadm.NewClient(servertest.Client(t)).AlterTopicConfigs(t.Context(),
		[]kadm.AlterConfig{{Op: kadm.SetConfig, Name: MaxMessageBytes, Value: &limit}}, topic)
	require.NoError(t, err)
	// The leader learns of it a moment later.
	client := servertest.Client(t, kgo.DefaultProduceTopic(topic), kgo.ProducerBatchCompression(kgo.NoCompression()))
	require.Eventually(t, func() bool {
		sent := client.ProduceSync(t.Context(), &kgo.Record{Value: make([]byte, 20_000)})
		return errors.Is(sent.FirstErr(), kerr.MessageTooLarge)
	}, patience, 10*time.Millisecond)
	refuseTheLargeOne(t, publisher, topic)
}

func refuseTheLargeOne(t *testing.T, publisher *BatchPublisher, topic string) {
	t.Helper()
	held := servertest.Ends(t, topic)[0]
	random := rapid.SliceOfN(rapid.Byte(), 20_000, 20_000).Example(1) // not to be compressed
	var messages []*message.Message
	for i := range 30 {
		messages = append(messages, keyed("user-1", random[i*100:i*100+900]))
	}
	messages[7] = keyed("user-1", random)
	receipts := make([]*handlers.Receipt, len(messages))
	for i, msg := range messages {
		receipts[i] = handlers.WithReceipt(msg)
	}
	err := publisher.Publish(topic, messages...)
	require.True(t, TooLarge(err), "%v", err)
	require.ErrorContains(t, err, "1 of 30 messages")
	arrived := map[int64][]byte{}
	for _, record := range servertest.Records(t, topic, int(held)+29) {
		arrived[record.Offset] = record.Value
	}
	require.Len(t, arrived, int(held)+29)
	for i, receipt := range receipts {
		require.Equal(t, i == 7, Refused(receipt.Err), "message %d: %v", i, receipt.Err)
		if i == 7 {
			require.EqualValues(t, -1, receipt.Offset)
			continue
		}
		require.NoError(t, receipt.Err)
		require.Equal(t, []byte(messages[i].Payload), arrived[receipt.Offset], "message %d", i)
	}
}

func TestBatchPublisherRefusesDamagedHeaders(t *testing.T) {
	t.Parallel()
	topic := servertest.Topic(t, 1)
	damaged := keyed("user-1", nil)
	damaged.Metadata[headersMetadata] = "\x05a"
	errs := newBatchPublisher(t, topic).PublishAll(t.Context(), topic, []*message.Message{damaged, keyed("user-1", nil)})
	require.True(t, Refused(errs[0]), "%v", errs[0])
	require.NoError(t, errs[1])
}

// Without a broker it waits no longer than the context.
func TestBatchPublisherEndsWithItsContext(t *testing.T) {
	t.Parallel()
	topic := servertest.Topic(t, 1)
	publisher := newBatchPublisher(t, topic)
	ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	<-ctx.Done()
	errs := publisher.PublishAll(ctx, topic, []*message.Message{keyed("user-1", nil)})
	require.ErrorIs(t, errs[0], context.DeadlineExceeded)
	require.False(t, Refused(errs[0]))
}

func TestBatchPublisherSaysWhichTopicIsMissing(t *testing.T) {
	t.Parallel()
	_, err := NewBatchPublisher(t.Context(), batchConfig(Config{Brokers: servertest.Kafka(t)}, "no-such-topic"))
	require.ErrorContains(t, err, `there is no topic "no-such-topic"`)
}

// A topic that it was not told of has the limit that brokers usually have.
func TestBatchPublisherOnAnotherTopic(t *testing.T) {
	t.Parallel()
	topic := servertest.Topic(t, 1)
	noErrors(t, newBatchPublisher(t).PublishAll(t.Context(), topic, []*message.Message{keyed("user-1", make([]byte, 500_000))}))
	records := servertest.Records(t, topic, 1)
	require.Len(t, records[0].Value, 500_000)
}
