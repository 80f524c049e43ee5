package verify

import "fmt"

// Kind is what is wrong with an order.
type Kind string

// The kinds, as Report counts them.
const (
	Lost                   Kind = "lost"
	Duplicated             Kind = "duplicated"
	Phantom                Kind = "phantom"
	Changed                Kind = "changed"
	OutOfOrder             Kind = "out_of_order"
	InvalidNotDeadLettered Kind = "invalid_not_dead_lettered"
	ValidDeadLettered      Kind = "valid_dead_lettered"
)

// kinds are all of them, in the order in which they are shown.
var kinds = []Kind{Lost, Duplicated, Phantom, Changed, OutOfOrder, InvalidNotDeadLettered, ValidDeadLettered}

// Finding is one thing that is wrong.
type Finding struct {
	Kind Kind `json:"kind"`
	// OrderID is empty when the record names none.
	OrderID string `json:"order_id"`
	// Key is the record's, or the user of a row.
	Key string `json:"key"`
	// Partition and Offset are where the record is, or is said to be. Both are -1
	// for a dead letter that does not say.
	Partition int32 `json:"partition"`
	Offset    int64 `json:"offset"`
	// Detail says it in words.
	Detail string `json:"detail"`
}

// String is the finding in one line.
func (f Finding) String() string {
	return fmt.Sprintf("%s order_id=%q key=%q partition=%d offset=%d: %s", f.Kind, f.OrderID, f.Key, f.Partition, f.Offset, f.Detail)
}
