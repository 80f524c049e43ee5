// Package generator is where orders come from and how they are sent: synthetic
// orders, or those of a file, through a Watermill publisher. It judges nothing;
// what is invalid is sent too, since refusing it is the processor's work.
package generator

import "orderflow/handlers"

// Event is one record to send. Whoever gets an Event owns its bytes.
type Event struct {
	// OrderID is the order's id as far as it is known, else empty. The value may
	// lack it or say something else.
	OrderID string
	// Key is the key of the record, nil for a record without key.
	Key []byte
	// Value is the value of the record, nil for a tombstone.
	Value []byte
	// Version is the record's header schema_version; empty for a record without it.
	Version handlers.SchemaVersion
}

// Source yields the records to send, one after the other. It is for one
// goroutine.
type Source interface {
	// Next returns the next record, io.EOF after the last one. After any error
	// the source yields nothing more.
	Next() (Event, error)
	// Total returns how many records there are in all, -1 if that is not known
	// or there is no end.
	Total() int64
	// Close releases what the source holds.
	Close() error
}

// maxRecord bounds what a file may put into one record, in bytes, and so the
// memory it takes: far above the 1 MiB that Kafka accepts by default.
const maxRecord = 16 << 20
