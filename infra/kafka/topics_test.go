package kafka

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

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
	require.Equal(t, 1, topic.Replicas)
	require.Equal(t, "60000", topic.Configs[RetentionMS])
	require.Equal(t, "2000000", topic.Configs[MaxMessageBytes])
	require.True(t, slices.IsSorted(topic.SortedConfigs()))
	require.Len(t, topic.SortedConfigs(), len(topic.Configs))
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
		topic, err := admin.DescribeTopic(t.Context(), name)
		require.NoError(t, err)
		require.Equal(t, strconv.FormatInt(ms, 10), topic.Configs[RetentionMS])
	}
	require.ErrorContains(t, admin.SetRetention(t.Context(), "no-such-topic", 1), `"no-such-topic"`)
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
