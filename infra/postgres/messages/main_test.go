package messages_test

import (
	"bytes"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"orderflow/infra/embedded/servertest"
	"orderflow/infra/postgres"
	"orderflow/infra/postgres/messages"
)

func TestMain(m *testing.M) { servertest.Main(m) }

// world is a database of one test, with a topic.
type world struct {
	url    string
	config postgres.Config
	topic  string
	topics *messages.Topics
}

func newWorld(t *testing.T) world {
	t.Helper()
	w := world{url: servertest.Database(t), topic: servertest.Name("orders")}
	var err error
	w.config, err = postgres.ParseURL(w.url)
	require.NoError(t, err)
	pool, err := w.config.Pool(t.Context(), 4, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, pool.Close()) })
	w.topics = messages.NewTopics(pool)
	created, err := w.topics.EnsureTopic(t.Context(), w.topic)
	require.NoError(t, err)
	require.True(t, created)
	return w
}

func (w world) publisher(t *testing.T) *messages.Publisher {
	t.Helper()
	pool, err := w.config.Pool(t.Context(), 4, nil)
	require.NoError(t, err)
	publisher := messages.NewPublisher(pool, postgres.Interrupted, watermill.NopLogger{})
	t.Cleanup(func() { require.NoError(t, publisher.Close()) })
	return publisher
}

// settings are those of a subscriber, for a test to change.
func settings(group string) messages.SubscriberConfig {
	return messages.SubscriberConfig{
		Group: group, SessionTimeout: time.Minute, DrainTimeout: time.Minute, NackDelay: time.Millisecond,
		Logger: slog.New(slog.DiscardHandler), Watermill: watermill.NopLogger{},
	}
}

func (w world) subscriber(t *testing.T, config messages.SubscriberConfig) *messages.Subscriber {
	t.Helper()
	pool, err := w.config.Pool(t.Context(), 4, messages.SessionSettings(w.topic, config.Group, config.SessionTimeout))
	require.NoError(t, err)
	subscriber := messages.NewSubscriber(pool, config)
	t.Cleanup(func() { require.NoError(t, subscriber.Close()) })
	return subscriber
}

// subscribe is a new member of a group.
func (w world) subscribe(t *testing.T, config messages.SubscriberConfig) (*messages.Subscriber, <-chan *message.Message) {
	t.Helper()
	subscriber := w.subscriber(t, config)
	received, err := subscriber.Subscribe(t.Context(), w.topic)
	require.NoError(t, err)
	return subscriber, received
}

func (w world) publish(t *testing.T, values ...string) {
	t.Helper()
	publisher := w.publisher(t)
	for _, value := range values {
		require.NoError(t, publisher.Publish(w.topic, message.NewMessage(watermill.NewUUID(), []byte(value))))
	}
}

// take acks so many messages and returns their values.
func take(t *testing.T, received <-chan *message.Message, n int) []string {
	t.Helper()
	var values []string
	for range n {
		msg := next(t, received)
		values = append(values, string(msg.Payload))
		require.True(t, msg.Ack())
	}
	return values
}

func next(t *testing.T, received <-chan *message.Message) *message.Message {
	t.Helper()
	select {
	case msg, open := <-received:
		require.True(t, open, "the subscription has ended")
		return msg
	case <-t.Context().Done():
		require.FailNow(t, "the test ended before a message came")
		return nil
	}
}

// logBuffer keeps a log. It is safe for concurrent use.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
