package kafka

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/IBM/sarama"
	"github.com/ThreeDotsLabs/watermill/message"

	wmkafka "github.com/ThreeDotsLabs/watermill-kafka/v3/pkg/kafka"

	"orderflow/handlers"
)

// Subscriber is Watermill's Kafka subscriber, with one message of a partition in
// flight, made to let go of a partition in good order: on revocation and on Close
// it takes no new message, waits a bounded time for the one in flight, and
// commits. Watermill's own drops the message in flight on both occasions, so it
// would be handled twice.
type Subscriber struct {
	config    SubscriberConfig
	inner     *wmkafka.Subscriber
	claims    *claims
	committer *committer // with CommitBefore

	mu         sync.Mutex // Close waits for a Subscribe that is connecting
	subscribed bool
	delivering sync.WaitGroup
}

var _ message.Subscriber = (*Subscriber)(nil)

// NewSubscriber returns a subscriber of a consumer group. A group without
// committed offsets starts at the oldest record.
func NewSubscriber(config SubscriberConfig) (*Subscriber, error) {
	settings := config.sarama()
	settings.Consumer.Offsets.Initial = sarama.OffsetOldest
	// Members learn by a heartbeat that another joins or leaves, and all wait for
	// the last one; the default is 3 s.
	settings.Consumer.Group.Heartbeat.Interval = min(time.Second, config.SessionTimeout/3)
	settings.Consumer.Group.Session.Timeout = config.SessionTimeout
	// The answer to a join comes when the other members have drained.
	settings.Net.ReadTimeout = max(settings.Net.ReadTimeout, config.DrainTimeout+10*time.Second)
	// A fetch that waits for records holds up a rebalance for so long.
	settings.Consumer.MaxWaitTime = 250 * time.Millisecond
	// What is marked is committed so often, and when a session ends.
	settings.Consumer.Offsets.AutoCommit.Interval = config.CommitInterval
	settings.Consumer.Return.Errors = true
	settings.Consumer.IsolationLevel = sarama.ReadCommitted
	// One ticker of sarama's fetches the partitions of the topic, and another, which may
	// look just before, compares them. The default is 10 min.
	settings.Metadata.RefreshFrequency = orDefault(config.MetadataInterval, DefaultMetadataInterval) / 2
	if err := settings.Validate(); err != nil {
		return nil, fmt.Errorf("configure the subscriber of group %q: %w", config.Group, err)
	}

	claims := newClaims(config)
	inner, err := wmkafka.NewSubscriber(wmkafka.SubscriberConfig{
		Brokers:               config.Brokers,
		ConsumerGroup:         config.Group,
		Unmarshaler:           Marshaler{},
		OverwriteSaramaConfig: settings,
		NackResendSleep:       config.NackDelay,
		Tracer:                claims,
	}, listener{newSubscriberLog(config), config.deny})
	if err != nil {
		return nil, fmt.Errorf("create the subscriber of group %q: %w", config.Group, err)
	}
	s := &Subscriber{config: config, inner: inner, claims: claims}
	if config.Commit == CommitBefore {
		s.committer, err = newCommitter(config)
	}
	return s, err
}

// Subscribe joins the group and delivers the topic's messages until ctx is done
// or the subscriber is closed; then the channel is closed. A message's context
// carries its handlers.Source and ends when the message need not be handled any
// longer. Subscribe once per subscriber: its claims are those of one topic.
func (s *Subscriber) Subscribe(ctx context.Context, topic string) (<-chan *message.Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.claims.stopping.Err() != nil:
		return nil, fmt.Errorf("subscribe to topic %q: the subscriber of group %q is closed; make a new one", topic, s.config.Group)
	case s.subscribed:
		return nil, fmt.Errorf("subscribe to topic %q: the subscriber of group %q has a subscription; make one for each", topic, s.config.Group)
	}
	// The messages' contexts derive from this one; it outlives ctx for the time
	// of the drain.
	innerCtx := context.WithoutCancel(ctx)
	received, err := s.inner.Subscribe(s.claims.bind(innerCtx), topic)
	if err != nil {
		return nil, s.config.explain(err)
	}
	s.subscribed = true
	stopWatching := context.AfterFunc(ctx, s.claims.stop)

	messages := make(chan *message.Message)
	s.delivering.Go(func() {
		defer stopWatching()
		defer close(messages)
		for msg := range received {
			s.deliver(topic, msg, messages)
		}
	})
	return messages, nil
}

func (s *Subscriber) deliver(topic string, msg *message.Message, messages chan<- *message.Message) {
	source := sourceOf(topic, msg)
	claim := s.claims.of(source.Partition)
	if claim == nil {
		return // The drain was over before, and Watermill has given the message up.
	}
	msg.SetContext(handlers.WithSource(claim.delivery(msg.Context()), source))
	if claim.taking.Err() == nil {
		select {
		case messages <- msg:
			return
		case <-claim.taking.Done():
		}
	}
	// The next owner of the partition gets it. Nothing else of this partition is in
	// flight, so its drain is over; then an ack marks nothing, and ends redelivery.
	claim.release()
	msg.Ack()
}

// Close drains and leaves the group. It returns when all is committed: at most
// DrainTimeout later and the time that the commit takes or, when the group is
// just being joined, the other members take to drain. It may be called
// repeatedly and concurrently.
func (s *Subscriber) Close() error {
	s.claims.stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.delivering.Wait()
	if s.committer != nil {
		s.committer.client.Close()
	}
	return s.inner.Close()
}
