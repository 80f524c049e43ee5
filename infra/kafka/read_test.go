package kafka

import (
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/infra/embedded/servertest"
)

// readAll returns the values of a topic by partition and offset.
func readAll(t *testing.T, topic string) (values map[string]string, extents map[int32]Extent) {
	t.Helper()
	values = map[string]string{}
	extents, err := newAdmin(t).ReadTopic(t.Context(), topic, func(r *kgo.Record) error {
		values[fmt.Sprintf("%d/%d", r.Partition, r.Offset)] = string(r.Value)
		return nil
	})
	require.NoError(t, err)
	return values, extents
}

func TestReadTopic(t *testing.T) {
	t.Parallel()
	topic := servertest.Topic(t, 3)
	servertest.Produce(t, topic, append(numbered(0, 2), numbered(2, 1)...)...)
	values, extents := readAll(t, topic)
	require.Equal(t, map[string]string{"0/0": "0", "0/1": "1", "2/0": "0"}, values)
	require.Equal(t, map[int32]Extent{0: {0, 2}, 1: {0, 0}, 2: {0, 1}}, extents)
}

func TestReadTopicInManyFetches(t *testing.T) {
	t.Parallel()
	topic := servertest.Topic(t, 2)
	large := incompressible(200 << 10)
	for range 15 {
		servertest.Produce(t, topic, &kgo.Record{Value: large}, &kgo.Record{Partition: 1, Value: large})
	}
	next := map[int32]int64{}
	_, err := newAdmin(t).ReadTopic(t.Context(), topic, func(r *kgo.Record) error {
		require.Equal(t, next[r.Partition], r.Offset)
		next[r.Partition]++
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, map[int32]int64{0: 15, 1: 15}, next)
}

// The last offsets of the partition are no records: those of an aborted
// transaction and the markers of both.
func TestReadTopicWithTransactions(t *testing.T) {
	t.Parallel()
	topic := servertest.Topic(t, 1)
	client := servertest.Client(t, kgo.DefaultProduceTopic(topic), kgo.TransactionalID(servertest.Name("transaction")))
	for _, commit := range []kgo.TransactionEndTry{kgo.TryCommit, kgo.TryAbort} {
		require.NoError(t, client.BeginTransaction())
		require.NoError(t, client.ProduceSync(t.Context(), &kgo.Record{Value: fmt.Append(nil, commit)}).FirstErr())
		require.NoError(t, client.EndTransaction(t.Context(), commit))
	}
	var values map[string]string
	var extents map[int32]Extent
	require.Eventually(t, func() bool { // a transaction has ended before its partition says so
		values, extents = readAll(t, topic)
		return extents[0].End == 4
	}, patience, 10*time.Millisecond)
	require.Equal(t, map[string]string{"0/0": "true"}, values)
	require.Equal(t, map[int32]Extent{0: {0, 4}}, extents)

	require.NoError(t, client.BeginTransaction())
	require.NoError(t, client.ProduceSync(t.Context(), &kgo.Record{Value: []byte("open")}).FirstErr())
	values, extents = readAll(t, topic)
	require.Len(t, values, 1)
	require.Equal(t, map[int32]Extent{0: {0, 4}}, extents)
	require.NoError(t, client.EndTransaction(t.Context(), kgo.TryAbort))
}

func TestReadTopicThatHasExpired(t *testing.T) {
	t.Parallel()
	topic := servertest.Topic(t, 2)
	servertest.Produce(t, topic, append(numbered(0, 3), numbered(1, 3)...)...)
	deleteBefore(t, topic, map[int32]int64{0: 2, 1: 3})
	values, extents := readAll(t, topic)
	require.Equal(t, map[string]string{"0/2": "2"}, values)
	require.Equal(t, map[int32]Extent{0: {2, 3}, 1: {3, 3}}, extents)
}

// What has not been read yet is deleted: there is nothing to wait for.
func TestReadTopicThatExpiresMeanwhile(t *testing.T) {
	t.Parallel()
	topic := servertest.Topic(t, 1)
	large := incompressible(900 << 10)
	for range 8 {
		servertest.Produce(t, topic, &kgo.Record{Value: large})
	}
	visited := 0
	_, err := newAdmin(t).ReadTopic(t.Context(), topic, func(*kgo.Record) error {
		if visited++; visited == 1 {
			deleteBefore(t, topic, map[int32]int64{0: 8})
		}
		return nil
	})
	require.NoError(t, err)
	require.Less(t, visited, 8)
}

func TestReadTopicLeavesOutWhatIsWrittenSince(t *testing.T) {
	t.Parallel()
	topic := servertest.Topic(t, 1)
	servertest.Produce(t, topic, numbered(0, 2)...)
	visited := 0
	_, err := newAdmin(t).ReadTopic(t.Context(), topic, func(*kgo.Record) error {
		visited++
		servertest.Produce(t, topic, numbered(0, 1)...)
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, 2, visited)
}

func TestReadTopicEndsAtAnError(t *testing.T) {
	t.Parallel()
	topic := servertest.Topic(t, 1)
	servertest.Produce(t, topic, numbered(0, 2)...)
	stop := errors.New("enough")
	_, err := newAdmin(t).ReadTopic(t.Context(), topic, func(*kgo.Record) error { return stop })
	require.ErrorIs(t, err, stop)

	_, err = newAdmin(t).ReadTopic(t.Context(), "no-such-topic", func(*kgo.Record) error { return nil })
	require.True(t, NoTopic(err), "%v", err)
	require.ErrorContains(t, err, `"no-such-topic"`)
	require.False(t, NoTopic(stop))
}

// incompressible returns bytes that stay as many on their way.
func incompressible(n int) []byte {
	value := make([]byte, n)
	_, _ = rand.Read(value)
	return value
}

func deleteBefore(t *testing.T, topic string, offsets map[int32]int64) {
	t.Helper()
	before := kadm.Offsets{}
	for partition, offset := range offsets {
		before.Add(kadm.Offset{Topic: topic, Partition: partition, At: offset})
	}
	deleted, err := kadm.NewClient(servertest.Client(t)).DeleteRecords(t.Context(), before)
	require.NoError(t, err)
	require.NoError(t, deleted.Error())
}
