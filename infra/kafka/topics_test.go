package kafka

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"orderflow/infra/embedded/servertest"
)

func TestEnsureTopicLeavesAnExistingOneAlone(t *testing.T) {
	t.Parallel()
	admin, name := newAdmin(t), servertest.Name("orders")
	created, err := admin.EnsureTopic(t.Context(), name, 3, map[string]string{RetentionMS: "60000", MaxMessageBytes: "2000000"})
	require.NoError(t, err)
	require.True(t, created)
	created, err = admin.EnsureTopic(t.Context(), name, 7, map[string]string{RetentionMS: "1"})
	require.NoError(t, err)
	require.False(t, created)

	topic, err := admin.DescribeTopic(t.Context(), name)
	require.NoError(t, err)
	require.Equal(t, name, topic.Name)
	require.Equal(t, 3, topic.Partitions)
	require.Equal(t, servertest.Replicas(t), topic.Replicas)
	require.Equal(t, "60000", topic.Configs[RetentionMS])
	require.Equal(t, "2000000", topic.Configs[MaxMessageBytes])
	require.Equal(t, []string{MaxMessageBytes, RetentionMS}, topic.Overrides)
	require.Len(t, topic.Layout, 3)
	for i, partition := range topic.Layout {
		require.EqualValues(t, i, partition.Partition)
		require.Len(t, partition.Replicas, topic.Replicas)
		require.Contains(t, partition.InSync, partition.Leader)
	}
}

func TestEnsureTopicSaysWhatTheBrokerRefuses(t *testing.T) {
	t.Parallel()
	created, err := newAdmin(t).EnsureTopic(t.Context(), servertest.Name("orders"), 0, nil)
	require.False(t, created)
	require.ErrorContains(t, err, "with 0 partitions")
}

func TestDescribeTopicNamesTheCommandThatCreatesIt(t *testing.T) {
	t.Parallel()
	_, err := newAdmin(t).DescribeTopic(t.Context(), "no-such-topic")
	require.ErrorContains(t, err, "go run ./app topics ensure --topic no-such-topic")
}

func TestSetRetention(t *testing.T) {
	t.Parallel()
	admin, name := newAdmin(t), servertest.Topic(t, 1)
	for _, ms := range []int64{60_000, -1} {
		require.NoError(t, admin.SetRetention(t.Context(), name, ms))
		require.Eventually(t, func() bool { // brokers learn of it one after the other
			topic, err := admin.DescribeTopic(t.Context(), name)
			require.NoError(t, err)
			return topic.Configs[RetentionMS] == strconv.FormatInt(ms, 10)
		}, patience, 10*time.Millisecond)
	}
	require.ErrorContains(t, admin.SetRetention(t.Context(), "no-such-topic", 1), `"no-such-topic"`)
}

func TestAddPartitions(t *testing.T) {
	t.Parallel()
	admin, name := newAdmin(t), servertest.Topic(t, 2)
	require.NoError(t, admin.AddPartitions(t.Context(), name, 5))
	require.Eventually(t, func() bool { // brokers learn of it one after the other
		topic, err := admin.DescribeTopic(t.Context(), name)
		require.NoError(t, err)
		return topic.Partitions == 5
	}, patience, 10*time.Millisecond)
	require.ErrorContains(t, admin.AddPartitions(t.Context(), name, 4), "raise the partitions of topic")
	require.ErrorContains(t, admin.AddPartitions(t.Context(), "no-such-topic", 4), `"no-such-topic"`)
}

func TestStopCompaction(t *testing.T) {
	t.Parallel()
	admin, name := newAdmin(t), servertest.Name("orders")
	for policy, want := range map[string]struct{ compacted, expires bool }{
		"compact": {true, false}, "delete": {false, true}, "compact,delete": {true, true}, "delete, compact": {true, true},
	} {
		topic := Topic{Configs: map[string]string{CleanupPolicy: policy}}
		require.Equal(t, want.compacted, topic.Compacted(), policy)
		require.Equal(t, want.expires, topic.Expires(), policy)
	}
	servertest.CreateTopic(t, name, 1, map[string]string{CleanupPolicy: "compact"})
	require.NoError(t, admin.StopCompaction(t.Context(), name))
	require.Eventually(t, func() bool {
		topic, err := admin.DescribeTopic(t.Context(), name)
		require.NoError(t, err)
		return !topic.Compacted() && topic.Expires()
	}, patience, 10*time.Millisecond)
}

func TestMinInsync(t *testing.T) {
	t.Parallel()
	require.Equal(t, 2, Topic{Configs: map[string]string{MinInsyncReplicas: "2"}}.MinInsync())
	require.Equal(t, 1, Topic{}.MinInsync(), "Kafka's default")
}

func TestWithRoomForHeaders(t *testing.T) {
	t.Parallel()
	for limit, want := range map[string]string{
		"1048588":                       "1114124",
		strconv.Itoa(math.MaxInt32):     strconv.Itoa(math.MaxInt32),
		strconv.Itoa(math.MaxInt32 - 1): strconv.Itoa(math.MaxInt32),
	} {
		configs, err := WithRoomForHeaders(Topic{Name: "orders", Configs: map[string]string{MaxMessageBytes: limit}})
		require.NoError(t, err)
		require.Equal(t, map[string]string{MaxMessageBytes: want}, configs)
	}
	_, err := WithRoomForHeaders(Topic{Name: "orders"})
	require.ErrorContains(t, err, `max.message.bytes of topic "orders"`)
}

func TestCheckTopicName(t *testing.T) {
	t.Parallel()
	for name, legal := range map[string]bool{
		"orders": true, "orders.dlq": true, "Orders_2-x": true, "...": true, "a": true, strings.Repeat("a", 249): true,
		"": false, ".": false, "..": false, "a b": false, "a/b": false, "bücher": false, "a\n": false, strings.Repeat("a", 250): false,
	} {
		err := CheckTopicName(name)
		if legal {
			require.NoError(t, err, "%q", name)
		} else {
			require.ErrorContains(t, err, strconv.Quote(name))
		}
	}
}
