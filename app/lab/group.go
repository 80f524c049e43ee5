package lab

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"orderflow/infra/kafka"
	"orderflow/infra/postgres"
)

// members is how many processors share a group's partitions.
const members = 2

// often is the interval between two looks at a group.
const often = 20 * time.Millisecond

// group is a consumer group that takes part in a round with one guarantee.
type group struct {
	round    *round
	delivery Delivery
	name     string
	injected []time.Time
	moves    []move

	mu      sync.Mutex
	members []*child // those that ought to be running
}

// join starts a processor.
func (g *group) join() (*child, error) {
	inFlight := g.round.config.InFlight
	if g.delivery.Commit == kafka.CommitBefore {
		inFlight = 1 // what is committed before it is handled is handled one after the other
	}
	flags := g.delivery.Flags
	if topic := g.eventsTopic(); topic != "" {
		flags = append(slices.Clone(flags), "--outbox", "--outbox-topic", topic, "--dlq-via", "outbox")
	}
	return g.round.start(g.name, append([]string{
		"processor", "--transport", g.round.config.Transport, "--group-id", g.name, "--topic", g.round.topic, "--in-flight", strconv.Itoa(inFlight),
		"--session-timeout", g.round.servers.timeout.String(), "--retry-interval", "50ms", "--retry-cap", "500ms",
	}, flags...)...)
}

// eventsTopic is where the group announces its rows, "" if it does not.
func (g *group) eventsTopic() string {
	if !g.round.config.Outbox || g.delivery.Write == postgres.CountOnce {
		return ""
	}
	return g.name + ".accepted"
}

// fill starts processors until there are enough.
func (g *group) fill() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for len(g.members) < members {
		member, err := g.join()
		if err != nil {
			return err
		}
		g.members = append(g.members, member)
	}
	return nil
}

// dismiss takes a member off the list: it may end.
func (g *group) dismiss(member *child) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.members = slices.DeleteFunc(g.members, func(m *child) bool { return m == member })
}

// stop ends all members in good order, all at once.
func (g *group) stop() error {
	var stopping errgroup.Group
	for _, member := range g.members {
		stopping.Go(member.stop)
	}
	return stopping.Wait()
}

// await waits until the group is as wanted.
func (g *group) await(ctx context.Context, what string, wanted func(kafka.Group) bool) error {
	for {
		// Without an answer there is nothing to see: a broker that was cut off comes back.
		described, err := g.round.topics.DescribeGroup(ctx, g.name, g.round.topic)
		if err == nil && wanted(described) {
			return nil
		}
		if err := g.pause(ctx); err != nil {
			return fmt.Errorf("wait until %s has %s: %w", g.name, what, err)
		}
	}
}

// awaitCommitted waits until the group has committed so many records of the topic.
func (g *group) awaitCommitted(ctx context.Context, records int64) error {
	for {
		passed, err := g.round.topics.Passed(ctx, g.name, g.round.topic)
		if err == nil {
			g.round.report(g, passed)
			if passed >= records {
				return nil
			}
		}
		if err := g.pause(ctx); err != nil {
			return fmt.Errorf("wait until %s has committed %d records: %w", g.name, records, err)
		}
	}
}

// pause waits a moment and sees to it that all members are still there.
func (g *group) pause(ctx context.Context) error {
	g.mu.Lock()
	running := slices.Clone(g.members)
	g.mu.Unlock()
	for _, member := range running {
		select {
		case <-member.ended:
			return fmt.Errorf("a processor of %s has ended by itself: %w; its log is in %s", g.name, member.err, g.round.dir)
		default:
		}
	}
	return sleep(ctx, often)
}

// replace kills the member and lets another take its place.
func (g *group) replace(ctx context.Context, victim *child) error {
	before, err := g.round.topics.DescribeGroup(ctx, g.name, g.round.topic)
	if err != nil {
		return err
	}
	g.dismiss(victim)
	if err := victim.kill(); err != nil {
		return err
	}
	if err := g.fill(); err != nil {
		return err
	}
	return g.await(ctx, "a new member in the place of the killed one", func(now kafka.Group) bool {
		return now.Stable(members) && !slices.Equal(now.MemberIDs(), before.MemberIDs())
	})
}
