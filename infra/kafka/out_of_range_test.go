package kafka

import (
	"crypto/rand"
	"log/slog"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/infra/embedded/servertest"
)

// subscribers are the two that there are.
var subscribers = map[string]func(SubscriberConfig) (message.Subscriber, error){
	"one in flight":  func(c SubscriberConfig) (message.Subscriber, error) { return NewSubscriber(c) },
	"many in flight": func(c SubscriberConfig) (message.Subscriber, error) { return NewWindowedSubscriber(c) },
}

// The group resumes at an offset of which the topic has no record any longer, or
// none yet because it was made anew.
func TestACommittedOffsetOutOfRangeIsReported(t *testing.T) {
	t.Parallel()
	for name, subscriber := range subscribers {
		for what, test := range map[string]struct{ committed, missed int64 }{"expired": {3, 3}, "ahead": {100, 0}} {
			t.Run(name+", "+what, func(t *testing.T) {
				t.Parallel()
				topic, group := servertest.Topic(t, 1), servertest.Name("group")
				servertest.Produce(t, topic, numbered(0, 10)...)
				servertest.Expire(t, topic, 6)
				commitOffset(t, group, topic, test.committed)

				reports, missed := make(recordLog, 1000), make(chan int64, 1)
				config := windowConfig(t, group)
				config.Logger, config.OutOfRange = slog.New(reports), func(n int64) { missed <- n }
				member, err := subscriber(config)
				require.NoError(t, err)
				messages, err := member.Subscribe(t.Context(), topic)
				require.NoError(t, err)
				for offset := int64(6); offset < 10; offset++ {
					msg := receive(t, messages)
					require.Equal(t, offset, offsetOf(msg))
					msg.Ack()
				}
				told := reports.await(t, slog.LevelError)
				require.Equal(t, test.committed, told["wanted"])
				require.EqualValues(t, 6, told["oldest"])
				require.Equal(t, test.missed, told["missed"])
				require.Equal(t, test.missed, receive(t, missed))
				require.NoError(t, member.Close())
				require.Equal(t, map[int32]int64{0: 10}, servertest.Committed(t, group, topic))
			})
		}
	}
}

func commitOffset(t *testing.T, group, topic string, offset int64) {
	t.Helper()
	offsets := kadm.OffsetsFromRecords(kgo.Record{Topic: topic, Offset: offset - 1})
	require.NoError(t, kadm.NewClient(servertest.Client(t)).CommitAllOffsets(t.Context(), group, offsets))
}

// A group that is slower than the retention: records go while it holds those
// before them. Each offset is delivered or told to be missed.
func TestRecordsThatExpireBeforeASlowGroupGetsToThemAreReported(t *testing.T) {
	t.Parallel()
	const records, held = 10, 8
	topic := servertest.Topic(t, 1)
	value := make([]byte, 900<<10)
	_, err := rand.Read(value) // compressed they would fit into a single fetch
	require.NoError(t, err)
	for range records {
		servertest.Produce(t, topic, &kgo.Record{Value: value})
	}
	var missed int64
	m := joinWindowed(t, servertest.Name("group"), topic, inFlightOf(1), func(c *SubscriberConfig) {
		c.InFlightBytes = 1
		c.OutOfRange = func(n int64) { missed += n } // before the delivery that follows
	})
	first := m.next(t)
	m.awaitPause(t)
	servertest.Expire(t, topic, held)
	first.Ack()
	delivered := int64(1)
	for last := offsetOf(first); last < records-1; delivered++ {
		msg := m.next(t)
		last = offsetOf(msg)
		msg.Ack()
	}
	require.Positive(t, missed, "%d delivered", delivered)
	require.EqualValues(t, records, delivered+missed)
}

// awaitPause waits until so much was fetched that no more is.
func (m *windowMember) awaitPause(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		p := m.subscriptions[0].assigned.of(0)
		p.mu.Lock()
		defer p.mu.Unlock()
		return len(p.backlog) > 0
	}, patience, time.Millisecond)
}
