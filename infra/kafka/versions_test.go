package kafka

import (
	"testing"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kversion"
)

func TestABrokerThatIsTooOldIsNamedWithWhatItLacks(t *testing.T) {
	t.Parallel()
	for lacks, version := range map[string]*kversion.Versions{
		"it lacks topics with the default replication factor (CreateTopics version 4)":   kversion.V2_3_0(),
		"it lacks records with headers, compressed by zstd (Produce version 7)":          kversion.V2_0_0(),
		"it lacks records with headers, compressed by zstd (Produce version 7); upgrade": kversion.V0_11_0(),
	} {
		brokers := brokerOf(t, version)
		_, err := NewAdmin(t.Context(), Config{Brokers: brokers})
		require.ErrorContains(t, err, "the Kafka broker at "+brokers[0]+" is too old: ")
		require.ErrorContains(t, err, lacks)
		require.ErrorContains(t, err, "upgrade it to Kafka 2.4 or newer")
	}
}

// All that the pipeline does with Kafka, on the oldest broker that is let in.
func TestTheOldestBrokerThatWillDo(t *testing.T) {
	t.Parallel()
	config := Config{Brokers: brokerOf(t, kversion.V2_4_0())}
	admin, err := NewAdmin(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(admin.Close)
	_, err = admin.EnsureTopic(t.Context(), "orders", 1, map[string]string{RetentionMS: "60000"})
	require.NoError(t, err)
	require.NoError(t, admin.SetRetention(t.Context(), "orders", 1000))
	topic, err := admin.DescribeTopic(t.Context(), "orders")
	require.NoError(t, err)
	require.Equal(t, "1000", topic.Configs[RetentionMS])

	publisher, err := NewPublisher(config, watermill.NopLogger{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, publisher.Close()) })
	sent := message.NewMessage("0193", []byte("order"))
	sent.Metadata.Set("trace", "a")
	require.NoError(t, publisher.Publish("orders", sent))

	windowed, plain := windowConfig(t, "windowed"), windowConfig(t, "plain")
	windowed.Config, plain.Config = config, config
	first, err := NewWindowedSubscriber(windowed)
	require.NoError(t, err)
	second, err := NewSubscriber(plain)
	require.NoError(t, err)
	for group, subscriber := range map[string]message.Subscriber{"windowed": first, "plain": second} {
		messages, err := subscriber.Subscribe(t.Context(), "orders")
		require.NoError(t, err)
		got := receive(t, messages)
		require.Equal(t, "a", got.Metadata.Get("trace"))
		got.Ack()
		require.NoError(t, subscriber.Close())
		committed, err := admin.CommittedOffsets(t.Context(), group, "orders")
		require.NoError(t, err)
		require.Equal(t, Offsets{0: 1}, committed)
	}
}

// brokerOf starts a broker that speaks the protocol of an old version.
func brokerOf(t *testing.T, version *kversion.Versions) (bootstrap []string) {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.MaxVersions(version))
	require.NoError(t, err)
	t.Cleanup(cluster.Close)
	return cluster.ListenAddrs()
}
