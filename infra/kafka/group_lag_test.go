package kafka

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/infra/embedded/servertest"
)

// at returns a record of a partition with a timestamp, in ms.
func at(partition int32, ms int64) *kgo.Record {
	return &kgo.Record{Partition: partition, Timestamp: time.UnixMilli(ms), Value: []byte("x")}
}

func commit(t *testing.T, group, topic string, offsets map[int32]int64) {
	t.Helper()
	all := kadm.Offsets{}
	for partition, offset := range offsets {
		all.AddOffset(topic, partition, offset, -1)
	}
	require.NoError(t, kadm.NewClient(servertest.Client(t)).CommitAllOffsets(t.Context(), group, all))
}

func TestGroupLagOfAGroupWithoutMembers(t *testing.T) {
	t.Parallel()
	admin, topic, group := newAdmin(t), servertest.Topic(t, 4), servertest.Name("group")
	servertest.Produce(t, topic, at(0, 1000), at(0, 2000), at(0, 3000), at(1, 4000), at(2, 5000), at(2, 6000))
	commit(t, group, topic, map[int32]int64{0: 1, 1: 1})

	described, lags, err := admin.GroupLag(t.Context(), group)
	require.NoError(t, err)
	require.Equal(t, group, described.Name)
	require.Equal(t, "Empty", described.State)
	require.NoError(t, admin.ReadOldest(t.Context(), lags))
	require.Equal(t, []PartitionLag{
		{Topic: topic, Partition: 0, Committed: 1, Extent: Extent{0, 3}, Oldest: time.UnixMilli(2000)},
		{Topic: topic, Partition: 1, Committed: 1, Extent: Extent{0, 1}},
		{Topic: topic, Partition: 2, Committed: -1, Extent: Extent{0, 2}, Oldest: time.UnixMilli(5000)},
		{Topic: topic, Partition: 3, Committed: -1, Extent: Extent{0, 0}},
	}, lags)
	for i, want := range []int64{2, 0, 2, 0} {
		require.Equal(t, want, lags[i].Lag())
	}
	names, err := admin.ListGroups(t.Context())
	require.NoError(t, err)
	require.Contains(t, names, group)
}

func TestGroupLagKnowsWhoHasWhat(t *testing.T) {
	t.Parallel()
	admin, topic, group := newAdmin(t), servertest.Topic(t, 3), servertest.Name("group")
	first := join(t, group, topic)
	alone := first.awaitAssignment(t)
	second := join(t, group, topic)
	shared, others := first.awaitAssignment(t), second.awaitAssignment(t)
	require.Equal(t, alone.id, shared.id)

	require.Eventually(t, func() bool {
		described, err := admin.DescribeGroup(t.Context(), group)
		require.NoError(t, err)
		return described.Stable(2)
	}, patience, 10*time.Millisecond)
	described, lags, err := admin.GroupLag(t.Context(), group)
	require.NoError(t, err)
	require.NotEmpty(t, described.Assignor)
	require.ElementsMatch(t, []string{shared.id, others.id}, described.MemberIDs())
	owned := map[string][]int32{}
	for _, lag := range lags {
		owned[lag.Member] = append(owned[lag.Member], lag.Partition)
	}
	require.Equal(t, map[string][]int32{shared.id: shared.partitions, others.id: others.partitions}, owned)
	for _, member := range described.Members {
		require.Equal(t, ClientID, member.ClientID)
		require.Contains(t, member.Host, "127.0.0.1")
		require.Equal(t, map[string][]int32{topic: owned[member.ID]}, member.Partitions)
	}
}

// What a group has committed may have expired: it goes on at the oldest record.
func TestGroupLagOfExpiredRecords(t *testing.T) {
	t.Parallel()
	admin, topic, group := newAdmin(t), servertest.Topic(t, 1), servertest.Name("group")
	servertest.Produce(t, topic, at(0, 1000), at(0, 2000), at(0, 3000), at(0, 4000))
	commit(t, group, topic, map[int32]int64{0: 1})
	_, err := kadm.NewClient(servertest.Client(t)).DeleteRecords(t.Context(), kadm.Offsets{topic: {0: {Topic: topic, At: 3}}})
	require.NoError(t, err)
	_, lags, err := admin.GroupLag(t.Context(), group)
	require.NoError(t, err)
	require.NoError(t, admin.ReadOldest(t.Context(), lags))
	require.EqualValues(t, 1, lags[0].Lag())
	require.True(t, lags[0].Oldest.Equal(time.UnixMilli(4000)))
}

// The oldest that waits is the first that the group will get: nothing of a
// transaction that was aborted, or is under way.
func TestOldestWaitingRecordIsACommittedOne(t *testing.T) {
	t.Parallel()
	admin, topic, group := newAdmin(t), servertest.Topic(t, 2), servertest.Name("group")
	commit(t, group, topic, map[int32]int64{0: 0, 1: 0})
	client := servertest.Client(t, kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.DefaultProduceTopic(topic),
		kgo.TransactionalID(servertest.Name("transaction")))
	for _, step := range []struct {
		record *kgo.Record
		end    kgo.TransactionEndTry
	}{{at(0, 1000), kgo.TryAbort}, {at(0, 2000), kgo.TryCommit}} {
		require.NoError(t, client.BeginTransaction())
		require.NoError(t, client.ProduceSync(t.Context(), step.record).FirstErr())
		require.NoError(t, client.EndTransaction(t.Context(), step.end))
	}
	require.NoError(t, client.BeginTransaction())
	require.NoError(t, client.ProduceSync(t.Context(), at(1, 3000)).FirstErr())

	_, lags, err := admin.GroupLag(t.Context(), group)
	require.NoError(t, err)
	require.NoError(t, admin.ReadOldest(t.Context(), lags))
	require.True(t, lags[0].Oldest.Equal(time.UnixMilli(2000)))
	require.EqualValues(t, 4, lags[0].Lag(), "the ends of transactions have offsets, too")
	require.True(t, lags[1].Oldest.IsZero())
	require.EqualValues(t, 1, lags[1].Lag())
	require.NoError(t, client.EndTransaction(t.Context(), kgo.TryAbort))
}

func TestARecordWithoutTimestampHasNoAge(t *testing.T) {
	t.Parallel()
	admin, topic, group := newAdmin(t), servertest.Topic(t, 1), servertest.Name("group")
	servertest.Produce(t, topic, at(0, -1))
	commit(t, group, topic, map[int32]int64{0: 0})
	_, lags, err := admin.GroupLag(t.Context(), group)
	require.NoError(t, err)
	require.NoError(t, admin.ReadOldest(t.Context(), lags))
	require.EqualValues(t, 1, lags[0].Lag())
	require.True(t, lags[0].Oldest.IsZero())
}

func TestGroupLagWithoutAGroupOrATopic(t *testing.T) {
	t.Parallel()
	admin, topic, group := newAdmin(t), servertest.Topic(t, 1), servertest.Name("group")
	_, _, err := admin.GroupLag(t.Context(), group)
	require.ErrorIs(t, err, ErrNoGroup)
	require.ErrorContains(t, err, group)

	servertest.Produce(t, topic, at(0, 1))
	commit(t, group, topic, map[int32]int64{0: 1})
	require.NoError(t, admin.DeleteTopic(t.Context(), topic))
	_, lags, err := admin.GroupLag(t.Context(), group)
	if err != nil { // Kafka forgets the offsets, and the group with them, a moment later
		require.ErrorIs(t, err, ErrNoGroup)
	}
	require.Empty(t, lags)
}
