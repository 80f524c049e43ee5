package kafka

import (
	"context"
	"time"

	"github.com/IBM/sarama"
)

// heldClaim is a partition that is ours until its drain is over. It is safe for
// concurrent use, but for delivery.
type heldClaim struct {
	session  sarama.ConsumerGroupSession
	taking   context.Context    // done when no message is delivered any longer
	draining context.Context    // done when it was revoked, or the subscriber closed
	drain    context.CancelFunc // ends draining
	working  context.Context    // done when the drain is over
	release  context.CancelFunc // ends working
	endLast  context.CancelFunc // ends the context of the message delivered last
}

func newHeldClaim(session sarama.ConsumerGroupSession, config SubscriberConfig) *heldClaim {
	draining, drain := context.WithCancel(session.Context())
	working, release := lasting(context.Background(), draining, config.DrainTimeout)
	taking := draining
	if config.Commit == CommitOnTimer {
		taking = working // what is marked already is handled if the drain leaves time for it
	}
	return &heldClaim{session, taking, draining, drain, working, release, func() {}}
}

// delivery derives from the context of a message the one to deliver it with. It
// ends with the drain, and when the next message is delivered.
func (c *heldClaim) delivery(ctx context.Context) context.Context {
	c.endLast()
	ctx, c.endLast = context.WithCancel(ctx)
	unregister := context.AfterFunc(c.working, c.endLast)
	context.AfterFunc(ctx, func() { unregister() })
	return ctx
}

// lasting derives from parent a context that outlives end by grace.
func lasting(parent, end context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(parent)
	unregister := context.AfterFunc(end, func() {
		timer := time.AfterFunc(grace, cancel)
		context.AfterFunc(ctx, func() { timer.Stop() })
	})
	context.AfterFunc(ctx, func() { unregister() })
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

// fedClaim is the claim as Watermill sees it: its messages end when the context
// that feed was given does, although sarama may hold more.
type fedClaim struct {
	sarama.ConsumerGroupClaim
	messages chan *sarama.ConsumerMessage
}

func (c fedClaim) Messages() <-chan *sarama.ConsumerMessage { return c.messages }

// feed starts to hand the claim's messages on, until ctx is done or stop is
// called, and up to ahead of them before they are asked for. taken is told of each
// that was handed on.
func feed(ctx context.Context, claim sarama.ConsumerGroupClaim, ahead int, taken func(*sarama.ConsumerMessage)) (fed fedClaim, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	fed = fedClaim{claim, make(chan *sarama.ConsumerMessage, ahead)}
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
					taken(record)
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

// unmarked is a session in which nothing is marked: what CommitNow has committed
// is ahead of what is acked, and committing a mark would take it back.
type unmarked struct{ sarama.ConsumerGroupSession }

func (unmarked) MarkMessage(*sarama.ConsumerMessage, string) {}
