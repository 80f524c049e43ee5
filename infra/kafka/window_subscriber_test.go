package kafka

import (
	"log/slog"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/handlers"
	"orderflow/infra/embedded/servertest"
)

func TestWindowedSubscriberRefusesWhatItCannotDo(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*SubscriberConfig){
		"0 messages in flight":       func(c *SubscriberConfig) { c.InFlight = 0 },
		"-1 bytes in flight":         func(c *SubscriberConfig) { c.InFlightBytes = -1 },
		`no ordering "user"`:         func(c *SubscriberConfig) { c.Ordering = "user" },
		`no time to commit "never"`:  func(c *SubscriberConfig) { c.Commit = "never" },
		"do not go together":         func(c *SubscriberConfig) { c.Commit = CommitBefore },
		"let the interval be":        func(c *SubscriberConfig) { c.CommitInterval = 0 },
		"the partitions are taken a": func(c *SubscriberConfig) { c.DrainTimeout = MaxDrain + 1 },
	} {
		config := SubscriberConfig{Group: "g", Commit: CommitAfter, CommitInterval: 1, InFlight: 2, Ordering: OrderingKey}
		_, err := NewWindowedSubscriber(config)
		require.NoError(t, err)
		change(&config)
		_, err = NewWindowedSubscriber(config)
		require.ErrorContains(t, err, want)
	}
}

func TestWindowedSubscriberSaysWhenThereIsNoBroker(t *testing.T) {
	t.Parallel()
	config := windowConfig(t, "group")
	config.Brokers = []string{"127.0.0.1:1"}
	subscriber, err := NewWindowedSubscriber(config)
	require.NoError(t, err)
	_, err = subscriber.Subscribe(t.Context(), "orders")
	require.ErrorContains(t, err, "no Kafka broker answers at 127.0.0.1:1")
	require.NoError(t, subscriber.Close())
}

func TestWindowedSubscriberStartsAtTheOldestAndResumes(t *testing.T) {
	t.Parallel()
	topic, group := servertest.Topic(t, 1), servertest.Name("group")
	servertest.Produce(t, topic, numbered(0, 5)...)

	first := joinWindowed(t, group, topic, inFlightOf(3))
	zero, one, two := first.next(t), first.next(t), first.next(t)
	require.Equal(t, "0", string(zero.Payload))
	two.Ack()
	zero.Ack()
	first.next(t).Ack()
	closed := first.closing(t)
	one.Nack() // not handled: it comes again, and with it what is above it
	require.NoError(t, receive(t, closed))
	require.Equal(t, map[int32]int64{0: 1}, servertest.Committed(t, group, topic))

	second := joinWindowed(t, group, topic)
	for i := range 4 {
		msg := second.next(t)
		require.Equal(t, strconv.Itoa(i+1), string(msg.Payload))
		msg.Ack()
	}
}

// The messages are those of the other subscriber, byte for byte.
func TestBothSubscribersDeliverTheSame(t *testing.T) {
	t.Parallel()
	topic := servertest.Topic(t, 1)
	servertest.Produce(t, topic,
		&kgo.Record{Timestamp: time.UnixMilli(1_700_000_000_123), Key: []byte("user-17"), Value: []byte("order")},
		&kgo.Record{Key: []byte{}, Headers: []kgo.RecordHeader{{Key: "trace"}, {Key: "trace", Value: []byte("b")}}},
		&kgo.Record{Value: []byte("x"), Headers: []kgo.RecordHeader{{Key: "_watermill_message_uuid", Value: []byte("0193")}}})
	plain, windowed := join(t, servertest.Name("group"), topic), joinWindowed(t, servertest.Name("group"), topic)
	for range 3 {
		want, got := plain.next(t), windowed.next(t)
		require.Equal(t, want.UUID, got.UUID)
		require.Equal(t, want.Payload, got.Payload)
		require.Equal(t, want.Metadata, got.Metadata)
		wantSource, _ := handlers.SourceOf(want.Context())
		source, ok := handlers.SourceOf(got.Context())
		require.True(t, ok)
		require.True(t, wantSource.Timestamp.Equal(source.Timestamp))
		source.Timestamp = wantSource.Timestamp
		require.Equal(t, wantSource, source)
		want.Ack()
		got.Ack()
	}
}

func TestWindowedSubscriberRedeliversANackedMessage(t *testing.T) {
	t.Parallel()
	topic, group := servertest.Topic(t, 1), servertest.Name("group")
	servertest.Produce(t, topic, &kgo.Record{Key: []byte("a"), Value: []byte("0")}, &kgo.Record{Key: []byte("a"), Value: []byte("1")})
	m := joinWindowed(t, group, topic)
	first := m.next(t)
	first.Nack()
	again := m.next(t)
	require.Error(t, first.Context().Err(), "the first delivery is over")
	require.Equal(t, first.UUID, again.UUID)
	require.Equal(t, first.Payload, again.Payload, "the next of its key waits")
	require.NoError(t, again.Context().Err())
	again.Ack()
	next := m.next(t)
	require.EqualValues(t, 1, offsetOf(next))
	next.Ack()
}

