package kafka

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"orderflow/handlers"
	"orderflow/infra/embedded/servertest"
)

// patience bounds the wait for an event that must come. No test takes so long.
const patience = time.Minute

// member is a member of a consumer group under test.
type member struct {
	*Subscriber
	inbox
}

// inbox is what a member gets.
type inbox struct {
	messages <-chan *message.Message
	events   chan event
}

// event is a line of the member's log about its partitions.
type event struct {
	what, group, id string
	partitions      []int32
}

// eventLog is a slog.Handler that keeps such lines.
type eventLog struct {
	topic  string
	events chan event
}

func (l eventLog) Enabled(context.Context, slog.Level) bool { return true }
func (l eventLog) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l eventLog) WithGroup(string) slog.Handler            { return l }

func (l eventLog) Handle(_ context.Context, line slog.Record) error {
	e := event{what: line.Message}
	line.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "group":
			e.group = a.Value.String()
		case "member":
			e.id = a.Value.String()
		case l.topic:
			e.partitions = a.Value.Any().([]int32)
		}
		return true
	})
	l.events <- e
	return nil
}

// newMember makes a subscriber that has not subscribed.
func newMember(t *testing.T, group, topic string, drain time.Duration, adapt ...func(*SubscriberConfig)) *member {
	t.Helper()
	m := &member{inbox: inbox{events: make(chan event, 1000)}}
	config := SubscriberConfig{
		Commit: CommitAfter, CommitInterval: 200 * time.Millisecond, SessionTimeout: 10 * time.Second,
		Config:       Config{Brokers: servertest.Kafka(t)},
		Group:        group,
		DrainTimeout: drain,
		NackDelay:    time.Millisecond,
		Logger:       slog.New(eventLog{topic, m.events}),
		Watermill:    watermill.NopLogger{},
	}
	for _, change := range adapt {
		change(&config)
	}
	var err error
	m.Subscriber, err = NewSubscriber(config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, m.Close()) })
	return m
}

// join makes a member that subscribes to the topic, with ample time to drain.
func join(t *testing.T, group, topic string) *member {
	t.Helper()
	return joinDraining(t, group, topic, patience)
}

func joinDraining(t *testing.T, group, topic string, drain time.Duration) *member {
	t.Helper()
	m := newMember(t, group, topic, drain)
	var err error
	m.messages, err = m.Subscribe(t.Context(), topic)
	require.NoError(t, err)
	return m
}

// next waits for a message.
func (m *inbox) next(t *testing.T) *message.Message {
	t.Helper()
	return receive(t, m.messages)
}

// awaitAssignment waits for the next assignment and skips revocations.
func (m *inbox) awaitAssignment(t *testing.T) event {
	t.Helper()
	for {
		if e := receive(t, m.events); e.what == "partitions assigned" {
			return e
		}
	}
}

// awaitPartitions waits until the member holds n partitions.
func (m *inbox) awaitPartitions(t *testing.T, n int) {
	t.Helper()
	for len(m.awaitAssignment(t).partitions) != n {
		continue
	}
}

// closing closes the member in the background and returns when it has begun to drain.
func (m *member) closing(t *testing.T) (closed <-chan error) {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- m.Close() }()
	receive(t, m.claims.stopping.Done())
	return ended
}

func receive[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case got := <-from:
		return got
	case <-time.After(patience):
		require.FailNow(t, "waited in vain")
		panic("unreachable")
	}
}

func offsetOf(msg *message.Message) int64 { return sourceIn(msg).Offset }

func sourceIn(msg *message.Message) handlers.Source {
	source, _ := handlers.SourceOf(msg.Context())
	return source
}
