package kafka

import (
	"context"
	"time"

	"github.com/IBM/sarama"
)

// lasting derives from parent a context that outlives the first of ends to be
// done by grace.
func lasting(parent context.Context, grace time.Duration, ends ...context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(parent)
	for _, end := range ends {
		unregister := context.AfterFunc(end, func() {
			timer := time.AfterFunc(grace, cancel)
			context.AfterFunc(ctx, func() { timer.Stop() })
		})
		context.AfterFunc(ctx, func() { unregister() })
	}
	return ctx, cancel
}

// drainingSession is the session as Watermill sees it: it is over only when the
// drain is, so that a message which was in flight when the partition was revoked
// is still marked, and committed with the rest when the session is released.
type drainingSession struct {
	sarama.ConsumerGroupSession
	working context.Context
}

func (s drainingSession) Context() context.Context { return s.working }

// fedClaim is the claim as Watermill sees it: its messages end when the first
// of the contexts that feed was given does, although sarama may hold more.
type fedClaim struct {
	sarama.ConsumerGroupClaim
	messages chan *sarama.ConsumerMessage
}

func (c fedClaim) Messages() <-chan *sarama.ConsumerMessage { return c.messages }

// feed starts to hand the claim's messages on, until one of ends is done or stop
// is called.
func feed(claim sarama.ConsumerGroupClaim, ends ...context.Context) (fed fedClaim, stop func()) {
	ctx, cancel := lasting(context.Background(), 0, ends...)
	fed = fedClaim{claim, make(chan *sarama.ConsumerMessage)}
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		defer close(fed.messages)
		for ctx.Err() == nil {
			select {
			case record, ok := <-claim.Messages():
				if !ok {
					return
				}
				select {
				case fed.messages <- record:
				case <-ctx.Done():
				}
			case <-ctx.Done():
			}
		}
	}()
	return fed, func() {
		cancel()
		<-stopped
	}
}
