package lab

import (
	"time"

	"orderflow/app/verify"
)

// Result is what a comparison came to.
type Result struct {
	StartedAt time.Time `json:"started_at"`
	Orders    int64     `json:"orders"` // in each cell
	Cells     []Cell    `json:"cells"`  // by fault, then by guarantee
}

// Cell is what one guarantee came to under one fault. The counts are verify's:
// what the ledger of the generator says against the group's rows and dead letters.
// Those of analytics are of the order_ids that are in its sums, see accountSums.
type Cell struct {
	Delivery          string  `json:"delivery"`
	Fault             string  `json:"fault"`
	Orders            int64   `json:"orders"`
	Injected          int     `json:"injected"`  // how often the fault was injected
	Persisted         int64   `json:"persisted"` // rows
	Lost              int64   `json:"lost"`      // orders that are neither a row nor a dead letter
	Duplicated        int64   `json:"duplicated"`
	DeadLettered      int64   `json:"dead_lettered"`
	ValidDeadLettered int64   `json:"valid_dead_lettered"`
	OutOfOrder        int64   `json:"out_of_order"`       // rows of a user after one of a later order
	SumsOff           int64   `json:"sums_off,omitempty"` // of analytics: sums that are not what exactly-once's table comes to
	OrdersPerSecond   float64 `json:"orders_per_second"`
	P99MS             float64 `json:"p99_ms"`           // from the record's timestamp to the row's commit
	RecoverySeconds   float64 `json:"recovery_seconds"` // longest time from a fault until every partition moved again

	// The longest time without a row around a rebalance, of a partition that stayed
	// with its member and of one that moved; 0 where nothing had one join or leave.
	PauseStayedSeconds float64 `json:"pause_stayed_seconds,omitempty"`
	PauseMovedSeconds  float64 `json:"pause_moved_seconds,omitempty"`
	InFlight           int     `json:"in_flight,omitempty"` // of a partition, when more than 1

	// Events is what was announced, of a comparison with an outbox.
	Events *verify.Events `json:"events,omitempty"`

	Course *Course `json:"-"` // for the pictures
}

// Course is how a cell went over time.
type Course struct {
	// Rows counts the rows committed in each Bucket since the start.
	Rows   []int64
	Bucket time.Duration
	// Faults are when the fault was injected, since the start.
	Faults []time.Duration
	// LatencyMS are percentiles of the latency, from 1 to 100: LatencyMS[98] is p99.
	LatencyMS [100]float64
}
