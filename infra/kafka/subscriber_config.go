package kafka

import (
	"log/slog"
	"time"

	"github.com/ThreeDotsLabs/watermill"
)

// MaxDrain is the longest DrainTimeout: the coordinator gives a member 60 s to
// rejoin (sarama's Rebalance.Timeout) before it takes the partitions away.
const MaxDrain = 45 * time.Second

// SubscriberConfig is how to consume.
type SubscriberConfig struct {
	Config
	// Group is the consumer group.
	Group string
	// Commit is when an offset is committed, and CommitInterval how often what is
	// marked is.
	Commit         Commit
	CommitInterval time.Duration
	// SessionTimeout is how long the coordinator waits for a sign of life before it
	// gives the partitions to others. Brokers take 6 s to 30 min by default.
	SessionTimeout time.Duration
	// DrainTimeout bounds how long a message that is being handled may take to
	// finish when its partition is revoked or the subscriber is closed, at most
	// MaxDrain.
	DrainTimeout time.Duration
	// NackDelay is how long after a nack the message is delivered again.
	NackDelay time.Duration
	// InFlight is how many records of a partition a WindowedSubscriber delivers
	// before one of them is acked, at least 1; a Subscriber delivers one.
	InFlight int
	// InFlightBytes limits the records of a partition that a WindowedSubscriber has
	// taken up and that are not acked: their keys, values and headers in bytes. A
	// larger record is taken up alone. 0 is DefaultInFlightBytes.
	InFlightBytes int64
	// Bundle is how many records a WindowedSubscriber delivers in one message, at most,
	// when so many may be delivered at once: see handlers.Bundle. 0 and 1 are one.
	Bundle int
	// Ordering is which messages of a partition a WindowedSubscriber lets wait for
	// one another.
	Ordering Ordering
	// MetadataInterval is how often is looked whether the topic has more partitions. 0
	// is DefaultMetadataInterval.
	MetadataInterval time.Duration
	// StallAfter is for how long the oldest message of a partition may be unacked
	// before a WindowedSubscriber reports it, and again each time so much has passed.
	// 0 is DefaultStallAfter.
	StallAfter time.Duration
	// Assigned, if not nil, is called whenever partitions have been assigned. It
	// must not block.
	Assigned func()
	// Denied, if not nil, is called when the brokers do not let this client in, or
	// read what it is to read: trying again goes on, but is in vain until somebody
	// changes that. It may be called repeatedly and must not block.
	Denied func(error)
	// OutOfRange, if not nil, is called when a partition does not hold the offset to
	// read from, with how many records were deleted unread. It must not block.
	OutOfRange func(missed int64)
	Logger     *slog.Logger
	// Watermill is the logger for Watermill's subscriber.
	Watermill watermill.LoggerAdapter
}
