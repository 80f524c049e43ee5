package kafka

import (
	"context"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"orderflow/infra/embedded/servertest"
)

func TestCloseLetsTheMessageInFlightFinish(t *testing.T) {
	t.Parallel()
	topic, group := servertest.Topic(t, 1), servertest.Name("group")
	servertest.Produce(t, topic, numbered(0, 3)...)
	m := join(t, group, topic)
	msg := m.next(t)

	closed := m.closing(t)
	require.NoError(t, msg.Context().Err())
	require.Empty(t, closed)
	msg.Ack()
	require.NoError(t, receive(t, closed))
	require.Equal(t, map[int32]int64{0: 1}, servertest.Committed(t, group, topic))
	_, open := <-m.messages
	require.False(t, open, "nothing more is delivered and the channel is closed")
}

func TestCancellingLetsTheMessageInFlightFinish(t *testing.T) {
	t.Parallel()
	topic, group := servertest.Topic(t, 1), servertest.Name("group")
	servertest.Produce(t, topic, numbered(0, 3)...)
	m := newMember(t, group, topic, patience)
	ctx, cancel := context.WithCancel(t.Context())
	messages, err := m.Subscribe(ctx, topic)
	require.NoError(t, err)
	msg := receive(t, messages)

	cancel()
	receive(t, m.claims.stopping.Done())
	require.NoError(t, msg.Context().Err())
	msg.Ack()
	require.Nil(t, receive(t, messages))
	require.NoError(t, m.Close())
	require.Equal(t, map[int32]int64{0: 1}, servertest.Committed(t, group, topic))
}

// What a handler does that outlasts the drain must not matter.
func TestCloseGivesUpAfterTheDrainTimeout(t *testing.T) {
	t.Parallel()
	for name, afterwards := range map[string]func(msg *message.Message){
		"nacks": func(msg *message.Message) { msg.Nack() },
		"hangs": func(*message.Message) {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			topic, group := servertest.Topic(t, 1), servertest.Name("group")
			servertest.Produce(t, topic, numbered(0, 3)...)
			m := joinDraining(t, group, topic, 50*time.Millisecond)
			m.next(t).Ack()
			msg := m.next(t)

			closed := m.closing(t)
			receive(t, msg.Context().Done())
			afterwards(msg)
			require.NoError(t, receive(t, closed))
			msg.Ack() // too late
			require.Equal(t, map[int32]int64{0: 1}, servertest.Committed(t, group, topic))

			next := join(t, group, topic)
			again := next.next(t)
			require.EqualValues(t, 1, offsetOf(again))
			again.Ack()
		})
	}
}

func TestCloseDoesNotDeliverANackedMessageAgain(t *testing.T) {
	t.Parallel()
	topic, group := servertest.Topic(t, 1), servertest.Name("group")
	servertest.Produce(t, topic, numbered(0, 1)...)
	m := join(t, group, topic)
	msg := m.next(t)
	closed := m.closing(t)
	msg.Nack()
	require.Nil(t, receive(t, m.messages))
	require.NoError(t, receive(t, closed))
	require.Empty(t, servertest.Committed(t, group, topic))
}

// A member without partitions has no claim whose end could end its session.
func TestCloseOfAMemberWithoutPartitions(t *testing.T) {
	t.Parallel()
	topic, group := servertest.Topic(t, 1), servertest.Name("group")
	first := join(t, group, topic)
	first.awaitPartitions(t, 1)
	second := join(t, group, topic)
	idle, busy := first, second
	if len(second.awaitAssignment(t).partitions) == 0 {
		idle, busy = second, first
	}
	require.NoError(t, idle.Close())

	servertest.Produce(t, topic, numbered(0, 1)...)
	busy.next(t).Ack()
}

func TestCloseWhileJoining(t *testing.T) {
	t.Parallel()
	topic, group := servertest.Topic(t, 1), servertest.Name("group")
	servertest.Produce(t, topic, numbered(0, 2)...)
	first := join(t, group, topic)
	held := first.next(t)
	claim := first.claims.of(0)

	joining := join(t, group, topic)
	receive(t, claim.draining.Done()) // the coordinator now waits for the first
	closed := joining.closing(t)
	require.Empty(t, closed)
	held.Ack()
	require.NoError(t, receive(t, closed))
	msg := first.next(t)
	require.EqualValues(t, 1, offsetOf(msg))
	msg.Ack()
}