func TestTheDelayAfterANackIsInterrupted(t *testing.T) {
	t.Parallel()
	topic, group := servertest.Topic(t, 1), servertest.Name("group")
	servertest.Produce(t, topic, numbered(0, 1)...)
	m := joinWindowed(t, group, topic, func(c *SubscriberConfig) { c.NackDelay = 10 * patience })
	m.next(t).Nack()
	require.NoError(t, receive(t, m.closing(t)))
	require.Empty(t, servertest.Committed(t, group, topic))
}

func TestAPartitionThatDoesNotMoveIsReported(t *testing.T) {
	t.Parallel()
	topic := servertest.Topic(t, 1)
	servertest.Produce(t, topic, numbered(0, 3)...)
	reports := make(recordLog, 1000)
	m := joinWindowed(t, servertest.Name("group"), topic, draining(0), func(c *SubscriberConfig) {
		c.StallAfter = 20 * time.Millisecond
		c.Logger = slog.New(reports)
	})
	m.next(t).Ack()
	m.next(t) // hangs
	told := reports.await(t, slog.LevelWarn)
	for told["offset"] != int64(1) { // the first had to wait for us
		told = reports.await(t, slog.LevelWarn)
	}
	require.EqualValues(t, 0, told["partition"])
	require.GreaterOrEqual(t, told["for"], 20*time.Millisecond)
}

func TestPartitionsAddedLaterAreReadFromTheirFirstRecord(t *testing.T) {
	t.Parallel()
	topic := servertest.Topic(t, 1)
	m := joinWindowed(t, servertest.Name("group"), topic, func(c *SubscriberConfig) {
		c.MetadataInterval = 50 * time.Millisecond
	})
	m.awaitPartitions(t, 1)
	servertest.AddPartitions(t, topic, 2)
	servertest.Produce(t, topic, numbered(1, 3)...)
	for i := range 3 {
		msg := m.next(t)
		source, _ := handlers.SourceOf(msg.Context())
		require.EqualValues(t, 1, source.Partition)
		require.EqualValues(t, i, source.Offset)
		msg.Ack()
	}
}

func TestWindowedSubscriberOfManyPartitions(t *testing.T) {
	t.Parallel()
	const partitions = 200
	topic, group := servertest.Topic(t, partitions), servertest.Name("group")
	var records []*kgo.Record
	for partition := range int32(partitions) {
		records = append(records, numbered(partition, 5)...)
	}
	servertest.Produce(t, topic, records...)
	m := joinWindowed(t, group, topic)
	m.awaitPartitions(t, partitions)
	for range records {
		m.next(t).Ack()
	}
	require.NoError(t, m.Close())
	require.Equal(t, servertest.Ends(t, topic), servertest.Committed(t, group, topic))
}

func TestALargeRecordPassesAlone(t *testing.T) {
	t.Parallel()
	topic := servertest.Topic(t, 1)
	large := make([]byte, 100_000)
	servertest.Produce(t, topic, &kgo.Record{Value: []byte("x")}, &kgo.Record{Value: large}, &kgo.Record{Value: []byte("y")})
	m := joinWindowed(t, servertest.Name("group"), topic, func(c *SubscriberConfig) { c.InFlightBytes = 10 })
	for _, want := range []int{1, len(large), 1} {
		msg := m.next(t)
		require.Len(t, msg.Payload, want)
		require.Empty(t, m.messages)
		msg.Ack()
	}
}

func TestWindowedSubscriberSeesNothingOfATransactionButWhatWasCommitted(t *testing.T) {
	t.Parallel()
	topic, group := servertest.Topic(t, 1), servertest.Name("group")
	client := servertest.Client(t, kgo.DefaultProduceTopic(topic), kgo.TransactionalID(servertest.Name("transaction")))
	for _, step := range []struct {
		value string
		end   kgo.TransactionEndTry
	}{{"aborted", kgo.TryAbort}, {"committed", kgo.TryCommit}, {"aborted too", kgo.TryAbort}} {
		require.NoError(t, client.BeginTransaction())
		require.NoError(t, client.ProduceSync(t.Context(), kgo.StringRecord(step.value)).FirstErr())
		require.NoError(t, client.EndTransaction(t.Context(), step.end))
	}
	m := joinWindowed(t, group, topic)
	msg := m.next(t)
	require.Equal(t, "committed", string(msg.Payload))
	msg.Ack()
	// The last record is the end of a transaction; the group passes it, too.
	require.Eventually(t, func() bool {
		return servertest.Committed(t, group, topic)[0] == servertest.Ends(t, topic)[0]
	}, patience, 10*time.Millisecond)
}
