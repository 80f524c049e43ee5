package kafka

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"orderflow/handlers"
	"orderflow/infra/embedded/servertest"
)

func TestWindowedMessagesAreCommittedBeforeTheyAreHandled(t *testing.T) {
	t.Parallel()
	topic, group := servertest.Topic(t, 1), servertest.Name("group")
	servertest.Produce(t, topic, numbered(0, 2)...)
	m := joinWindowed(t, group, topic, draining(0), ordered(OrderingPartition), func(c *SubscriberConfig) { c.Commit = CommitBefore })
	msg := m.next(t)
	source, _ := handlers.SourceOf(msg.Context())
	require.NoError(t, m.CommitNow(msg.Context(), source))
	require.Equal(t, map[int32]int64{0: 1}, servertest.Committed(t, group, topic))
	msg.Ack()
	next := m.next(t)
	require.Equal(t, handlers.Canceled, handlers.ClassOf(m.CommitNow(context.Background(), source)), "the first is over")
	source.Offset++
	require.NoError(t, m.Close())
	require.Equal(t, handlers.Canceled, handlers.ClassOf(m.CommitNow(next.Context(), source)), "it is the next owner's")
	require.Equal(t, map[int32]int64{0: 1}, servertest.Committed(t, group, topic))
}

func TestWindowedMessagesAreCommittedOnATimer(t *testing.T) {
	t.Parallel()
	topic, group := servertest.Topic(t, 1), servertest.Name("group")
	servertest.Produce(t, topic, numbered(0, 5)...)
	m := joinWindowed(t, group, topic, draining(0), inFlightOf(2), func(c *SubscriberConfig) { c.Commit = CommitOnTimer })
	m.next(t)
	m.next(t)
	require.Eventually(t, func() bool { return servertest.Committed(t, group, topic)[0] == 2 }, patience, 10*time.Millisecond)
	require.NoError(t, m.Close())
	require.Equal(t, map[int32]int64{0: 2}, servertest.Committed(t, group, topic), "neither was acked")
}
