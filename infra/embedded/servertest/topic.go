package servertest

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Name returns a name that no other test has, for a topic, a group or a database.
func Name(prefix string) string {
	return prefix + "-" + rand.Text()
}

// Topic creates a topic for one test, which keeps records of any age.
func Topic(t testing.TB, partitions int32) string {
	t.Helper()
	topic := Name("orders")
	CreateTopic(t, topic, partitions, map[string]string{"retention.ms": "-1"})
	return topic
}

// CreateTopic creates a topic with settings of its own.
func CreateTopic(t testing.TB, name string, partitions int32, configs map[string]string) {
	t.Helper()
	settings := map[string]*string{}
	for key, value := range configs {
		settings[key] = &value
	}
	client := Client(t)
	_, err := kadm.NewClient(client).CreateTopic(t.Context(), partitions, -1, settings, name)
	require.NoError(t, err)
	awaitPartitions(t, client, name, partitions)
}

// AddPartitions raises the partitions of a topic.
func AddPartitions(t testing.TB, name string, partitions int32) {
	t.Helper()
	client := Client(t)
	updated, err := kadm.NewClient(client).UpdatePartitions(t.Context(), int(partitions), name)
	require.NoError(t, err)
	require.NoError(t, updated.Error())
	awaitPartitions(t, client, name, partitions)
}

// awaitPartitions waits until each broker knows so many partitions of a topic: the
// one that was asked to make them may be ahead of the others.
func awaitPartitions(t testing.TB, client *kgo.Client, name string, partitions int32) {
	t.Helper()
	known := func() bool { return knownToAll(t, client, name, int(partitions)) }
	require.Eventually(t, known, time.Minute, 10*time.Millisecond)
}

func knownToAll(t testing.TB, client *kgo.Client, name string, partitions int) bool {
	t.Helper()
	brokers, err := kadm.NewClient(client).ListBrokers(t.Context())
	require.NoError(t, err)
	request := kmsg.NewPtrMetadataRequest()
	topic := kmsg.NewMetadataRequestTopic()
	topic.Topic = &name
	request.Topics = append(request.Topics, topic)
	for _, id := range brokers.NodeIDs() {
		response, err := request.RequestWith(t.Context(), client.Broker(int(id)))
		require.NoError(t, err)
		if len(response.Topics) != 1 || response.Topics[0].ErrorCode != 0 || len(response.Topics[0].Partitions) < partitions {
			return false
		}
	}
	return true
}

// Replicas returns how many replicas the partitions of a new topic have: one for
// each broker, up to three.
func Replicas(t testing.TB) int {
	t.Helper()
	brokers, err := kadm.NewClient(Client(t)).ListBrokers(t.Context())
	require.NoError(t, err)
	return min(len(brokers), 3)
}

// Expire deletes the records of a topic's partition 0 before an offset, as its
// retention would.
func Expire(t testing.TB, topic string, before int64) {
	t.Helper()
	upTo := kadm.Offsets{topic: {0: {Topic: topic, At: before}}}
	deleted, err := kadm.NewClient(Client(t)).DeleteRecords(t.Context(), upTo)
	require.NoError(t, err)
	require.NoError(t, deleted.Error())
}

// Client returns a Kafka client that is not ours, to look from outside.
func Client(t testing.TB, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	client, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(Kafka(t)...)}, opts...)...)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}

// Produce writes records and returns when they are acknowledged. Records without
// topic go to the given one.
func Produce(t testing.TB, topic string, records ...*kgo.Record) {
	t.Helper()
	client := Client(t, kgo.DefaultProduceTopic(topic), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchMaxBytes(16<<20))
	require.NoError(t, client.ProduceSync(t.Context(), records...).FirstErr())
}

// AllRecords reads what a topic holds, and what comes while it does, in no order
// between partitions.
func AllRecords(t testing.TB, topic string) []*kgo.Record {
	t.Helper()
	var held int64
	for _, end := range Ends(t, topic) {
		held += end
	}
	return atLeast(t, topic, int(held))
}

// Records reads a topic that holds n records.
func Records(t testing.TB, topic string, n int) []*kgo.Record {
	t.Helper()
	records := atLeast(t, topic, n)
	require.Len(t, records, n, "records in topic %s", topic)
	return records
}

func atLeast(t testing.TB, topic string, n int) []*kgo.Record {
	t.Helper()
	client := Client(t, kgo.ConsumeTopics(topic))
	var records []*kgo.Record
	for len(records) < n {
		fetches := client.PollFetches(t.Context())
		require.NoError(t, fetches.Err())
		records = append(records, fetches.Records()...)
	}
	return records
}

// Committed returns the offsets that a group has committed in a topic.
func Committed(t testing.TB, group, topic string) map[int32]int64 {
	t.Helper()
	admin := kadm.NewClient(Client(t))
	responses, err := admin.FetchOffsetsForTopics(t.Context(), group, topic)
	require.NoError(t, err)
	require.NoError(t, responses.Error())
	committed := map[int32]int64{}
	for partition, offset := range responses[topic] {
		if offset.At >= 0 {
			committed[partition] = offset.At
		}
	}
	return committed
}

// Ends returns the offset that the next record of each partition will get.
func Ends(t testing.TB, topic string) map[int32]int64 {
	t.Helper()
	return offsets(t, topic, kadm.NewClient(Client(t)).ListEndOffsets)
}

// Starts returns the offset of the oldest record that each partition holds, or of
// the next if it holds none.
func Starts(t testing.TB, topic string) map[int32]int64 {
	t.Helper()
	return offsets(t, topic, kadm.NewClient(Client(t)).ListStartOffsets)
}

func offsets(t testing.TB, topic string, list func(context.Context, ...string) (kadm.ListedOffsets, error)) map[int32]int64 {
	t.Helper()
	listed, err := list(t.Context(), topic)
	require.NoError(t, err)
	require.NoError(t, listed.Error())
	byPartition := map[int32]int64{}
	for partition, offset := range listed[topic] {
		byPartition[partition] = offset.Offset
	}
	return byPartition
}
