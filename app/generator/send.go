package generator

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"sync/atomic"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"orderflow/app/ledger"
)

// Sender sends orders in parallel and keeps the order within each key. It has
// lanes, each of which publishes what waits for it, a chunk, and waits for the
// acknowledgement; all records of a key take the same lane.
type Sender struct {
	// Publisher must return from Publish when the broker has acknowledged, keep the
	// order of the messages of one Publish, and do its own retries without letting
	// later records overtake. Where they went it leaves in their receipts
	// (handlers.WithReceipt).
	Publisher message.Publisher
	Topic     string
	// Lanes is how many chunks may be on their way at once; 0 means 8.
	Lanes int
	// Rate bounds the orders per second; 0 means as fast as possible.
	Rate float64
	// Ledger, if not nil, gets every order before it is sent and its outcome
	// after.
	Ledger *ledger.Writer
	// OnSent, if not nil, is told of all acknowledged orders, a chunk at a time, those
	// of a key in their order. It is called concurrently, and a lane waits for it.
	OnSent func([]Sent)
}

// Sent is an order that the broker has acknowledged.
type Sent struct {
	Event Event
	// Partition and Offset are where the record is, both -1 if not known.
	Partition int32
	Offset    int64
}

// Result counts what became of the orders of a run.
type Result struct {
	Sent, Failed int64
	// Elapsed is how long Send took.
	Elapsed time.Duration
}

const (
	defaultLanes = 8
	// laneQueue is how many orders may wait for a lane, and so make a chunk. Few
	// lanes with long queues fill their chunks, and the batches of the publisher.
	laneQueue = 512
)

// Send sends all that the source has. When ctx is cancelled, an order fails, or
// the source or the ledger has an error, it begins no further order, waits for
// those on their way and returns the first error; that of ctx if there was no
// other. The result counts in any case. The source stays open.
func (s Sender) Send(ctx context.Context, source Source) (Result, error) {
	if s.Lanes == 0 {
		s.Lanes = defaultLanes
	}
	run := &run{Sender: s}
	start := time.Now()
	lanes, laneCtx := errgroup.WithContext(ctx)
	queues := make([]chan Event, s.Lanes)
	for i := range queues {
		queues[i] = make(chan Event, laneQueue)
		lanes.Go(func() error { return run.lane(laneCtx, queues[i]) })
	}
	lanes.Go(func() error { return s.distribute(laneCtx, source, queues) })
	err := lanes.Wait()

	result := Result{Sent: run.sent.Load(), Failed: run.failed.Load(), Elapsed: time.Since(start)}
	switch {
	case result.Failed > 0:
		return result, fmt.Errorf("send to topic %s: %d orders failed, the first: %w", s.Topic, result.Failed, err)
	case err != nil:
		return result, err
	default:
		return result, ctx.Err()
	}
}

// distribute hands the orders to the lanes until the source ends or ctx is done.
// It waits for its turn before it takes an order, so that created_at is the time
// of sending.
func (s Sender) distribute(ctx context.Context, source Source, queues []chan Event) error {
	defer func() {
		for _, queue := range queues {
			close(queue)
		}
	}()
	pace, hash := s.pace(), maphash.MakeSeed()
	for n, total := int64(0), source.Total(); n != total; n++ {
		if err := pace.Wait(ctx); err != nil {
			<-ctx.Done() // a deadline that would come before the turn
			return nil
		}
		event, err := source.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		lane := uint64(n) // without key: one after the other
		if event.Key != nil {
			lane = maphash.Bytes(hash, event.Key)
		}
		select {
		case queues[lane%uint64(len(queues))] <- event:
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}

// pace lets bursts of up to 10 ms pass, since no timer is exact enough for a wait
// of microseconds between two orders.
func (s Sender) pace() *rate.Limiter {
	if s.Rate <= 0 {
		return rate.NewLimiter(rate.Inf, 0)
	}
	return rate.NewLimiter(rate.Limit(s.Rate), max(1, int(s.Rate/100)))
}

// run is one call of Send.
type run struct {
	Sender
	sent, failed atomic.Int64
}
