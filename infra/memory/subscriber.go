package memory

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
)

// SubscriberConfig is how to consume.
type SubscriberConfig struct {
	// DrainTimeout bounds how long a message that is being handled may take to
	// finish when the subscriber is closed.
	DrainTimeout time.Duration
	// NackDelay is how long after a nack the message is delivered again.
	NackDelay time.Duration
	// Assigned, if not nil, is called when a subscription has begun. It must not
	// block.
	Assigned func()
}

// Subscriber takes messages from a bus, one at a time. Unlike GoChannel it gives
// them their source, waits after a nack, and when it is closed lets the message
// that is being handled finish. It is safe for concurrent use.
type Subscriber struct {
	bus    *Bus
	config SubscriberConfig

	stopping context.Context
	stop     context.CancelFunc
	mu       sync.Mutex // Close waits for a Subscribe
	running  sync.WaitGroup
}

var _ message.Subscriber = (*Subscriber)(nil)

// Subscriber returns a subscriber of this bus. Each of its subscriptions receives
// every message.
func (b *Bus) Subscriber(config SubscriberConfig) *Subscriber {
	stopping, stop := context.WithCancel(context.Background())
	return &Subscriber{bus: b, config: config, stopping: stopping, stop: stop}
}

var errClosed = errors.New("the subscriber is closed; make a new one")

// Subscribe delivers what is published from now on, until ctx is done or the
// subscriber is closed; then the channel is closed. A message's context carries
// its handlers.Source and ends when the message need not be handled any longer.
func (s *Subscriber) Subscribe(ctx context.Context, topic string) (<-chan *message.Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping.Err() != nil {
		return nil, fmt.Errorf("subscribe to topic %q: %w", topic, errClosed)
	}
	stopping, stop := context.WithCancel(ctx)
	unregister := context.AfterFunc(s.stopping, stop)
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	received, err := s.bus.topic(topic).channel.Subscribe(life, topic)
	if err != nil {
		unregister()
		stop()
		end()
		return nil, fmt.Errorf("subscribe to topic %q: %w", topic, err)
	}
	subscribed := subscription{s.config, topic, make(chan *message.Message), stopping}
	s.running.Go(func() {
		defer stop()
		defer unregister()
		defer close(subscribed.messages)
		defer func() { // GoChannel lets go of the publisher
			end()
			for range received { // until GoChannel has closed it
			}
		}()
		subscribed.run(received)
	})
	if s.config.Assigned != nil {
		s.config.Assigned()
	}
	return subscribed.messages, nil
}

// Close ends the subscriptions, at most DrainTimeout later. It may be called
// repeatedly and concurrently.
func (s *Subscriber) Close() error {
	s.stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running.Wait()
	return nil
}
