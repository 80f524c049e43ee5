package middleware

import (
	"context"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/cenkalti/backoff/v5"

	"orderflow/handlers"
)

// Outage holds messages back while the database cannot be used. The first
// message that meets the outage probes: it is tried again, without end, at
// growing intervals. The others wait for it, so that a database that comes back
// is not met by all of them at once, and no order is dead-lettered for an outage.
type Outage struct {
	// InitialInterval is the time before the first probe, MaxInterval the longest
	// between two; each is spread by half of it either way.
	InitialInterval, MaxInterval time.Duration
	// Changed, if not nil, is told of the beginning of an outage with its error,
	// and of its end with nil. It must not block.
	Changed func(cause error)

	mu      sync.Mutex
	cause   error         // not nil while the outage lasts
	probing bool          // a message is probing
	changed chan struct{} // closed when cause or probing changes for those who wait
}

// Middleware is the layer. It may be used by several handlers, which then wait
// for one another.
func (o *Outage) Middleware(next message.HandlerFunc) message.HandlerFunc {
	return func(msg *message.Message) ([]*message.Message, error) {
		for {
			prober, err := o.enter(msg.Context())
			if err != nil {
				return nil, handlers.Fail(handlers.Canceled, err)
			}
			if prober {
				return o.probe(next, msg)
			}
			produced, err := next(msg)
			if err == nil || !handlers.ClassOf(err).Lasts() {
				return produced, err
			}
			o.begin(err)
		}
	}
}

// enter waits while somebody else probes. prober is true when an outage lasts
// and the caller is now the one who probes.
func (o *Outage) enter(ctx context.Context) (prober bool, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.cause != nil && o.probing {
		changed := o.changed
		o.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
		}
		o.mu.Lock()
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
	}
	o.probing = o.cause != nil
	return o.probing, nil
}

func (o *Outage) begin(cause error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.cause != nil {
		return
	}
	o.cause = cause
	o.changed = make(chan struct{})
	o.tell(cause)
}

// probe tries msg until something else than an outage comes of it. Whoever is
// cancelled meanwhile leaves the probing to another message.
func (o *Outage) probe(next message.HandlerFunc, msg *message.Message) (produced []*message.Message, err error) {
	over := false
	defer func() { o.leave(over) }()

	intervals := backoff.NewExponentialBackOff()
	intervals.InitialInterval, intervals.MaxInterval = o.InitialInterval, o.MaxInterval
	for {
		select {
		case <-time.After(intervals.NextBackOff()):
		case <-msg.Context().Done():
			return nil, handlers.Fail(handlers.Canceled, msg.Context().Err())
		}
		produced, err = next(msg)
		if class := handlers.ClassOf(err); !class.Lasts() {
			// Being stopped says nothing of the database, whatever error it makes.
			over = err == nil || class != handlers.Canceled && msg.Context().Err() == nil
			return produced, err
		}
	}
}

func (o *Outage) leave(over bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.probing = false
	close(o.changed)
	if over {
		o.cause = nil
		o.tell(nil)
	} else {
		o.changed = make(chan struct{})
	}
}

func (o *Outage) tell(cause error) {
	if o.Changed != nil {
		o.Changed(cause)
	}
}
