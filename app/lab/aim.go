package lab

import (
	"context"
	"errors"
	"syscall"
	"time"

	"orderflow/infra/kafka"
	"orderflow/infra/postgres"
)

const (
	// tries bounds the search for the moment to kill at.
	tries = 100
	// settling is how long a stopped processor's last commit may be under way in
	// the database.
	settling = 30 * time.Millisecond
)

// moment says whether a processor that is stopped now would, killed, show what its
// guarantee allows: committed is the offset at which the next owner of one of its
// partitions would go on, written whether an order is in the table.
type moment func(committed int64, written func(offset int64) (bool, error)) (bool, error)

// loses: the order before the committed offset is not written.
func loses(committed int64, written func(int64) (bool, error)) (bool, error) {
	if committed == 0 {
		return false, nil
	}
	last, err := written(committed - 1)
	return !last, err
}

// doubles: the order at the committed offset is written already.
func doubles(committed int64, written func(int64) (bool, error)) (bool, error) {
	return written(committed)
}

// telling are the moments at which a crash tells, by when the offset is committed.
var telling = map[kafka.Commit][]moment{
	kafka.CommitBefore:  {loses},
	kafka.CommitOnTimer: {loses, doubles},
	kafka.CommitAfter:   {doubles},
}

// aim stops the victim at a moment that is wanted, and leaves it stopped. It stops
// it, looks at what is committed and what is written, and lets it go on if that
// is not it. A crash comes at any moment; this finds, in a short run, one that
// tells.
func (g *group) aim(ctx context.Context, victim *child, wanted moment) error {
	for range tries {
		if err := victim.signal(syscall.SIGSTOP); err != nil {
			return err
		}
		if err := sleep(ctx, settling); err != nil {
			return err
		}
		found, err := g.any(ctx, victim, wanted)
		if err != nil || found {
			return err
		}
		if err := victim.signal(syscall.SIGCONT); err != nil {
			return err
		}
		if err := g.pause(ctx); err != nil {
			return err
		}
	}
	return nil // the run is near its end: any moment will do
}

// any looks for the moment in each partition of the victim.
func (g *group) any(ctx context.Context, victim *child, wanted moment) (found bool, err error) {
	partitions, err := g.round.topics.partitions(ctx, g.name, g.round.topic, victim)
	if err != nil {
		return false, err
	}
	committed, err := g.round.topics.CommittedOffsets(ctx, g.name, g.round.topic)
	if err != nil {
		return false, err
	}
	snapshot, err := postgres.OpenSnapshot(ctx, g.round.servers.database, g.name)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, snapshot.Close()) }()
	for _, partition := range partitions {
		found, err := wanted(committed[partition], func(offset int64) (bool, error) {
			return snapshot.Holds(ctx, g.delivery.Write, partition, offset)
		})
		if err != nil || found {
			return found, err
		}
	}
	return false, nil
}
