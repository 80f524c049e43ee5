package kafka

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/infra/embedded/servertest"
)

// The broker goes away while a message is in flight; Close must still return.
func TestCloseWithoutBroker(t *testing.T) {
	t.Parallel()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "orders"))
	require.NoError(t, err)
	defer cluster.Close()
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.DefaultProduceTopic("orders"))
	require.NoError(t, err)
	defer client.Close()
	require.NoError(t, client.ProduceSync(t.Context(), numbered(0, 2)...).FirstErr())

	subscriber, err := NewSubscriber(SubscriberConfig{
		Commit: CommitAfter, CommitInterval: 200 * time.Millisecond, SessionTimeout: 10 * time.Second,
		Config:       Config{Brokers: cluster.ListenAddrs()},
		Group:        servertest.Name("group"),
		DrainTimeout: patience,
		Logger:       slog.New(slog.DiscardHandler),
		Watermill:    watermill.NopLogger{},
	})
	require.NoError(t, err)
	messages, err := subscriber.Subscribe(context.Background(), "orders")
	require.NoError(t, err)
	msg := receive(t, messages)

	cluster.Close()
	closed := make(chan error, 1)
	go func() { closed <- subscriber.Close() }()
	msg.Ack()
	require.NoError(t, receive(t, closed))
	require.Nil(t, receive(t, messages))
}
