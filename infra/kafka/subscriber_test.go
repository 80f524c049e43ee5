package kafka

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/handlers"
	"orderflow/infra/embedded/servertest"
)

// numbered returns n records of a partition whose values are their offsets.
func numbered(partition int32, n int) []*kgo.Record {
	var records []*kgo.Record
	for i := range n {
		records = append(records, &kgo.Record{Partition: partition, Value: []byte(strconv.Itoa(i))})
	}
	return records
}

func TestSubscriberStartsAtTheOldestAndResumes(t *testing.T) {
	t.Parallel()
	topic, group := servertest.Topic(t, 1), servertest.Name("group")
	servertest.Produce(t, topic, numbered(0, 4)...)

	first := join(t, group, topic)
	for i := range 2 {
		msg := first.next(t)
		require.Equal(t, strconv.Itoa(i), string(msg.Payload))
		msg.Ack()
	}
	// The third is delivered to nobody who takes it, and must not be committed.
	require.NoError(t, first.Close())
	require.Equal(t, map[int32]int64{0: 2}, servertest.Committed(t, group, topic))

	second := join(t, group, topic)
	msg := second.next(t)
	require.Equal(t, "2", string(msg.Payload))
	msg.Ack()
}

func TestSubscriberGroupsReadEverythingEach(t *testing.T) {
	t.Parallel()
	topic := servertest.Topic(t, 1)
	servertest.Produce(t, topic, numbered(0, 3)...)
	for range 2 {
		m := join(t, servertest.Name("group"), topic)
		for i := range 3 {
			msg := m.next(t)
			require.Equal(t, strconv.Itoa(i), string(msg.Payload))
			msg.Ack()
		}
	}
}

func TestSubscriberTellsTheSource(t *testing.T) {
	t.Parallel()
	topic := servertest.Topic(t, 3)
	stamp := time.UnixMilli(1_700_000_000_123)
	servertest.Produce(t, topic,
		&kgo.Record{Partition: 2, Timestamp: stamp.Add(-time.Hour)},
		&kgo.Record{Partition: 2, Timestamp: stamp, Key: []byte("user-17")})
	m := join(t, servertest.Name("group"), topic)
	m.next(t).Ack()

	msg := m.next(t)
	source, ok := handlers.SourceOf(msg.Context())
	require.True(t, ok)
	require.True(t, stamp.Equal(source.Timestamp), "%s", source.Timestamp)
	source.Timestamp = time.Time{}
	require.Equal(t, handlers.Source{Topic: topic, Partition: 2, Offset: 1}, source)
	require.Equal(t, []byte("user-17"), handlers.KeyOf(msg))
	msg.Ack()
}

func TestSubscriberRedeliversANackedMessage(t *testing.T) {
	t.Parallel()
	topic, group := servertest.Topic(t, 1), servertest.Name("group")
	servertest.Produce(t, topic, &kgo.Record{Key: []byte{}, Value: []byte("order"), Headers: []kgo.RecordHeader{
		{Key: "trace", Value: nil}, {Key: "trace", Value: []byte("b")},
	}}, &kgo.Record{Value: []byte("next")})
	m := join(t, group, topic)

	first := m.next(t)
	first.Nack()
	again := m.next(t)
	require.ErrorIs(t, first.Context().Err(), context.Canceled, "the first delivery is over")
	require.NoError(t, again.Context().Err())
	require.Equal(t, first.UUID, again.UUID)
	require.Equal(t, first.Payload, again.Payload)
	require.Equal(t, first.Metadata, again.Metadata)
	require.Zero(t, offsetOf(again))
	again.Ack()
	next := m.next(t)
	require.EqualValues(t, 1, offsetOf(next))
	next.Ack()
}

func TestSubscriberNeedsNoMoreThanOneMessageTaken(t *testing.T) {
	t.Parallel()
	topic := servertest.Topic(t, 2)
	servertest.Produce(t, topic, append(numbered(0, 1), numbered(1, 3)...)...)
	m := join(t, servertest.Name("group"), topic)

	// While one of partition 0 is handled, those of partition 1 go on.
	held := m.next(t)
	for source, _ := handlers.SourceOf(held.Context()); source.Partition != 0; source, _ = handlers.SourceOf(held.Context()) {
		held.Ack()
		held = m.next(t)
	}
	servertest.Produce(t, topic, numbered(1, 50)...)
	for offset := int64(0); offset < 52; {
		msg := m.next(t)
		offset = offsetOf(msg)
		msg.Ack()
	}
	require.NoError(t, held.Context().Err(), "a message's context lasts as long as it is handled")
	held.Ack()
}

func TestSubscriberNeverSeesWhatWasAborted(t *testing.T) {
	t.Parallel()
	topic := servertest.Topic(t, 1)
	client := servertest.Client(t, kgo.DefaultProduceTopic(topic), kgo.TransactionalID(servertest.Name("transaction")))
	for _, step := range []struct {
		value string
		end   kgo.TransactionEndTry
	}{{"aborted", kgo.TryAbort}, {"committed", kgo.TryCommit}, {"aborted too", kgo.TryAbort}, {"last", kgo.TryCommit}} {
		require.NoError(t, client.BeginTransaction())
		require.NoError(t, client.ProduceSync(t.Context(), kgo.StringRecord(step.value)).FirstErr())
		require.NoError(t, client.EndTransaction(t.Context(), step.end))
	}
	m := join(t, servertest.Name("group"), topic)
	for _, want := range []string{"committed", "last"} {
		msg := m.next(t)
		require.Equal(t, want, string(msg.Payload))
		msg.Ack()
	}
}

func TestSubscriberReadsPartitionsAddedLaterFromTheirFirstRecord(t *testing.T) {
	t.Parallel()
	topic := servertest.Topic(t, 1)
	m := newMember(t, servertest.Name("group"), topic, patience, func(c *SubscriberConfig) { c.MetadataInterval = 50 * time.Millisecond })
	var err error
	m.messages, err = m.Subscribe(t.Context(), topic)
	require.NoError(t, err)
	m.awaitPartitions(t, 1)
	servertest.AddPartitions(t, topic, 2)
	servertest.Produce(t, topic, numbered(1, 3)...)
	for i := range 3 {
		msg := m.next(t)
		require.EqualValues(t, 1, sourceIn(msg).Partition)
		require.EqualValues(t, i, offsetOf(msg))
		msg.Ack()
	}
}

func TestSubscriberOfManyPartitions(t *testing.T) {
	t.Parallel()
	const partitions = 200
	topic, group := servertest.Topic(t, partitions), servertest.Name("group")
	var records []*kgo.Record
	for partition := range int32(partitions) {
		records = append(records, numbered(partition, 2)...)
	}
	servertest.Produce(t, topic, records...)
	m := join(t, group, topic)
	m.awaitPartitions(t, partitions)
	for range records {
		m.next(t).Ack()
	}
	require.NoError(t, m.Close())
	require.Equal(t, servertest.Ends(t, topic), servertest.Committed(t, group, topic))
}
