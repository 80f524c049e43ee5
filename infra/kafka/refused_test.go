package kafka

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// refusing starts a broker with a topic of one partition that answers produce
// requests with an error so many times, without end for -1.
func refusing(t *testing.T, err *kerr.Error, times int) Config {
	t.Helper()
	cluster, startErr := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "orders"))
	require.NoError(t, startErr)
	t.Cleanup(cluster.Close)
	cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "orders", Err: err, Count: times})
	return Config{Brokers: cluster.ListenAddrs()}
}

// onBoth runs a test with either publisher, the batch one with so much patience.
func onBoth(t *testing.T, config Config, patience time.Duration, test func(t *testing.T, publisher message.Publisher)) {
	t.Helper()
	one, err := NewPublisher(config, watermill.NopLogger{})
	require.NoError(t, err)
	batchConfig := batchConfig(config, "orders")
	batchConfig.Patience = patience
	batch, err := NewBatchPublisher(t.Context(), batchConfig)
	require.NoError(t, err)
	for _, publisher := range []message.Publisher{one, batch} {
		test(t, publisher)
		require.NoError(t, publisher.Close())
	}
}

// While min.insync.replicas is not met nothing is lost, and nothing is doubled when
// the broker had the record already: not enough replicas took it after it did.
func TestTooFewReplicasAreWaitedFor(t *testing.T) {
	t.Parallel()
	for _, refusal := range []*kerr.Error{kerr.NotEnoughReplicas, kerr.NotEnoughReplicasAfterAppend} {
		t.Run(refusal.Message, func(t *testing.T) {
			t.Parallel()
			config := refusing(t, refusal, 2)
			onBoth(t, config, patience, func(t *testing.T, publisher message.Publisher) {
				t.Helper()
				for _, value := range []string{"a", "b"} {
					require.NoError(t, publisher.Publish("orders", keyed("user-1", []byte(value))))
				}
			})
			admin, err := NewAdmin(t.Context(), config)
			require.NoError(t, err)
			t.Cleanup(admin.Close)
			var values []string
			_, err = admin.ReadTopic(t.Context(), "orders", func(record *kgo.Record) error {
				values = append(values, string(record.Value))
				return nil
			})
			require.NoError(t, err)
			require.Equal(t, []string{"a", "b", "a", "b"}, values)
		})
	}
}

func TestARefusalSaysWhatToDo(t *testing.T) {
	t.Parallel()
	onBoth(t, refusing(t, kerr.InvalidTimestamp, -1), patience, func(t *testing.T, publisher message.Publisher) {
		t.Helper()
		require.ErrorContains(t, publisher.Publish("orders", keyed("user-1", []byte("a"))), "set the clock of this machine")
	})

	// Kafka is asked for ten seconds before this one is given up.
	missing := explainSend("orders", sarama.ErrNotEnoughReplicas)
	require.ErrorContains(t, missing, "a broker is down or behind: `go run ./app topics describe --topic orders`")
	require.ErrorIs(t, missing, sarama.ErrNotEnoughReplicas)
	require.NoError(t, explainSend("orders", nil))
}

// The batch publisher has as much patience as it is given.
func TestBatchPublisherLosesPatience(t *testing.T) {
	t.Parallel()
	config := batchConfig(refusing(t, kerr.NotEnoughReplicas, -1), "orders")
	config.Patience = time.Second
	publisher, err := NewBatchPublisher(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, publisher.Close()) })
	err = publisher.Publish("orders", keyed("user-1", []byte("a")))
	require.ErrorContains(t, err, "a broker is down or behind: `go run ./app topics describe --topic orders`")
	require.False(t, Refused(err), "it may be taken later")
}

// Also with a broker that is gone, though it may have taken what it got.
func TestBatchPublisherWithoutBroker(t *testing.T) {
	t.Parallel()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "orders"))
	require.NoError(t, err)
	t.Cleanup(cluster.Close)
	log, config := make(recordLog, 1000), batchConfig(Config{Brokers: cluster.ListenAddrs()}, "orders")
	config.Logger, config.Patience = slog.New(log), time.Second
	publisher, err := NewBatchPublisher(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, publisher.Close()) })
	require.NoError(t, publisher.Publish("orders", keyed("user-1", []byte("a"))))
	arrived := make(chan struct{})
	cluster.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		close(arrived)
		return nil, errors.New("hang up"), true
	})
	failed := make(chan error, 1)
	go func() { failed <- publisher.Publish("orders", keyed("user-1", []byte("b"))) }()
	receive(t, arrived)
	cluster.Close()
	require.ErrorContains(t, receive(t, failed), "a broker is down or behind")
	require.Equal(t, config.Brokers[0], log.await(t, slog.LevelWarn)["broker"])
	require.Empty(t, log, "it is told once")
}
