package timing

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Latency is a distribution of the times from a record's timestamp to its row's
// commit, of 1 us to a day, exact to three digits. It is not for concurrent use.
//
// Where orders are sent at their own pace, whether or not they are taken, it has
// no coordinated omission: an order that waits counts from when it was sent.
type Latency struct {
	histogram *hdrhistogram.Histogram // in microseconds
}

// NewLatency returns an empty distribution.
func NewLatency() Latency {
	const day = 24 * time.Hour
	return Latency{hdrhistogram.New(1, day.Microseconds(), 3)}
}

// Add counts a row. What is out of range counts as its end: clocks of other
// machines may be ahead of ours.
func (l Latency) Add(row Row) {
	us := row.Committed.Sub(row.Produced).Microseconds()
	_ = l.histogram.RecordValue(min(max(us, 1), l.histogram.HighestTrackableValue())) // in range, so no error
}

// MS returns a percentile, 0 to 100, in milliseconds: 50 is the median, 100 the
// longest. It is 0 when nothing was counted.
func (l Latency) MS(percentile float64) float64 {
	return float64(l.histogram.ValueAtPercentile(percentile)) / 1000
}
