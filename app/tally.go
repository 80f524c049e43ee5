package main

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/prometheus/client_golang/prometheus"

	"orderflow/handlers"
	"orderflow/infra/telemetry"
)

// tally counts what becomes of the orders of one run, for its summary and its
// metrics. It is safe for concurrent use.
type tally struct {
	metrics   *telemetry.Metrics
	inserted  prometheus.Counter // of the metrics, found once
	handling  atomic.Int64       // messages in flight
	beginning sync.Once

	mu           sync.Mutex
	persisted    int64
	duplicates   int64
	deadLettered int64
	latency      *hdrhistogram.Histogram // in microseconds
	first        time.Time               // when the first order was begun
	last         time.Time               // when the last one was finished
	finished     chan struct{}           // holds a token when an order has been finished since it was last read
}

func newTally(metrics *telemetry.Metrics) *tally {
	const day = 24 * time.Hour
	return &tally{
		metrics:  metrics,
		inserted: metrics.Orders.WithLabelValues(string(handlers.Inserted)),
		latency:  hdrhistogram.New(1, day.Microseconds(), 3),
		finished: make(chan struct{}, 1),
	}
}

// inFlight is a middleware that counts the messages being handled.
func (t *tally) inFlight(next message.HandlerFunc) message.HandlerFunc {
	return func(msg *message.Message) ([]*message.Message, error) {
		t.handling.Add(1)
		defer t.handling.Add(-1)
		t.begin()
		return next(msg)
	}
}

// saved takes note of an order that the store has.
func (t *tally) saved(_ handlers.Order, source handlers.Source, outcome handlers.Outcome) {
	now := time.Now()
	latency, known := t.latencyOf(source.Timestamp, now)
	if outcome == handlers.Inserted {
		t.inserted.Inc()
	} else {
		t.metrics.Orders.WithLabelValues(string(outcome)).Inc()
	}
	if known && outcome == handlers.Inserted {
		t.metrics.Latency.Observe(latency.Seconds())
	}

	t.mu.Lock()
	defer t.mu.Unlock()
	if outcome == handlers.Inserted {
		t.persisted++
		if known {
			_ = t.latency.RecordValue(latency.Microseconds()) // in range, so no error
		}
	} else {
		t.duplicates++
	}
	t.done(now)
}

// deadLetter takes note of an order that the dead-letter topic has.
func (t *tally) deadLetter(_ handlers.Source, class handlers.Class) {
	t.metrics.Orders.WithLabelValues("dead_letter").Inc()
	t.metrics.DeadLetters.WithLabelValues(string(class)).Inc()

	t.mu.Lock()
	defer t.mu.Unlock()
	t.deadLettered++
	t.done(time.Now())
}

// givenUp takes note of an order that may be written or not.
func (t *tally) givenUp(handlers.Source) {
	t.metrics.Orders.WithLabelValues("given_up").Inc()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done(time.Now())
}

// outOfRange takes note of records that were deleted unread.
func (t *tally) outOfRange(missed int64) {
	t.metrics.OutOfRange.Inc()
	t.metrics.Missed.Add(float64(missed))
}

// latencyOf returns the latency of a record, unless it has no timestamp. Timestamps
// are the producers' word: what their clocks make negative counts as nothing, and
// nothing counts as more than the histogram's range, a day.
func (t *tally) latencyOf(timestamp, now time.Time) (latency time.Duration, known bool) {
	if timestamp.UnixMilli() < 0 { // Kafka's way to say none is -1
		return 0, false
	}
	highest := time.Duration(t.latency.HighestTrackableValue()) * time.Microsecond
	return min(max(now.Sub(timestamp), time.Microsecond), highest), true
}

func (t *tally) begin() {
	t.beginning.Do(func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.first = time.Now()
	})
}

// done notes that an order was finished; t.mu is held.
func (t *tally) done(now time.Time) {
	t.last = now
	select {
	case t.finished <- struct{}{}:
	default:
	}
}
