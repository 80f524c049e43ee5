package kafka

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"orderflow/handlers"
)

// WindowedSubscriber is a Kafka subscriber with many messages of a partition in
// flight. What it has taken up of a partition is a window: of that it delivers what
// its Ordering allows, and the offset it commits is the first that is not acked.
// When the window is full the fetching pauses, so slow handlers cost neither
// memory nor the membership in the group. When a partition is revoked, and on
// Close, it delivers nothing more of it, waits a bounded time for what is in
// flight, and commits. Partitions that stay are not disturbed: the group
// rebalances cooperatively.
type WindowedSubscriber struct {
	config SubscriberConfig

	mu            sync.Mutex
	closed        bool
	subscriptions []*subscription
}

var _ message.Subscriber = (*WindowedSubscriber)(nil)

// NewWindowedSubscriber returns a subscriber of a consumer group. A group without
// committed offsets starts at the oldest record. It refuses CommitBefore with more
// than one message of a partition in flight: an offset that is committed before
// its message is handled would leave behind older ones that nobody took.
func NewWindowedSubscriber(config SubscriberConfig) (*WindowedSubscriber, error) {
	config.InFlightBytes = orDefault(config.InFlightBytes, DefaultInFlightBytes)
	config.MetadataInterval = orDefault(config.MetadataInterval, DefaultMetadataInterval)
	config.StallAfter = orDefault(config.StallAfter, DefaultStallAfter)
	if err := config.checkWindow(); err != nil {
		return nil, fmt.Errorf("configure the subscriber of group %q: %w", config.Group, err)
	}
	return &WindowedSubscriber{config: config}, nil
}

func orDefault[N int64 | time.Duration](value, standard N) N {
	if value == 0 {
		return standard
	}
	return value
}

func (c SubscriberConfig) checkWindow() error {
	switch {
	case c.InFlight < 1:
		return fmt.Errorf("%d messages in flight: let it be 1 or more", c.InFlight)
	case c.InFlightBytes < 0:
		return fmt.Errorf("%d bytes in flight: let it be 1 or more", c.InFlightBytes)
	case !slices.Contains([]Ordering{OrderingKey, OrderingPartition, OrderingNone}, c.Ordering):
		return fmt.Errorf("there is no ordering %q; there are %s, %s and %s", c.Ordering, OrderingKey, OrderingPartition, OrderingNone)
	case !slices.Contains([]Commit{CommitAfter, CommitOnTimer, CommitBefore}, c.Commit):
		return fmt.Errorf("there is no time to commit %q; there are %s, %s and %s", c.Commit, CommitAfter, CommitOnTimer, CommitBefore)
	case c.Commit == CommitBefore && c.InFlight > 1 && c.Ordering != OrderingPartition:
		return fmt.Errorf("a commit before the handling and %d messages of a partition in flight do not go together: "+
			"let one be in flight, or let the ordering be %s", c.InFlight, OrderingPartition)
	case c.CommitInterval <= 0 && c.Commit != CommitBefore:
		return fmt.Errorf("a commit every %s: let the interval be positive", c.CommitInterval)
	case c.DrainTimeout > MaxDrain:
		return fmt.Errorf("a drain of %s: let it be %s or less, or the partitions are taken away meanwhile", c.DrainTimeout, MaxDrain)
	default:
		return nil
	}
}

// Subscribe joins the group and delivers the topic's messages until ctx is done
// or the subscriber is closed; then the channel is closed. A message's context
// carries its handlers.Source and ctx's values, and ends when the message need not
// be handled any longer. Each subscription is a member of the group.
func (s *WindowedSubscriber) Subscribe(ctx context.Context, topic string) (<-chan *message.Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, fmt.Errorf("subscribe to topic %q: the subscriber of group %q is closed; make a new one", topic, s.config.Group)
	}
	sub, err := subscribe(ctx, topic, &s.config)
	if err != nil {
		return nil, err
	}
	s.subscriptions = append(s.subscriptions, sub)
	return sub.messages, nil
}

// CommitNow commits the offset after a message that this subscriber has
// delivered, and returns when the broker has it; the subscriber must be one with
// CommitBefore. An error says that it may not be committed: do not handle the
// message.
func (s *WindowedSubscriber) CommitNow(ctx context.Context, source handlers.Source) error {
	p, sub := s.partitionOf(source)
	if p == nil {
		return notOurs(fmt.Errorf("commit %s: %w", source, errMovedOn))
	}
	return notOurs(sub.commitNow(ctx, p, source))
}

func (s *WindowedSubscriber) partitionOf(source handlers.Source) (*partition, *subscription) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sub := range s.subscriptions {
		if sub.topic != source.Topic {
			continue
		}
		if p := sub.assigned.of(source.Partition); p != nil {
			return p, sub
		}
	}
	return nil, nil
}

// Close drains and leaves the group. It returns when all is committed: at most
// DrainTimeout later and the time that the commit and the farewell take. It may be
// called repeatedly and concurrently.
func (s *WindowedSubscriber) Close() error {
	s.mu.Lock()
	s.closed = true
	subscriptions := s.subscriptions
	s.mu.Unlock()
	var closing sync.WaitGroup
	for _, sub := range subscriptions {
		closing.Go(sub.close)
	}
	closing.Wait()
	return nil
}
