package kafka

import (
	"context"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/infra/embedded/servertest"
)

func TestAFullPartitionPausesItsFetching(t *testing.T) {
	t.Parallel()
	var calls []string
	note := func(what string) func() { return func() { calls = append(calls, what) } }
	messages := make(chan *message.Message)
	config := &SubscriberConfig{Commit: CommitAfter, InFlight: 1, InFlightBytes: 1, Ordering: OrderingNone}
	p := newPartition(context.Background(), "orders", 0, config, messages, fetching{note("pause"), note("resume"), note("wake")})
	defer p.drain(0)

	half := make([]byte, backlogBytes/2+1)
	for offset := range int64(3) {
		require.Empty(t, calls)
		p.add([]*kgo.Record{{Offset: offset, Value: half}}, Extent{End: offset + 1}) // the first is in the window
	}
	require.Equal(t, []string{"pause"}, calls)
	require.False(t, p.hungry())
	for range 2 {
		msg := receive(t, messages)
		msg.Ack()
		<-msg.Context().Done()
	}
	require.Equal(t, []string{"pause", "resume", "wake"}, calls)
	require.True(t, p.hungry())
}

// Far more than a window and its backlog hold passes in order, although the
// fetching is paused and resumed on the way, and although nobody takes anything of
// another partition.
func TestMoreThanFitsPassesInOrder(t *testing.T) {
	t.Parallel()
	const size, n = 10_000, 600
	topic, group := servertest.Topic(t, 2), servertest.Name("group")
	var records []*kgo.Record
	for partition := range int32(2) {
		for range n {
			records = append(records, &kgo.Record{Partition: partition, Value: make([]byte, size)})
		}
	}
	servertest.Produce(t, topic, records...)
	m := joinWindowed(t, group, topic, inFlightOf(1), func(c *SubscriberConfig) { c.InFlightBytes = 4 * size })
	held := m.next(t)
	stuck := sourceIn(held).Partition
	for want := range int64(n) {
		msg := m.next(t)
		require.NotEqual(t, stuck, sourceIn(msg).Partition)
		require.Equal(t, want, offsetOf(msg))
		msg.Ack()
	}
	for want := range int64(n) {
		require.Equal(t, stuck, sourceIn(held).Partition)
		require.Equal(t, want, offsetOf(held))
		held.Ack()
		if want < n-1 {
			held = m.next(t)
		}
	}
}
