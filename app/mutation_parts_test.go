package main

import (
	"context"

	"github.com/ThreeDotsLabs/watermill/message"

	"orderflow/handlers"
)

// storing is a store that saves by a function.
type storing func(context.Context, handlers.Order, handlers.Source) (handlers.Outcome, error)

func (s storing) Save(ctx context.Context, order handlers.Order, source handlers.Source) (handlers.Outcome, error) {
	return s(ctx, order, source)
}

// publishing publishes a message if the function that sees it before says so.
type publishing struct {
	message.Publisher
	before func(*message.Message) (publish bool, err error)
}

func (p publishing) Publish(topic string, messages ...*message.Message) error {
	for _, msg := range messages {
		publish, err := p.before(msg)
		if err == nil && publish {
			err = p.Publisher.Publish(topic, msg)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// deliver hands a copy of a message on and returns when that has been handled,
// and whether it was acked.
type deliver func(*message.Message) (acked bool)

// handing is a subscriber with one message in flight, of which a function decides
// what is delivered, and whether the message is acked.
type handing struct {
	message.Subscriber
	hand func(*message.Message, deliver) (ack bool)
}

func (h handing) Subscribe(ctx context.Context, topic string) (<-chan *message.Message, error) {
	received, err := h.Subscriber.Subscribe(ctx, topic)
	if err != nil {
		return nil, err
	}
	messages := make(chan *message.Message)
	deliver := func(msg *message.Message) (acked bool) {
		source, _ := handlers.SourceOf(msg.Context())
		delivered := msg.Copy()
		// The context of a message ends when the next one comes.
		delivered.SetContext(handlers.WithSource(ctx, source))
		messages <- delivered
		select {
		case <-delivered.Acked():
			return true
		case <-delivered.Nacked():
			return false
		}
	}
	go func() {
		defer close(messages)
		for msg := range received {
			// Who is told to stop takes nothing more.
			if ctx.Err() == nil && h.hand(msg, deliver) {
				msg.Ack()
			} else {
				msg.Nack()
			}
		}
	}()
	return messages, nil
}
