package kafka

import (
	"testing"

	"github.com/IBM/sarama"
	"github.com/ThreeDotsLabs/watermill"
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

// While min.insync.replicas is not met nothing is lost, and nothing is doubled when
// the broker had the record already: not enough replicas took it after it did.
func TestTooFewReplicasAreWaitedFor(t *testing.T) {
	t.Parallel()
	for _, refusal := range []*kerr.Error{kerr.NotEnoughReplicas, kerr.NotEnoughReplicasAfterAppend} {
		t.Run(refusal.Message, func(t *testing.T) {
			t.Parallel()
			config := refusing(t, refusal, 2)
			publisher, err := NewPublisher(config, watermill.NopLogger{})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, publisher.Close()) })
			for _, value := range []string{"a", "b"} {
				require.NoError(t, publisher.Publish("orders", keyed("user-1", []byte(value))))
			}
			admin, err := NewAdmin(t.Context(), config)
			require.NoError(t, err)
			t.Cleanup(admin.Close)
			var values []string
			_, err = admin.ReadTopic(t.Context(), "orders", func(record *kgo.Record) error {
				values = append(values, string(record.Value))
				return nil
			})
			require.NoError(t, err)
			require.Equal(t, []string{"a", "b"}, values)
		})
	}
}

func TestARefusalSaysWhatToDo(t *testing.T) {
	t.Parallel()
	publisher, err := NewPublisher(refusing(t, kerr.InvalidTimestamp, -1), watermill.NopLogger{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, publisher.Close()) })
	require.ErrorContains(t, publisher.Publish("orders", keyed("user-1", []byte("a"))), "set the clock of this machine")

	// Kafka is asked for ten seconds before this one is given up.
	missing := explainSend("orders", sarama.ErrNotEnoughReplicas)
	require.ErrorContains(t, missing, "a broker is down or behind: `go run ./app topics describe --topic orders`")
	require.ErrorIs(t, missing, sarama.ErrNotEnoughReplicas)
	require.NoError(t, explainSend("orders", nil))
}
