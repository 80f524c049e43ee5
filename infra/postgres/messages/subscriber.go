package messages

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	wmsql "github.com/ThreeDotsLabs/watermill-sql/v3/pkg/sql"
	"github.com/ThreeDotsLabs/watermill/message"
)

const (
	// afterDrain is what the last commit may take when the drain is over.
	afterDrain = 3 * time.Second
	// unlimited is an AckDeadline: an outage of the database may last, and what it
	// would be good for is done by the session timeout. watermill-sql's 0 is refused.
	unlimited = 10 * 365 * 24 * time.Hour
)

// SubscriberConfig is how to consume.
type SubscriberConfig struct {
	// Group is the consumer group, up to 255 bytes.
	Group string
	// SessionTimeout is that of SessionSettings.
	SessionTimeout time.Duration
	// DrainTimeout bounds how long a message that is being handled may take to
	// finish when the subscriber is closed.
	DrainTimeout time.Duration
	// NackDelay is how long after a nack the message is delivered again.
	NackDelay time.Duration
	// Assigned, if not nil, is called when a subscription has begun. It must not
	// block.
	Assigned func()
	Logger   *slog.Logger
	// Watermill is the logger for watermill-sql's subscriber.
	Watermill watermill.LoggerAdapter
}

// Subscriber is watermill-sql's subscriber, made to end in good order and to give
// its turn away when it hangs. watermill-sql's own drops the message in flight
// when it is closed, waits for its turn for ever, and would keep it as long as its
// process exists. It is safe for concurrent use.
type Subscriber struct {
	db     *sql.DB
	config SubscriberConfig

	stopping context.Context // done when no more messages shall be taken
	stop     context.CancelFunc
	mu       sync.Mutex // Close waits for a Subscribe that is connecting
	running  sync.WaitGroup
}

var _ message.Subscriber = (*Subscriber)(nil)

// NewSubscriber returns a subscriber of a consumer group that closes the pool,
// whose connections have SessionSettings: one for each subscription. A new group
// starts at the oldest message.
func NewSubscriber(db *sql.DB, config SubscriberConfig) *Subscriber {
	stopping, stop := context.WithCancel(context.Background())
	return &Subscriber{db: db, config: config, stopping: stopping, stop: stop}
}

var errClosed = errors.New("the subscriber is closed; make a new one")

// Subscribe delivers the topic's messages, one at a time, until ctx is done or the
// subscriber is closed; then the channel is closed. A message's context carries
// its handlers.Source, with partition 0, and ends when the message need not be
// handled any longer.
func (s *Subscriber) Subscribe(ctx context.Context, topic string) (<-chan *message.Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping.Err() != nil {
		return nil, fmt.Errorf("subscribe to topic %q: %w", topic, errClosed)
	}
	if err := s.register(ctx, topic); err != nil && ctx.Err() == nil {
		return nil, err
	}
	if ctx.Err() != nil { // what was asked to stop is no error
		ended := make(chan *message.Message)
		close(ended)
		return ended, nil
	}
	subscribed := newSubscription(ctx, s, topic)
	deadline := unlimited
	var err error
	subscribed.inner, err = wmsql.NewSubscriber(turns{s.db, subscribed}, wmsql.SubscriberConfig{
		ConsumerGroup:  s.config.Group,
		AckDeadline:    &deadline,
		ResendInterval: s.config.NackDelay,
		BackoffManager: &backoff{stopping: subscribed.stopping, logger: s.config.Logger, topic: topic},
		SchemaAdapter:  Adapter{},
		OffsetsAdapter: noting{offsets(), subscribed},
	}, s.config.Watermill)
	if err != nil {
		return nil, fmt.Errorf("set up the subscriber of group %q: %w", s.config.Group, err)
	}
	received, err := subscribed.inner.Subscribe(subscribed.life, topic)
	if err != nil {
		subscribed.end()
		return nil, fmt.Errorf("subscribe to topic %q: %w", topic, err)
	}
	s.running.Go(func() { subscribed.run(received) })
	s.config.Logger.Info("subscribed", slog.String("group", s.config.Group), slog.String("topic", topic))
	if s.config.Assigned != nil {
		s.config.Assigned()
	}
	return subscribed.messages, nil
}

// register makes sure that the group has a position, at first before the oldest
// message.
func (s *Subscriber) register(ctx context.Context, topic string) error {
	gone, err := missing(ctx, s.db, topic)
	if err != nil {
		return err
	}
	if gone {
		return fmt.Errorf("there is no topic %q in this database; processor and generator create it when they start", topic)
	}
	for _, query := range offsets().BeforeSubscribingQueries(topic, s.config.Group) {
		if _, err := s.db.ExecContext(ctx, query.Query, query.Args...); err != nil {
			return fmt.Errorf("register group %q with topic %q: %w", s.config.Group, topic, err)
		}
	}
	return nil
}

// Close ends the subscriptions. It returns when what was acked is committed: at
// most DrainTimeout later, and the time that the commit takes. It may be called
// repeatedly and concurrently.
func (s *Subscriber) Close() error {
	s.stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running.Wait()
	return s.db.Close()
}
