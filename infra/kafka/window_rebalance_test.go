package kafka

import (
	"slices"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kmsg"

	"orderflow/handlers"
	"orderflow/infra/embedded/servertest"
)

func TestWindowedMembersShareThePartitionsAndSaySo(t *testing.T) {
	t.Parallel()
	topic, group := servertest.Topic(t, 4), servertest.Name("group")
	first := joinWindowed(t, group, topic)
	alone := first.awaitAssignment(t)
	require.Equal(t, []int32{0, 1, 2, 3}, alone.partitions)
	require.Equal(t, group, alone.group)
	require.NotEmpty(t, alone.id)

	second := joinWindowed(t, group, topic)
	revoked := receive(t, first.events)
	for revoked.what != "partitions revoked" {
		revoked = receive(t, first.events) // the first round of the rebalance, in which all stay
	}
	require.Len(t, revoked.partitions, 2, "what does not move is not revoked")
	kept := first.awaitAssignment(t)
	require.Equal(t, alone.id, kept.id)
	second.awaitPartitions(t, 2)
	all := slices.Concat(kept.partitions, revoked.partitions)
	slices.Sort(all)
	require.Equal(t, []int32{0, 1, 2, 3}, all)

	require.NoError(t, second.Close())
	first.awaitPartitions(t, 4)
}

// givingAway has a member with a message of each of two partitions in flight give
// one of them to a second member that joins.
func givingAway(t *testing.T, adapt ...func(*SubscriberConfig)) (first, second *windowMember, held map[int32]*message.Message, leaving int32) {
	t.Helper()
	topic, group := servertest.Topic(t, 2), servertest.Name("group")
	servertest.Produce(t, topic, append(numbered(0, 1), numbered(1, 1)...)...)
	first = joinWindowed(t, group, topic, adapt...)
	held = map[int32]*message.Message{}
	for range 2 {
		msg := first.next(t)
		held[sourceIn(msg).Partition] = msg
	}
	partitions := first.subscriptions[0].assigned.all()
	second = joinWindowed(t, group, topic)
	select {
	case <-partitions[0].draining.Done():
		leaving = 0
	case <-partitions[1].draining.Done():
		leaving = 1
	case <-time.After(patience):
		require.FailNow(t, "nothing is revoked")
	}
	return first, second, held, leaving
}

// While a member drains the partition that it gives away, the one that it keeps
// goes on.
func TestPartitionsThatStayAreNotPaused(t *testing.T) {
	t.Parallel()
	first, second, held, leaving := givingAway(t)
	topic, group := sourceIn(held[0]).Topic, second.config.Group
	servertest.Produce(t, topic, numbered(1-leaving, 50)...)
	for range 50 {
		msg := first.next(t)
		require.Equal(t, 1-leaving, sourceIn(msg).Partition)
		msg.Ack()
	}
	require.NoError(t, held[leaving].Context().Err())
	held[0].Ack()
	held[1].Ack()
	second.awaitPartitions(t, 1)
	require.EqualValues(t, 1, servertest.Committed(t, group, topic)[leaving])
}

func TestWindowedRevocationGivesUpAfterTheDrainTimeout(t *testing.T) {
	t.Parallel()
	_, second, held, leaving := givingAway(t, draining(1))
	receive(t, held[leaving].Context().Done())
	require.NoError(t, held[1-leaving].Context().Err())
	held[leaving].Ack() // too late
	again := second.next(t)
	require.Equal(t, leaving, sourceIn(again).Partition)
	require.Zero(t, offsetOf(again))
	again.Ack()
	held[1-leaving].Ack()
}

