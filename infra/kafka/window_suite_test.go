package kafka

import (
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/pubsub/tests"
	"github.com/stretchr/testify/require"
)

// suiteSubscriber creates the topics that the suite subscribes to.
type suiteSubscriber struct {
	*WindowedSubscriber
	t          *testing.T
	partitions int32
}

var _ message.SubscribeInitializer = suiteSubscriber{}

func (s suiteSubscriber) SubscribeInitialize(topic string) error {
	_, err := newAdmin(s.t).EnsureTopic(s.t.Context(), topic, s.partitions, nil)
	return err
}

// Watermill's own tests, which every message.Subscriber ought to pass.
func TestWindowedSubscriberPassesWatermillsSuite(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		ordering   Ordering
		partitions int32
		inOrder    bool // the suite's messages have no keys
	}{
		{ordering: OrderingKey, partitions: 4},
		{ordering: OrderingNone, partitions: 4},
		{ordering: OrderingPartition, partitions: 1, inOrder: true},
	} {
		t.Run(string(test.ordering), func(t *testing.T) {
			t.Parallel()
			inGroup := func(t *testing.T, group string) (message.Publisher, message.Subscriber) {
				t.Helper()
				config := windowConfig(t, group)
				config.Ordering = test.ordering
				config.DrainTimeout = time.Second // a test of the suite leaves a message unacked
				subscriber, err := NewWindowedSubscriber(config)
				require.NoError(t, err)
				t.Cleanup(func() { require.NoError(t, subscriber.Close()) }) // the suite forgets some
				return newPublisher(t), suiteSubscriber{subscriber, t, test.partitions}
			}
			tests.TestPubSub(t, tests.Features{
				ConsumerGroups:  true,
				GuaranteedOrder: test.inOrder,
				Persistent:      true,
			}, func(t *testing.T) (message.Publisher, message.Subscriber) {
				t.Helper()
				return inGroup(t, t.Name()) // a test's subscribers are one group
			}, inGroup)
		})
	}
}
