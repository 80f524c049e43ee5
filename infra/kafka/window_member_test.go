package kafka

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/stretchr/testify/require"

	"orderflow/infra/embedded/servertest"
)

// windowConfig is how the tests of the windowed subscriber consume unless they
// need it otherwise.
func windowConfig(t testing.TB, group string) SubscriberConfig {
	t.Helper()
	return SubscriberConfig{
		Config:         Config{Brokers: servertest.Kafka(t)},
		Group:          group,
		Commit:         CommitAfter,
		CommitInterval: 200 * time.Millisecond,
		SessionTimeout: 10 * time.Second,
		DrainTimeout:   MaxDrain,
		NackDelay:      time.Millisecond,
		InFlight:       100,
		Ordering:       OrderingKey,
		Logger:         slog.New(slog.DiscardHandler),
		Watermill:      watermill.NopLogger{},
	}
}

// windowMember is a member of a consumer group under test.
type windowMember struct {
	*WindowedSubscriber
	inbox
}

// newWindowMember makes a windowed subscriber that has not subscribed.
func newWindowMember(t *testing.T, group, topic string, adapt ...func(*SubscriberConfig)) *windowMember {
	t.Helper()
	m := &windowMember{inbox: inbox{events: make(chan event, 1000)}}
	config := windowConfig(t, group)
	config.Logger = slog.New(eventLog{topic, m.events})
	for _, change := range adapt {
		change(&config)
	}
	var err error
	m.WindowedSubscriber, err = NewWindowedSubscriber(config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, m.Close()) })
	return m
}

// joinWindowed makes a member that subscribes to the topic.
func joinWindowed(t *testing.T, group, topic string, adapt ...func(*SubscriberConfig)) *windowMember {
	t.Helper()
	m := newWindowMember(t, group, topic, adapt...)
	var err error
	m.messages, err = m.Subscribe(t.Context(), topic)
	require.NoError(t, err)
	return m
}

// closing closes the member in the background and returns when it has begun to drain.
func (m *windowMember) closing(t *testing.T) (closed <-chan error) {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- m.Close() }()
	receive(t, m.subscriptions[0].stopping.Done())
	return ended
}

func draining(within time.Duration) func(*SubscriberConfig) {
	return func(c *SubscriberConfig) { c.DrainTimeout = within }
}

func inFlightOf(n int) func(*SubscriberConfig) {
	return func(c *SubscriberConfig) { c.InFlight = n }
}

func ordered(ordering Ordering) func(*SubscriberConfig) {
	return func(c *SubscriberConfig) { c.Ordering = ordering }
}

// recordLog is a slog.Handler that keeps all lines.
type recordLog chan slog.Record

func (recordLog) Enabled(context.Context, slog.Level) bool { return true }
func (l recordLog) WithAttrs([]slog.Attr) slog.Handler     { return l }
func (l recordLog) WithGroup(string) slog.Handler          { return l }

func (l recordLog) Handle(_ context.Context, line slog.Record) error {
	l <- line
	return nil
}

// await waits for a line of this level and returns its attributes.
func (l recordLog) await(t *testing.T, level slog.Level) map[string]any {
	t.Helper()
	for {
		line := receive(t, l)
		if line.Level != level {
			continue
		}
		told := map[string]any{}
		line.Attrs(func(a slog.Attr) bool {
			told[a.Key] = a.Value.Any()
			return true
		})
		return told
	}
}