// A handler that takes longer than the session timeout costs nothing: heartbeats
// are sent meanwhile, although the window is full and nothing is fetched.
func TestASlowHandlerKeepsTheMembership(t *testing.T) {
	t.Parallel()
	topic, group := servertest.Topic(t, 1), servertest.Name("group")
	servertest.Produce(t, topic, numbered(0, 20)...)
	short := func(c *SubscriberConfig) { c.SessionTimeout, c.InFlight = 6*time.Second, 1 }
	m := joinWindowed(t, group, topic, short)
	m.awaitPartitions(t, 1)
	slow := m.next(t)
	select { // nothing may happen for longer than the session lasts
	case e := <-m.events:
		require.Fail(t, "the session ended", "%v", e)
	case <-slow.Context().Done():
		require.Fail(t, "the message was given up")
	case <-time.After(8 * time.Second):
	}
	slow.Ack()
	for want := range int64(19) {
		msg := m.next(t)
		require.Equal(t, want+1, offsetOf(msg))
		msg.Ack()
	}
	require.NoError(t, m.Close())
	require.Equal(t, map[int32]int64{0: 20}, servertest.Committed(t, group, topic))
}

// While members come and go under load, every record is delivered exactly once.
func TestNothingIsLostOrDoubledWhileWindowedMembersComeAndGo(t *testing.T) {
	t.Parallel()
	const partitions = 4
	topic, group := servertest.Topic(t, partitions), servertest.Name("group")
	seen := &deliveries{count: map[handlers.Source]int{}, changed: make(chan struct{}, 1)}
	client := servertest.Client(t)
	enter := func() *windowMember {
		m := joinWindowed(t, group, topic)
		go seen.handle(client, m.messages)
		return m
	}
	first := enter()
	first.awaitPartitions(t, partitions)
	stop := load(t, topic, partitions, seen)
	for range 3 {
		second := enter()
		second.awaitPartitions(t, partitions/2)
		third := enter()
		for len(third.awaitAssignment(t).partitions) == 0 {
			continue
		}
		require.NoError(t, second.Close())
		third.awaitPartitions(t, partitions/2)
		require.NoError(t, third.Close())
		first.awaitPartitions(t, partitions)
	}
	produced := stop()
	for len(seen.snapshot()) < len(produced) {
		receive(t, seen.changed)
	}
	require.NoError(t, first.Close())
	require.Equal(t, produced, seen.snapshot())
	require.Equal(t, servertest.Ends(t, topic), servertest.Committed(t, group, topic))
}

// A group may change from one subscriber to the other, member by member.
func TestBothSubscribersShareAGroup(t *testing.T) {
	t.Parallel()
	topic, group := servertest.Topic(t, 4), servertest.Name("group")
	plain := join(t, group, topic)
	plain.awaitPartitions(t, 4)
	windowed := joinWindowed(t, group, topic)
	plain.awaitPartitions(t, 2)
	windowed.awaitPartitions(t, 2)
	require.NoError(t, plain.Close())
	windowed.awaitPartitions(t, 4)
	another := joinWindowed(t, group, topic)
	another.awaitPartitions(t, 2)
	servertest.Produce(t, topic, slices.Concat(numbered(0, 1), numbered(1, 1), numbered(2, 1), numbered(3, 1))...)
	for range 4 {
		var msg *message.Message
		select {
		case msg = <-windowed.messages:
		case msg = <-another.messages:
		}
		msg.Ack()
	}
}

// The group throws the member out, as it does with one that was asleep: what was in
// flight is the next owner's, who here is the member itself, having joined again.
func TestAMemberThatLostItsPartitionsGivesEverythingUp(t *testing.T) {
	t.Parallel()
	topic, group := servertest.Topic(t, 1), servertest.Name("group")
	servertest.Produce(t, topic, numbered(0, 2)...)
	m := joinWindowed(t, group, topic, func(c *SubscriberConfig) { c.CommitInterval = time.Hour })
	id := m.awaitAssignment(t).id
	zero, one := m.next(t), m.next(t)
	zero.Ack()
	<-zero.Context().Done()

	leave := kmsg.NewPtrLeaveGroupRequest()
	leave.Group = group
	leave.Members = []kmsg.LeaveGroupRequestMember{{MemberID: id}}
	_, err := leave.RequestWith(t.Context(), servertest.Client(t))
	require.NoError(t, err)

	receive(t, one.Context().Done())
	require.Equal(t, "partitions revoked", receive(t, m.events).what)
	one.Ack() // too late
	for want := range int64(2) {
		msg := m.next(t)
		require.Equal(t, want, offsetOf(msg), "nothing was committed")
		msg.Ack()
	}
}
