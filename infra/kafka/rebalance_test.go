package kafka

import (
	"slices"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"orderflow/handlers"
	"orderflow/infra/embedded/servertest"
)

func TestMembersShareThePartitionsAndSaySo(t *testing.T) {
	t.Parallel()
	topic, group := servertest.Topic(t, 3), servertest.Name("group")
	first := join(t, group, topic)
	alone := first.awaitAssignment(t)
	require.Equal(t, []int32{0, 1, 2}, alone.partitions)
	require.Equal(t, group, alone.group)
	require.NotEmpty(t, alone.id)

	second := join(t, group, topic)
	require.Equal(t, event{"partitions revoked", group, alone.id, []int32{0, 1, 2}}, receive(t, first.events))
	shared, others := receive(t, first.events), receive(t, second.events)
	require.Equal(t, "partitions assigned", shared.what)
	require.Equal(t, "partitions assigned", others.what)
	require.Equal(t, alone.id, shared.id)
	require.NotEqual(t, shared.id, others.id)
	all := slices.Concat(shared.partitions, others.partitions)
	slices.Sort(all)
	require.Equal(t, []int32{0, 1, 2}, all)

	require.NoError(t, second.Close())
	require.Equal(t, event{"partitions revoked", group, others.id, others.partitions}, receive(t, second.events))
	first.awaitPartitions(t, 3)
}

// inFlight lets a message of the only partition be in flight at one member while
// another joins, ends it as told, and returns what is delivered next, and by whom.
func inFlight(t *testing.T, end func(*message.Message) bool) (group, topic string, next *message.Message) {
	t.Helper()
	topic, group = servertest.Topic(t, 1), servertest.Name("group")
	servertest.Produce(t, topic, numbered(0, 2)...)
	first := join(t, group, topic)
	first.awaitAssignment(t)
	msg := first.next(t)
	claim := first.claims.of(0)

	second := join(t, group, topic)
	receive(t, claim.draining.Done())
	require.NoError(t, msg.Context().Err())
	require.Empty(t, second.events)
	end(msg)

	require.Equal(t, "partitions revoked", receive(t, first.events).what)
	require.Equal(t, "partitions assigned", receive(t, first.events).what)
	require.Equal(t, "partitions assigned", receive(t, second.events).what)
	select {
	case next = <-first.messages:
	case next = <-second.messages:
	case <-t.Context().Done():
	}
	return group, topic, next
}

func TestRevocationLetsTheMessageInFlightFinish(t *testing.T) {
	t.Parallel()
	group, topic, next := inFlight(t, (*message.Message).Ack)
	require.Equal(t, map[int32]int64{0: 1}, servertest.Committed(t, group, topic))
	require.EqualValues(t, 1, offsetOf(next), "the first is not delivered twice")
	next.Ack()
}

func TestRevocationHandsANackedMessageOver(t *testing.T) {
	t.Parallel()
	// Had the old owner delivered it again, its drain would go on: nobody takes it.
	group, topic, next := inFlight(t, (*message.Message).Nack)
	require.Empty(t, servertest.Committed(t, group, topic))
	require.EqualValues(t, 0, offsetOf(next), "the first is not lost")
	next.Ack()
}

func TestRevocationGivesUpAfterTheDrainTimeout(t *testing.T) {
	t.Parallel()
	topic, group := servertest.Topic(t, 1), servertest.Name("group")
	servertest.Produce(t, topic, numbered(0, 1)...)
	first := joinDraining(t, group, topic, 1)
	msg := first.next(t)
	second := join(t, group, topic)
	receive(t, msg.Context().Done())
	msg.Nack()
	second.awaitAssignment(t)
	require.Empty(t, servertest.Committed(t, group, topic))
	var again *message.Message
	select {
	case again = <-first.messages:
	case again = <-second.messages:
	case <-t.Context().Done():
	}
	source, ok := handlers.SourceOf(again.Context())
	require.True(t, ok)
	require.Zero(t, source.Offset)
	again.Ack()
}
