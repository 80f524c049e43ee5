package kafka

import (
	"errors"
	"testing"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"pgregory.net/rapid"

	"orderflow/handlers"
	"orderflow/infra/embedded/servertest"
)

func newPublisher(t *testing.T) message.Publisher {
	t.Helper()
	publisher, err := NewPublisher(Config{Brokers: servertest.Kafka(t)}, watermill.NopLogger{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, publisher.Close()) })
	return publisher
}

func keyed(key string, value []byte) *message.Message {
	msg := message.NewMessage(watermill.NewUUID(), value)
	msg.Metadata[handlers.KeyMetadata] = key
	return msg
}

// smallTopic creates a topic that takes batches of at most 10,000 bytes.
func smallTopic(t *testing.T, partitions int32) string {
	t.Helper()
	topic, limit := servertest.Name("orders"), "10000"
	_, err := kadm.NewClient(servertest.Client(t)).CreateTopic(t.Context(), partitions, -1,
		map[string]*string{MaxMessageBytes: &limit}, topic)
	require.NoError(t, err)
	return topic
}

func TestPublishDistinguishesNullFromEmpty(t *testing.T) {
	t.Parallel()
	topic := servertest.Topic(t, 1)
	publisher := newPublisher(t)
	require.NoError(t, publisher.Publish(topic,
		message.NewMessage("1", nil), keyed("", []byte{}), keyed("key", nil)))
	var got [][2][]byte
	for _, record := range servertest.Records(t, topic, 3) {
		got = append(got, [2][]byte{record.Key, record.Value})
	}
	require.Equal(t, [][2][]byte{{nil, nil}, {{}, {}}, {[]byte("key"), nil}}, got)
}

func TestPublishPutsAKeyWhereOtherProducersDo(t *testing.T) {
	t.Parallel()
	topic := servertest.Topic(t, 7)
	publisher, published := newPublisher(t), 0
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }).Draw(t, "key")
		require.NoError(t, publisher.Publish(topic, keyed(key, nil)))
		published++
	})
	others := kgo.StickyKeyPartitioner(nil).ForTopic(topic)
	for _, record := range servertest.Records(t, topic, published) {
		require.EqualValues(t, others.Partition(&kgo.Record{Key: record.Key}, 7), record.Partition, "key %q", record.Key)
	}
}

func TestPublishSaysWhenAMessageIsTooLarge(t *testing.T) {
	t.Parallel()
	topic := smallTopic(t, 1)
	publisher := newPublisher(t)
	err := publisher.Publish(topic, keyed("user-1", make([]byte, 20_000)))
	require.True(t, TooLarge(err), "%v", err)
	require.NoError(t, publisher.Publish(topic, keyed("user-1", make([]byte, 5_000))))
	require.False(t, TooLarge(errors.New("another")))
	require.False(t, TooLarge(nil))
}
