package bench

import (
	"slices"
	"time"
)

// Turn is what one turn of a contestant came to.
type Turn struct {
	Round      int // from 1
	Contestant string
	Of         string // for a person who waits: which point of a series, "" if none
	Throughput
	Latency
}

// Throughput is what a contestant made of the orders that were there.
type Throughput struct {
	Rows    int64
	Seconds float64 // from the first row to the last
	// PeakRSS is the most memory that was resident, in bytes; CPU is user and
	// system time; Allocations are objects on the heap. All three are those of the
	// whole process, from its start to its end.
	PeakRSS     int64
	CPU         time.Duration
	Allocations uint64
}

// Latency is the time from a record's timestamp to its row's commit, in ms, while
// orders came at Pace.
type Latency struct {
	P50, P99, Max float64
	OthersP99     float64 // of all users but that of a hot key; 0 when there is none
	Pace          float64 // how many orders a second really came
}

// Result is what the contestants came to.
type Result struct {
	StartedAt     time.Time         `json:"started_at"`
	Orders        int64             `json:"orders"`
	LatencyOrders int64             `json:"latency_orders"`
	Users         int               `json:"users"`
	Skew          float64           `json:"skew"`
	HotKey        float64           `json:"hot_key,omitempty"`
	Rounds        int               `json:"rounds"`
	Contestants   map[string]Figure `json:"contestants"`
	// The ratios are of the orders per second, exactly-once against the other; they
	// are absent when one of the two did not take part.
	RatioToHandWritten    *float64 `json:"ratio_to_hand_written,omitempty"`
	RatioToHandWrittenKey *float64 `json:"ratio_to_hand_written_unique_key,omitempty"`
	RatioToPlainWatermill *float64 `json:"ratio_to_plain_watermill,omitempty"`
	RatioToFlink          *float64 `json:"ratio_to_flink,omitempty"`
	// RatioOfAnalytics is that of counting orders in sums to writing them, exactly-once both.
	RatioOfAnalytics *float64 `json:"ratio_of_analytics,omitempty"`
}

// Figure is what a contestant came to: each the median of its turns, 0 what was not
// measured.
type Figure struct {
	OrdersPerSecond      float64 `json:"orders_per_second"`
	P50MS                float64 `json:"p50_ms,omitempty"`
	P99MS                float64 `json:"p99_ms,omitempty"`
	OthersP99MS          float64 `json:"others_p99_ms,omitempty"` // of all users but the hot one
	MaxMS                float64 `json:"max_ms,omitempty"`
	LatencyPace          float64 `json:"latency_orders_per_second,omitempty"` // what came while latency was measured
	PeakRSSMB            float64 `json:"peak_rss_mb"`                         // of 2^20 bytes
	CPUSecondsPerMillion float64 `json:"cpu_seconds_per_million"`
	AllocationsPerOrder  float64 `json:"allocations_per_order,omitempty"`
	Rows                 int64   `json:"rows"` // in the table after each throughput turn, at the least
}

// PerSecond is the rate between the first row and the last.
func (t Throughput) PerSecond() float64 {
	if t.Seconds <= 0 {
		return 0
	}
	return float64(t.Rows-1) / t.Seconds
}

// figureOf makes the medians of a contestant's turns, of which there is one at least.
func figureOf(turns []Turn) Figure {
	of := func(value func(Turn) float64) float64 {
		values := make([]float64, len(turns))
		for i, turn := range turns {
			values[i] = value(turn)
		}
		return median(values)
	}
	figure := Figure{
		OrdersPerSecond:      of(func(t Turn) float64 { return t.PerSecond() }),
		P50MS:                of(func(t Turn) float64 { return t.P50 }),
		P99MS:                of(func(t Turn) float64 { return t.P99 }),
		OthersP99MS:          of(func(t Turn) float64 { return t.OthersP99 }),
		MaxMS:                of(func(t Turn) float64 { return t.Max }),
		LatencyPace:          of(func(t Turn) float64 { return t.Pace }),
		PeakRSSMB:            of(func(t Turn) float64 { return float64(t.PeakRSS) / (1 << 20) }),
		CPUSecondsPerMillion: of(func(t Turn) float64 { return t.CPU.Seconds() / float64(t.Rows) * 1e6 }),
		AllocationsPerOrder:  of(func(t Turn) float64 { return float64(t.Allocations) / float64(t.Rows) }),
		Rows:                 turns[0].Rows,
	}
	for _, turn := range turns {
		figure.Rows = min(figure.Rows, turn.Rows)
	}
	return figure
}

// median is the middle value, or the mean of the two in the middle.
func median(values []float64) float64 {
	slices.Sort(values)
	middle := len(values) / 2
	if len(values)%2 == 1 {
		return values[middle]
	}
	return (values[middle-1] + values[middle]) / 2
}

// conclude makes the figures of all turns, and the ratios.
func (r *Result) conclude(turns []Turn) {
	byName := map[string][]Turn{}
	for _, turn := range turns {
		byName[turn.Contestant] = append(byName[turn.Contestant], turn)
	}
	r.Contestants = map[string]Figure{}
	for name, own := range byName {
		r.Contestants[name] = figureOf(own)
	}
	r.RatioToHandWritten = r.ratio(ExactlyOnce, HandWritten)
	r.RatioToHandWrittenKey = r.ratio(ExactlyOnce, HandWrittenKey)
	r.RatioToPlainWatermill = r.ratio(ExactlyOnce, PlainWatermill)
	r.RatioOfAnalytics = r.ratio(Analytics, ExactlyOnce)
	r.RatioToFlink = r.ratio(ExactlyOnce, Flink)
}

func (r *Result) ratio(one, other string) *float64 {
	ours, took := r.Contestants[one]
	theirs, tookToo := r.Contestants[other]
	if !took || !tookToo || theirs.OrdersPerSecond == 0 {
		return nil
	}
	ratio := ours.OrdersPerSecond / theirs.OrdersPerSecond
	return &ratio
}
