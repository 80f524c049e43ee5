package kafka

// Ordering is which messages of a partition wait for one another.
type Ordering string

// The orderings.
const (
	// OrderingKey keeps the messages of one record key in order: the next is
	// delivered when the one before is acked. Those without a key wait for none.
	OrderingKey Ordering = "key"
	// OrderingPartition delivers one message of a partition after the other.
	OrderingPartition Ordering = "partition"
	// OrderingNone lets no message wait for another.
	OrderingNone Ordering = "none"
)
