package kafka

import (
	"context"
	"log/slog"

	"github.com/twmb/franz-go/pkg/kgo"
)

// onAssigned is called after each rebalance, with the partitions that are new.
func (s *subscription) onAssigned(_ context.Context, client *kgo.Client, added map[string][]int32) {
	s.turns.pass(s.stopping)
	for _, number := range added[s.topic] {
		which := map[string][]int32{s.topic: {number}}
		client.ResumeFetchPartitions(which) // it may have been ours and paused before
		s.assigned.hold(number, func() *partition {
			return newPartition(s.base, s.topic, number, s.config, s.messages, fetching{
				pause:  func() { client.PauseFetchPartitions(which) },
				resume: func() { client.ResumeFetchPartitions(which) },
				wake:   s.lookAnew,
			})
		})
	}
	s.lookAnew()
	if s.stopping.Err() != nil {
		return
	}
	s.log("partitions assigned", client, s.assigned.numbers())
	if s.config.Assigned != nil {
		s.config.Assigned()
	}
}

// onRevoked is called with the partitions that others shall have, when nothing
// more is fetched of them; they get them when it returns. Meanwhile the client
// sends heartbeats, and the other partitions go on.
func (s *subscription) onRevoked(_ context.Context, client *kgo.Client, revoked map[string][]int32) {
	s.giveUp(client, revoked[s.topic], func(partitions []*partition) {
		drainAll(partitions, s.config.DrainTimeout)
		s.commit(client, partitions)
	})
}

// onLost is called when others have the partitions already: the coordinator had no
// sign of life for too long, or refuses us.
func (s *subscription) onLost(_ context.Context, client *kgo.Client, lost map[string][]int32) {
	s.giveUp(client, lost[s.topic], func(partitions []*partition) { drainAll(partitions, 0) })
}

func (s *subscription) giveUp(client *kgo.Client, numbers []int32, drain func([]*partition)) {
	if len(numbers) == 0 {
		return // so ends every session
	}
	partitions := s.assigned.those(numbers)
	drain(partitions)
	// A commit that is under way is over before others go on.
	s.committing.Lock()
	s.assigned.letGo(partitions)
	s.committing.Unlock()
	s.log("partitions revoked", client, numbers)
}

// lookAnew has the poll loop see whether a partition is hungry.
func (s *subscription) lookAnew() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *subscription) log(what string, client *kgo.Client, numbers []int32) {
	member, _ := client.GroupMetadata()
	s.config.Logger.Info(what, slog.String("group", s.config.Group), slog.String("member", member), slog.Any(s.topic, numbers))
}
