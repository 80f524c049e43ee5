package messages_test

import (
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/pubsub/tests"

	"orderflow/infra/postgres/messages"
)

// suiteSubscriber creates the topics that the suite subscribes to.
type suiteSubscriber struct {
	*messages.Subscriber
	t      *testing.T
	topics *messages.Topics
}

var _ message.SubscribeInitializer = suiteSubscriber{}

func (s suiteSubscriber) SubscribeInitialize(topic string) error {
	_, err := s.topics.EnsureTopic(s.t.Context(), topic)
	return err
}

// Watermill's own tests, which every message.Subscriber ought to pass.
func TestPassesWatermillsSuite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inGroup := func(t *testing.T, group string) (message.Publisher, message.Subscriber) {
		t.Helper()
		config := settings(group)
		config.DrainTimeout = time.Second // a test of the suite leaves a message unacked
		return w.publisher(t), suiteSubscriber{w.subscriber(t, config), t, w.topics}
	}
	tests.TestPubSub(t, tests.Features{
		ConsumerGroups:  true,
		GuaranteedOrder: true,
		Persistent:      true,
		ForceShort:      true,
	}, func(t *testing.T) (message.Publisher, message.Subscriber) {
		t.Helper()
		return inGroup(t, t.Name()) // a test's subscribers are one group
	}, inGroup)
}
