package embedded

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

const topic = "orders"

func startKafka(t *testing.T, opts KafkaOptions) *Kafka {
	t.Helper()
	kafka, err := StartKafka(opts)
	require.NoError(t, err)
	t.Cleanup(kafka.Close)
	return kafka
}

func connect(t *testing.T, addr string, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	client, err := kgo.NewClient(append(opts, kgo.SeedBrokers(addr))...)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}

func createTopic(t *testing.T, addr string) {
	t.Helper()
	client := connect(t, addr)
	defer client.Close()
	_, err := kadm.NewClient(client).CreateTopic(t.Context(), 3, 1, nil, topic)
	require.NoError(t, err)
}

func produce(t *testing.T, addr string, values ...string) {
	t.Helper()
	client := connect(t, addr)
	defer client.Close()
	for _, value := range values {
		record := &kgo.Record{Topic: topic, Key: []byte("user-1"), Value: []byte(value)}
		require.NoError(t, client.ProduceSync(t.Context(), record).FirstErr())
	}
}

// consume joins the group, takes n values, commits them and leaves.
func consume(t *testing.T, addr string, n int) []string {
	t.Helper()
	client := connect(t, addr, kgo.ConsumerGroup("order-processor"), kgo.ConsumeTopics(topic), kgo.DisableAutoCommit(),
		kgo.FetchMaxWait(100*time.Millisecond), // a poll begun for an empty partition delays the others
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	defer client.Close()
	var values []string
	for len(values) < n {
		fetches := client.PollRecords(t.Context(), n-len(values))
		require.NoError(t, fetches.Err())
		fetches.EachRecord(func(record *kgo.Record) { values = append(values, string(record.Value)) })
	}
	require.NoError(t, client.CommitUncommittedOffsets(t.Context()))
	return values
}

func TestKafkaContinuesInItsDataDir(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	kafka := startKafka(t, KafkaOptions{DataDir: dir})
	createTopic(t, kafka.Addr())
	produce(t, kafka.Addr(), "one", "two", "three")
	require.Equal(t, []string{"one", "two"}, consume(t, kafka.Addr(), 2))
	kafka.Close()

	kafka = startKafka(t, KafkaOptions{DataDir: dir})
	require.Equal(t, []string{"three"}, consume(t, kafka.Addr(), 1))
	details, err := kadm.NewClient(connect(t, kafka.Addr())).ListTopics(t.Context(), topic)
	require.NoError(t, err)
	require.Len(t, details[topic].Partitions, 3)
}

func TestKafkaCreatesNoTopicByItself(t *testing.T) {
	t.Parallel()
	client := connect(t, startKafka(t, KafkaOptions{}).Addr(), kgo.AllowAutoTopicCreation(), kgo.UnknownTopicRetries(0))
	err := client.ProduceSync(t.Context(), &kgo.Record{Topic: topic}).FirstErr()
	require.ErrorIs(t, err, kerr.UnknownTopicOrPartition)
}

func TestKafkaPrefersItsPort(t *testing.T) {
	t.Parallel()
	first := startKafka(t, KafkaOptions{})
	taken := port(t, first)

	second := startKafka(t, KafkaOptions{PreferredPort: taken})
	require.NotEqual(t, first.Addr(), second.Addr())
	require.NoError(t, connect(t, second.Addr()).Ping(t.Context()))

	first.Close()
	again := startKafka(t, KafkaOptions{PreferredPort: taken})
	require.Equal(t, first.Addr(), again.Addr(), "it is free now")
	require.NoError(t, connect(t, again.Addr()).Ping(t.Context()))
}

func TestKafkaEndsItsConnections(t *testing.T) {
	t.Parallel()
	kafka := startKafka(t, KafkaOptions{})
	client := connect(t, kafka.Addr())
	require.NoError(t, client.Ping(t.Context()))
	kafka.Close()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	require.Error(t, client.Ping(cancelled))
	_, err := net.Dial("tcp", kafka.Addr())
	require.Error(t, err)
}

func TestKafkaNamesADataDirThatIsBroken(t *testing.T) {
	t.Parallel()
	_, err := StartKafka(KafkaOptions{DataDir: "/dev/null/kafka"})
	require.ErrorContains(t, err, "/dev/null/kafka")
}

func port(t *testing.T, kafka *Kafka) (port int) {
	t.Helper()
	_, text, err := net.SplitHostPort(kafka.Addr())
	require.NoError(t, err)
	_, err = fmt.Sscan(text, &port)
	require.NoError(t, err)
	return port
}
