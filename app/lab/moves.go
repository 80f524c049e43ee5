package lab

import (
	"context"
	"fmt"
	"sort"
	"time"

	"orderflow/infra/kafka"
)

// MayPause is how long a partition that stays with its member in a rebalance may get
// no row: batches take milliseconds, even when the machine is busy starting processes.
const MayPause = time.Second

// move is a rebalance.
type move struct {
	from, until time.Time
	moved       map[int32]bool // the partitions that have changed hands
}

// moving changes how many members the group has, by change, and notes which
// partitions that moves.
func (g *group) moving(ctx context.Context, members int, change func() error) error {
	before, err := g.round.topics.DescribeGroup(ctx, g.name, g.round.topic)
	if err != nil {
		return err
	}
	from := time.Now()
	if err := change(); err != nil {
		return err
	}
	var after kafka.Group
	err = g.await(ctx, fmt.Sprintf("%d members", members), func(now kafka.Group) bool {
		after = now
		return now.Stable(members)
	})
	g.moves = append(g.moves, move{
		from: from, until: time.Now(), moved: movedBetween(ownersOf(before, g.round.topic), ownersOf(after, g.round.topic)),
	})
	return err
}

// ownersOf returns which member has which partition of a topic.
func ownersOf(group kafka.Group, topic string) map[int32]string {
	owners := map[int32]string{}
	for _, member := range group.Members {
		for _, partition := range member.Partitions[topic] {
			owners[partition] = member.ID
		}
	}
	return owners
}

// movedBetween returns the partitions that had another owner before, or none.
func movedBetween(before, after map[int32]string) map[int32]bool {
	moved := map[int32]bool{}
	for partition, owner := range before {
		if after[partition] != owner {
			moved[partition] = true
		}
	}
	for partition, owner := range after {
		if before[partition] != owner {
			moved[partition] = true
		}
	}
	return moved
}

// pauses returns the longest time without a row, around the rebalances, of a
// partition that stayed and of one that moved. What had no rows to come did not pause.
func (t *times) pauses(moves []move) (stayed, moved time.Duration) {
	for _, m := range moves {
		for partition, commits := range t.after {
			gap := longestGap(commits, m.from, m.until)
			if m.moved[partition] {
				moved = max(moved, gap)
			} else {
				stayed = max(stayed, gap)
			}
		}
	}
	return stayed, moved
}

// longestGap is the longest time between two commits that begins before until and
// ends after from.
func longestGap(commits []time.Time, from, until time.Time) (longest time.Duration) {
	first := sort.Search(len(commits), func(i int) bool { return commits[i].After(from) })
	for i := max(first, 1); i < len(commits) && commits[i-1].Before(until); i++ {
		longest = max(longest, commits[i].Sub(commits[i-1]))
	}
	return longest
}
