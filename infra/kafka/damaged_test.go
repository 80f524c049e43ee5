package kafka

import (
	"bytes"
	"log/slog"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// damage is a broker whose replies change a word in the records, so that the batch
// that holds it has a wrong checksum, as bad disks and memory do.
type damage struct {
	net.Listener
	healed atomic.Bool
}

const fragile, broken = "fragile", "brOken!"

func (d *damage) Accept() (net.Conn, error) {
	conn, err := d.Listener.Accept()
	return damagedConn{conn, d}, err
}

type damagedConn struct {
	net.Conn
	damage *damage
}

func (c damagedConn) Write(p []byte) (int, error) {
	if !c.damage.healed.Load() {
		p = bytes.ReplaceAll(p, []byte(fragile), []byte(broken))
	}
	return c.Conn.Write(p)
}

// startDamaged starts such a broker with a topic of two partitions: 0 holds "first",
// a batch that is damaged, and "last", 1 holds "other".
func startDamaged(t *testing.T) (config Config, d *damage) {
	t.Helper()
	d = &damage{}
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "orders"),
		kfake.ListenFn(func(network, _ string) (net.Listener, error) {
			listener, err := net.Listen(network, "127.0.0.1:0")
			d.Listener = listener
			return d, err
		}))
	require.NoError(t, err)
	t.Cleanup(cluster.Close)
	config = Config{Brokers: cluster.ListenAddrs()}
	fillDamaged(t, config)
	return config, d
}

// fillDamaged writes what startDamaged says, each record a batch of its own.
func fillDamaged(t *testing.T, config Config) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(config.Brokers...), kgo.DefaultProduceTopic("orders"),
		kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchCompression(kgo.NoCompression()))
	require.NoError(t, err)
	defer client.Close()
	for _, record := range []*kgo.Record{
		{Value: []byte("first")}, {Value: []byte(fragile)}, {Value: []byte("last")}, {Partition: 1, Value: []byte("other")},
	} {
		require.NoError(t, client.ProduceSync(t.Context(), record).FirstErr())
	}
}

// What cannot be read stops its partition and nothing else, and is not skipped.
func TestADamagedBatchStopsItsPartitionUntilItCanBeRead(t *testing.T) {
	t.Parallel()
	brokers, damage := startDamaged(t)
	log := make(recordLog, 1000)
	config := windowConfig(t, "group")
	config.Config, config.Logger, config.StallAfter = brokers, slog.New(log), time.Minute
	subscriber, err := NewWindowedSubscriber(config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, subscriber.Close()) })
	messages, err := subscriber.Subscribe(t.Context(), "orders")
	require.NoError(t, err)

	require.ElementsMatch(t, []string{"first", "other"}, []string{ackNext(t, messages), ackNext(t, messages)})
	told := log.await(t, slog.LevelError)
	require.Equal(t, "orders", told["topic"])
	require.EqualValues(t, 0, told["partition"])
	require.EqualValues(t, 1, told["offset"])
	require.ErrorContains(t, told["error"].(error), "crc")
	damage.healed.Store(true)
	require.Equal(t, fragile, ackNext(t, messages))
	require.Equal(t, "last", ackNext(t, messages))
	require.NoError(t, subscriber.Close())
	for len(log) > 0 {
		require.NotEqual(t, slog.LevelError, (<-log).Level, "it is said once a minute, not with every try")
	}
	requireAllCommitted(t, brokers)
}

// With one in flight all partitions of the broker wait, which is said.
func TestADamagedBatchIsNotSkippedOneInFlight(t *testing.T) {
	t.Parallel()
	brokers, damage := startDamaged(t)
	log, raw := make(recordLog, 1000), watermill.NewCaptureLogger()
	config := windowConfig(t, "group")
	config.Config, config.Logger, config.Watermill = brokers, slog.New(log), raw
	subscriber, err := NewSubscriber(config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, subscriber.Close()) })
	messages, err := subscriber.Subscribe(t.Context(), "orders")
	require.NoError(t, err)
	told := log.await(t, slog.LevelError)
	require.Equal(t, "group", told["group"])
	require.ErrorContains(t, told["error"].(error), "CRC")
	require.Empty(t, raw.Captured()[watermill.ErrorLogLevel])

	damage.healed.Store(true)
	var got []string
	for range 4 {
		got = append(got, ackNext(t, messages))
	}
	require.ElementsMatch(t, []string{"first", fragile, "last", "other"}, got)
	require.NoError(t, subscriber.Close())
	requireAllCommitted(t, brokers)
}

func ackNext(t *testing.T, messages <-chan *message.Message) string {
	t.Helper()
	msg := receive(t, messages)
	defer msg.Ack()
	return string(msg.Payload)
}

func requireAllCommitted(t *testing.T, brokers Config) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers.Brokers...))
	require.NoError(t, err)
	defer client.Close()
	committed, err := kadm.NewClient(client).FetchOffsets(t.Context(), "group")
	require.NoError(t, err)
	for partition, want := range map[int32]int64{0: 3, 1: 1} {
		require.Equal(t, want, committed["orders"][partition].At, "partition %d", partition)
	}
}
