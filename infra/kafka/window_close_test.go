package kafka

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/infra/embedded/servertest"
)

func TestWindowedCloseLetsTheMessagesInFlightFinish(t *testing.T) {
	t.Parallel()
	topic, group := servertest.Topic(t, 1), servertest.Name("group")
	servertest.Produce(t, topic, numbered(0, 3)...)
	m := joinWindowed(t, group, topic, inFlightOf(2))
	zero, one := m.next(t), m.next(t)

	closed := m.closing(t)
	require.NoError(t, zero.Context().Err())
	require.Empty(t, closed)
	one.Ack()
	zero.Ack()
	require.NoError(t, receive(t, closed))
	require.Equal(t, map[int32]int64{0: 2}, servertest.Committed(t, group, topic))
	require.Nil(t, receive(t, m.messages), "nothing more is delivered and the channel is closed")
}

func TestCancellingLetsTheWindowedMessagesFinish(t *testing.T) {
	t.Parallel()
	topic, group := servertest.Topic(t, 1), servertest.Name("group")
	servertest.Produce(t, topic, numbered(0, 1)...)
	m := newWindowMember(t, group, topic)
	ctx, cancel := context.WithCancel(t.Context())
	messages, err := m.Subscribe(ctx, topic)
	require.NoError(t, err)
	msg := receive(t, messages)

	cancel()
	receive(t, m.subscriptions[0].stopping.Done())
	require.NoError(t, msg.Context().Err())
	msg.Ack()
	require.Nil(t, receive(t, messages))
	require.Equal(t, map[int32]int64{0: 1}, servertest.Committed(t, group, topic))
}

// What a handler does that outlasts the drain must not matter.
func TestWindowedCloseGivesUpAfterTheDrainTimeout(t *testing.T) {
	t.Parallel()
	for name, afterwards := range map[string]func(*message.Message){
		"acks":  func(msg *message.Message) { msg.Ack() },
		"nacks": func(msg *message.Message) { msg.Nack() },
		"hangs": func(*message.Message) {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			topic, group := servertest.Topic(t, 1), servertest.Name("group")
			servertest.Produce(t, topic, numbered(0, 3)...)
			m := joinWindowed(t, group, topic, draining(50*time.Millisecond))
			m.next(t).Ack()
			msg := m.next(t)
			closed := m.closing(t)
			receive(t, msg.Context().Done())
			afterwards(msg)
			require.NoError(t, receive(t, closed))
			require.Equal(t, map[int32]int64{0: 1}, servertest.Committed(t, group, topic))
		})
	}
}

func TestCloseOfAWindowedMemberWithoutPartitions(t *testing.T) {
	t.Parallel()
	topic, group := servertest.Topic(t, 1), servertest.Name("group")
	first := joinWindowed(t, group, topic)
	first.awaitPartitions(t, 1)
	second := joinWindowed(t, group, topic)
	require.Empty(t, second.awaitAssignment(t).partitions)
	require.NoError(t, second.Close())
	servertest.Produce(t, topic, numbered(0, 1)...)
	first.next(t).Ack()
}

func TestWindowedCloseWhileJoining(t *testing.T) {
	t.Parallel()
	topic, group := servertest.Topic(t, 2), servertest.Name("group")
	servertest.Produce(t, topic, append(numbered(0, 2), numbered(1, 2)...)...)
	first := joinWindowed(t, group, topic, inFlightOf(1))
	held := []*message.Message{first.next(t), first.next(t)}
	partitions := first.subscriptions[0].assigned.all()

	joining := joinWindowed(t, group, topic)
	select { // the first drains one for the second
	case <-partitions[0].draining.Done():
	case <-partitions[1].draining.Done():
	}
	require.NoError(t, joining.Close())
	for _, msg := range held {
		msg.Ack()
	}
	for range held {
		msg := first.next(t)
		require.EqualValues(t, 1, offsetOf(msg))
		msg.Ack()
	}
}

func TestWindowedCloseIsForGood(t *testing.T) {
	t.Parallel()
	topic := servertest.Topic(t, 1)
	m := newWindowMember(t, servertest.Name("group"), topic)
	var messages <-chan *message.Message
	subscribed := make(chan error)
	go func() {
		var err error
		messages, err = m.Subscribe(t.Context(), topic)
		subscribed <- err
	}()
	closed := make(chan error, 2)
	for range 2 {
		go func() { closed <- m.Close() }()
	}
	// Whether Subscribe or Close came first, the member ends.
	if err := receive(t, subscribed); err == nil {
		require.Nil(t, receive(t, messages))
	} else {
		require.ErrorContains(t, err, "is closed")
	}
	require.NoError(t, errors.Join(receive(t, closed), receive(t, closed)))
	_, err := m.Subscribe(t.Context(), topic)
	require.ErrorContains(t, err, "is closed")
}

// The broker goes away while a message is in flight; Close must still return.
func TestWindowedCloseWithoutBroker(t *testing.T) {
	t.Parallel()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "orders"))
	require.NoError(t, err)
	defer cluster.Close()
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.DefaultProduceTopic("orders"))
	require.NoError(t, err)
	defer client.Close()
	require.NoError(t, client.ProduceSync(t.Context(), numbered(0, 2)...).FirstErr())

	m := joinWindowed(t, servertest.Name("group"), "orders", func(c *SubscriberConfig) { c.Brokers = cluster.ListenAddrs() })
	msg := m.next(t)
	cluster.Close()
	closed := m.closing(t)
	msg.Ack()
	require.NoError(t, receive(t, closed))
}
