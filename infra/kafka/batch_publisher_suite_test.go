package kafka

import (
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/pubsub/tests"
	"github.com/stretchr/testify/require"
)

// Watermill's own tests, with the publisher of orders and events.
func TestBatchPublisherPassesWatermillsSuite(t *testing.T) {
	t.Parallel()
	inGroup := func(t *testing.T, group string) (message.Publisher, message.Subscriber) {
		t.Helper()
		config := windowConfig(t, group)
		config.Ordering = OrderingPartition
		config.DrainTimeout = time.Second // a test of the suite leaves a message unacked
		subscriber, err := NewWindowedSubscriber(config)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, subscriber.Close()) }) // the suite forgets some
		return newBatchPublisher(t), suiteSubscriber{subscriber, t, 1}
	}
	tests.TestPubSub(t, tests.Features{
		ConsumerGroups:  true,
		GuaranteedOrder: true,
		Persistent:      true,
	}, func(t *testing.T) (message.Publisher, message.Subscriber) {
		t.Helper()
		return inGroup(t, t.Name())
	}, inGroup)
}
