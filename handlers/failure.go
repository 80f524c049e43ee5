package handlers

import (
	"context"
	"errors"
)

// Class says what kind of failure an error is, and so what is done about it.
// Its value is what the header dlq_error_class and the metrics' label show.
type Class string

// The classes. Decode, Validation, Version, Conflict and Data are the order's own fault:
// trying again cannot help. Transient concerns one message and passes. Outage
// concerns every message and lasts as long as the cause does; Unconfirmed is one
// that came when the row may have been written already, or not.
const (
	Decode      Class = "decode"      // the value is no order: not JSON, a field of the wrong type
	Validation  Class = "validation"  // an order that breaks a rule
	Version     Class = "version"     // an order of a version that is not known
	Conflict    Class = "conflict"    // the order_id is taken by an order with other content
	Data        Class = "data"        // the database refuses the content (SQLSTATE 22, 23, 54)
	Transient   Class = "transient"   // a deadlock, a serialization failure, a lock timeout
	Outage      Class = "outage"      // the database cannot be used
	Unconfirmed Class = "unconfirmed" // the database was told to commit and its answer is lost
	Canceled    Class = "canceled"    // the processor is stopping, nothing is wrong with the order
	Panic       Class = "panic"       // a bug in the code that handles the order
	Unknown     Class = "unknown"     // an error that carries no class
)

// Permanent reports whether trying again cannot help.
func (c Class) Permanent() bool {
	switch c {
	case Decode, Validation, Version, Conflict, Data, Panic:
		return true
	default:
		return false
	}
}

// Lasts reports whether the failure concerns every message, for as long as its
// cause lasts.
func (c Class) Lasts() bool {
	return c == Outage || c == Unconfirmed
}

// Failure is an error that knows its class.
type Failure struct {
	Class Class
	Err   error
}

// Fail gives err a class. It returns nil when err is nil.
func Fail(class Class, err error) error {
	if err == nil {
		return nil
	}
	return &Failure{Class: class, Err: err}
}

func (f *Failure) Error() string { return f.Err.Error() }

// Unwrap returns the error without its class.
func (f *Failure) Unwrap() error { return f.Err }

// ClassOf returns the class of err: that of the outermost Failure it wraps,
// Canceled for a context that was cancelled, Unknown otherwise.
func ClassOf(err error) Class {
	var failure *Failure
	switch {
	case errors.As(err, &failure):
		return failure.Class
	case errors.Is(err, context.Canceled):
		return Canceled
	default:
		return Unknown
	}
}
