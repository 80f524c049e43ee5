package kafka

import (
	"errors"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"orderflow/infra/embedded/servertest"
)

func TestCloseIsForGood(t *testing.T) {
	t.Parallel()
	topic := servertest.Topic(t, 1)
	m := newMember(t, servertest.Name("group"), topic, patience)
	var messages <-chan *message.Message
	subscribed := make(chan error)
	go func() {
		var err error
		messages, err = m.Subscribe(t.Context(), topic)
		subscribed <- err
	}()
	first, second := m.closing(t), m.closing(t)
	// Whether Subscribe or Close came first, the member ends.
	if err := receive(t, subscribed); err == nil {
		require.Nil(t, receive(t, messages))
	} else {
		require.ErrorContains(t, err, "is closed")
	}
	require.NoError(t, errors.Join(receive(t, first), receive(t, second)))

	_, err := m.Subscribe(t.Context(), topic)
	require.ErrorContains(t, err, "is closed")
	require.NoError(t, m.Close())
}

func TestSubscribeOnce(t *testing.T) {
	t.Parallel()
	topic := servertest.Topic(t, 1)
	m := join(t, servertest.Name("group"), topic)
	_, err := m.Subscribe(t.Context(), topic)
	require.ErrorContains(t, err, "has a subscription")
}
