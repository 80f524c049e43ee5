package main

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/ThreeDotsLabs/watermill/message"

	"orderflow/handlers"
)

var errHalfway = errors.New("stopped half-way")

// stoppedAfter stops the processor in the middle of its work: after so many
// saves the others do not come to an end before the shutdown timeout.
func stoppedAfter(sound int64) func(*parts) {
	return func(p *parts) {
		var saves atomic.Int64
		save, fail := p.store.Save, p.fail
		p.store = storing(func(ctx context.Context, order handlers.Order, source handlers.Source) (handlers.Outcome, error) {
			if saves.Add(1) <= sound {
				return save(ctx, order, source)
			}
			fail(errHalfway)
			<-ctx.Done()
			return "", ctx.Err()
		})
	}
}

// deliveredAgain has the last ten messages come again, as after a crash before
// they were committed.
func deliveredAgain(p *parts) {
	var last []*message.Message
	p.subscriber = handing{p.subscriber, func(msg *message.Message, deliver deliver) bool {
		acked := deliver(msg)
		if last = append(last, msg); len(last) == 10 {
			for _, again := range last {
				acked = deliver(again) && acked
			}
			last = nil
		}
		return acked
	}}
}

func repliesLost(p *parts) {
	lost, save := every(10), p.store.Save
	p.store = storing(func(ctx context.Context, order handlers.Order, source handlers.Source) (handlers.Outcome, error) {
		outcome, err := save(ctx, order, source)
		if err == nil && lost() {
			return "", handlers.Fail(handlers.Unconfirmed, errors.New("the reply is lost"))
		}
		return outcome, err
	})
}

func databaseAway(p *parts) {
	away, save := every(10), p.store.Save
	p.store = storing(func(ctx context.Context, order handlers.Order, source handlers.Source) (handlers.Outcome, error) {
		if away() {
			return "", handlers.Fail(handlers.Outage, errors.New("the database is away"))
		}
		return save(ctx, order, source)
	})
}

// deadLetterRefused refuses one: a nacked message takes a second to come again.
func deadLetterRefused(p *parts) {
	var refused atomic.Bool
	p.publisher = publishing{p.publisher, func(*message.Message) (bool, error) {
		if refused.CompareAndSwap(false, true) {
			return false, errors.New("the topic takes nothing")
		}
		return true, nil
	}}
}

// every returns a function that returns true at each n-th call.
func every(n int64) func() bool {
	var calls atomic.Int64
	return func() bool { return calls.Add(1)%n == 0 }
}
