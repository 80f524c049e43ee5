package kafka

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	// fetchPartitionBytes bounds what one fetch brings of a partition, and fetchBytes
	// what it brings in all, in bytes, unless a single batch is larger.
	fetchPartitionBytes = 1 << 20
	fetchBytes          = 16 << 20
	// farewellTimeout bounds the leaving of the group. Without it the coordinator
	// waits for the session timeout.
	farewellTimeout = 5 * time.Second
)

// DefaultMetadataInterval is how often a subscriber looks for new partitions of its
// topic unless an interval is set.
const DefaultMetadataInterval = time.Minute

// subscription is a member of the group that consumes one topic.
type subscription struct {
	config   *SubscriberConfig
	topic    string
	base     context.Context // that the messages' derive from, never done
	messages chan *message.Message
	client   *kgo.Client
	assigned assignment
	turns    turnstile
	wake     chan struct{} // looks anew whether a partition is hungry

	stopping context.Context
	stop     context.CancelFunc
	running  sync.WaitGroup
	ending   sync.Once

	committing   sync.Mutex // what is committed later is never lower
	notCommitted bool       // the last commit failed, and the log says so
}

// subscribe makes sure that a broker answers, and begins to join the group.
func subscribe(ctx context.Context, topic string, config *SubscriberConfig) (*subscription, error) {
	admin, err := NewAdmin(ctx, config.Config)
	if err != nil {
		return nil, err
	}
	admin.Close()

	s := &subscription{
		config:   config,
		topic:    topic,
		base:     context.WithoutCancel(ctx),
		messages: make(chan *message.Message),
		wake:     make(chan struct{}, 1),
	}
	s.stopping, s.stop = context.WithCancel(context.Background())
	s.turns.init(s.stopping)
	if s.client, err = kgo.NewClient(append(config.Franz(), s.options()...)...); err != nil {
		s.stop()
		return nil, fmt.Errorf("configure the subscriber of group %q: %w", config.Group, err)
	}
	s.running.Go(s.poll)
	s.running.Go(s.commitRegularly)
	s.running.Go(s.watch)
	unregister := context.AfterFunc(ctx, s.close)
	context.AfterFunc(s.stopping, func() { unregister() })
	return s, nil
}

func (s *subscription) options() []kgo.Opt {
	return []kgo.Opt{
		kgo.ConsumerGroup(s.config.Group),
		kgo.ConsumeTopics(s.topic),
		// Range is there for the time when a Subscriber is in the group, too.
		kgo.Balancers(kgo.CooperativeStickyBalancer(), kgo.RangeBalancer()),
		kgo.SessionTimeout(s.config.SessionTimeout),
		// Members learn by a heartbeat that another joins or leaves.
		kgo.HeartbeatInterval(min(time.Second, s.config.SessionTimeout/3)),
		kgo.OnPartitionsAssigned(s.onAssigned),
		kgo.OnPartitionsRevoked(s.onRevoked),
		kgo.OnPartitionsLost(s.onLost),
		kgo.AdjustFetchOffsetsFn(s.checkOffsets),
		kgo.DisableAutoCommit(),
		kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		// The last offset of a partition may be the end of a transaction.
		kgo.KeepControlRecords(),
		kgo.FetchMaxWait(250 * time.Millisecond),
		kgo.FetchMaxPartitionBytes(fetchPartitionBytes),
		kgo.FetchMaxBytes(fetchBytes),
		kgo.MetadataMaxAge(s.config.MetadataInterval),
		kgo.MetadataMinAge(min(s.config.MetadataInterval, 2500*time.Millisecond)),
	}
}

// poll hands what was fetched to its partitions until the subscription ends. It
// waits for no partition that has enough.
func (s *subscription) poll() {
	for s.stopping.Err() == nil {
		ctx := s.turns.context()
		if s.awaitHunger(ctx) {
			s.take(s.client.PollFetches(ctx))
		}
		if ctx.Err() != nil {
			s.turns.renew(s.stopping)
		}
	}
}

// awaitHunger waits until a partition would take more than was fetched. Were
// polled what nobody takes, its fetching would have to be paused, and the client
// throws away what it has of a partition that is paused.
func (s *subscription) awaitHunger(ctx context.Context) bool {
	for !s.assigned.anyHungry() {
		select {
		case <-s.wake:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

func (s *subscription) take(fetches kgo.Fetches) {
	fetches.EachPartition(func(fetched kgo.FetchTopicPartition) {
		if p := s.assigned.of(fetched.Partition); p != nil {
			p.add(fetched.Records, Extent{fetched.LogStartOffset, fetched.HighWatermark})
		}
	})
	fetches.EachError(s.cannotFetch)
}

// close ends the subscription: it drains, commits and leaves the group.
func (s *subscription) close() { s.ending.Do(s.end) }

func (s *subscription) end() {
	s.assigned.refuse()
	s.stop()
	drainAll(s.assigned.all(), s.config.DrainTimeout)
	s.running.Wait()
	s.commit(s.client, s.assigned.all())

	ctx, cancel := context.WithTimeout(context.Background(), farewellTimeout)
	defer cancel()
	if err := s.client.LeaveGroupContext(ctx); err != nil {
		s.config.Logger.Warn("cannot leave the group; the others get the partitions after the session timeout",
			slog.String("group", s.config.Group), slog.Any("error", err))
	}
	s.client.Close()
	close(s.messages)
}
