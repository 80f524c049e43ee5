package main

import (
	"encoding/json"
	"slices"

	"github.com/ThreeDotsLabs/watermill/message"

	"orderflow/handlers"
	"orderflow/infra/kafka"
	"orderflow/infra/postgres"
	"orderflow/middleware"
)

// The bugs that are settings.

func commitBefore(f *handlingFlags)  { f.Commit = kafka.CommitBefore }
func commitOnTimer(f *handlingFlags) { f.Commit = kafka.CommitOnTimer }
func insertEach(f *handlingFlags)    { f.Write = postgres.Insert }

func poisonOnOutage(f *handlingFlags) { f.OnOutage, f.RetryMax = "dead-letter", 0 }

// The bugs of the subscriber.

func ackFirst(p *parts) {
	p.subscriber = handing{p.subscriber, func(msg *message.Message, deliver deliver) bool {
		msg.Ack()
		return deliver(msg)
	}}
}

func ackOnError(p *parts) {
	p.subscriber = handing{p.subscriber, func(msg *message.Message, deliver deliver) bool {
		deliver(msg)
		return true
	}}
}

// commitPastGap lets some messages wait for a later that never comes.
func commitPastGap(p *parts) {
	waits := every(7)
	p.subscriber = handing{p.subscriber, func(msg *message.Message, deliver deliver) bool {
		return waits() || deliver(msg)
	}}
}

// retryLater hands on the first order of each user after the second.
func retryLater(p *parts) {
	waiting := map[string]*message.Message{} // nil once its successor has come
	p.subscriber = handing{p.subscriber, func(msg *message.Message, deliver deliver) bool {
		order, err := handlers.Check(handlers.KeyOf(msg), msg.Payload)
		first, later := waiting[order.UserID]
		switch {
		case err != nil || later && first == nil:
			return deliver(msg)
		case !later:
			waiting[order.UserID] = msg
			return true
		default:
			waiting[order.UserID] = nil
			return deliver(msg) && deliver(first)
		}
	}}
}

// mendKey makes valid what is invalid for its key alone.
func mendKey(p *parts) {
	p.subscriber = handing{p.subscriber, func(msg *message.Message, deliver deliver) bool {
		var order handlers.Order
		_ = json.Unmarshal(msg.Payload, &order)
		if _, err := handlers.Check([]byte(order.UserID), msg.Payload); err == nil {
			msg.Metadata[handlers.KeyMetadata] = order.UserID
		}
		return deliver(msg)
	}}
}

// The bugs of the dead letters.

func noLetter(p *parts) {
	p.publisher = publishing{p.publisher, func(*message.Message) (bool, error) { return false, nil }}
}

func letterWithoutKey(p *parts) {
	p.publisher = writing(p, func(letter *message.Message) { delete(letter.Metadata, handlers.KeyMetadata) })
}

func letterWithLineFeed(p *parts) {
	p.publisher = writing(p, func(letter *message.Message) { letter.Payload = append(slices.Clone(letter.Payload), '\n') })
}

func letterWithoutOffset(p *parts) {
	p.publisher = writing(p, func(letter *message.Message) { delete(letter.Metadata, middleware.OriginalOffsetKey) })
}

// writing is the publisher, given other letters than those of the middleware.
func writing(p *parts, alter func(letter *message.Message)) publishing {
	return publishing{p.publisher, func(letter *message.Message) (bool, error) {
		alter(letter)
		return true, nil
	}}
}
