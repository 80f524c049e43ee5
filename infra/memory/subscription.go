package memory

import (
	"context"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"orderflow/handlers"
)

// subscription is one call of Subscribe.
type subscription struct {
	config   SubscriberConfig
	topic    string
	messages chan *message.Message
	stopping context.Context
}

// run hands the messages on until the subscription shall stop.
func (s subscription) run(received <-chan *message.Message) {
	for {
		select {
		case msg, ok := <-received:
			if !ok || !s.deliver(msg) {
				return
			}
		case <-s.stopping.Done():
			return
		}
	}
}

// deliver hands a message out and returns when it is acked or nacked; it returns
// false when the subscription shall stop.
func (s subscription) deliver(msg *message.Message) bool {
	handed := msg.Copy() // GoChannel sends the message itself again after a nack
	ctx, cancel := context.WithCancel(handlers.WithSource(msg.Context(), sourceOf(s.topic, handed)))
	defer cancel()
	handed.SetContext(ctx)
	select {
	case s.messages <- handed:
	case <-s.stopping.Done():
		return false
	}
	finished, stop := s.finishing()
	defer stop()
	select {
	case <-handed.Acked():
		msg.Ack()
		return true
	case <-handed.Nacked():
		select {
		case <-time.After(s.config.NackDelay):
		case <-s.stopping.Done():
		}
		msg.Nack()
		return true
	case <-finished.Done():
		return false
	}
}

// finishing returns a context that outlives the subscription by DrainTimeout.
func (s subscription) finishing() (context.Context, context.CancelFunc) {
	finished, cancel := context.WithCancel(context.Background())
	unregister := context.AfterFunc(s.stopping, func() {
		timer := time.AfterFunc(s.config.DrainTimeout, cancel)
		context.AfterFunc(finished, func() { timer.Stop() })
	})
	return finished, func() {
		unregister()
		cancel()
	}
}
