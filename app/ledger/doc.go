// Package ledger is the generator's record of truth: which orders it set out to
// send, in which order within a key, and what became of each. verify holds it
// against the tables and the dead-letter topic.
//
// A ledger is a file of JSON Lines. The first line is the [Header]. Every order
// has two lines after it, one before the send and one after:
//
//	{"ledger":1,"topic":"orders","started_at":"2026-11-23T15:04:05.123456Z","seed":42}
//	{"n":1,"order_id":"0193","key":"user-17","key_seq":1,"sha256":"9f86..","valid":true,"outcome":"sending","time":".."}
//	{"n":1,"outcome":"sent","partition":2,"offset":0,"time":".."}
//
// An order whose second line is missing may be in the topic or not: the
// generator was killed between the two.
package ledger

import "time"

// Version is the version of the format, the value of "ledger" in the header.
const Version = 1

// Header says which run a ledger is of.
type Header struct {
	// Topic is where the orders went.
	Topic string
	// StartedAt is when the run began.
	StartedAt time.Time
	// Seed repeats the run's orders when they were synthetic; 0 when they came
	// from a file.
	Seed uint64
}

// Outcome is what a line says of its order.
type Outcome string

// The outcomes. Every order has the first and at most one of the others.
const (
	Sending Outcome = "sending" // about to be handed to the publisher
	Sent    Outcome = "sent"    // acknowledged by the broker
	Failed  Outcome = "failed"  // given up by the publisher; a broker may have it nevertheless
)

// Entry is one line of a ledger after the header. The fields down to Why are
// set on lines with outcome Sending only.
type Entry struct {
	// N counts the orders of the run from 1, in the order of sending.
	N int64
	// OrderID is empty when the value names none.
	OrderID string
	// Key is the key of the record, nil if it has none.
	Key []byte
	// KeySeq counts the orders of the key from 1, in the order of sending. It is
	// 0 for a record without key, which has no place in any order.
	KeySeq int64
	// SHA256 is the digest of the value, 32 bytes; nil for a tombstone.
	SHA256 []byte
	// Valid says whether the processor must accept the order, as far as the
	// order itself tells; Why is the reason when not.
	Valid bool
	Why   string

	Outcome Outcome
	// Partition and Offset are where the record is, for outcome Sent. Both are
	// -1 when that is not known.
	Partition int32
	Offset    int64
	// Error is the cause of outcome Failed.
	Error string
	// Time is when the line was written, in microseconds.
	Time time.Time
}
