package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/lib/pq"

	"orderflow/handlers"
)

// classify gives an error of the database its class. ctx is the caller's: an
// error after it was cancelled is nobody's fault.
func classify(ctx context.Context, doing string, err error) error {
	err = fmt.Errorf("%s: %w", doing, err)
	if errors.Is(ctx.Err(), context.Canceled) {
		return handlers.Fail(handlers.Canceled, err)
	}
	return handlers.Fail(classOf(err), err)
}

// classOf follows appendix A of PostgreSQL's manual, "PostgreSQL Error Codes".
// What is not the content's fault and not known to pass is an outage: a missing
// table or a revoked permission must not dead-letter valid orders.
func classOf(err error) handlers.Class {
	if failure, known := errors.AsType[*handlers.Failure](err); known {
		return failure.Class
	}
	if errors.Is(err, sql.ErrNoRows) {
		return handlers.Transient // the row that was in the way of an insert has been deleted since
	}
	if _, open := errors.AsType[unconfirmedError](err); open {
		return handlers.Unconfirmed
	}
	answer, answered := errors.AsType[*pq.Error](err)
	if !answered {
		return handlers.Outage // no answer at all: connection, time-out
	}
	switch answer.Code {
	case "40001", "40P01", "55P03": // serialization failure, deadlock, lock not available
		return handlers.Transient
	}
	switch answer.Code.Class() {
	case "22", "23", "54": // data exception, integrity constraint, program limit exceeded
		return handlers.Data
	default:
		return handlers.Outage
	}
}

// unconfirmedError is the error of a commit without an answer.
type unconfirmedError struct{ error }

func (e unconfirmedError) Unwrap() error { return e.error }

// unconfirmed marks the error of a commit unless the server has answered that it
// failed.
func unconfirmed(err error) error {
	if _, answered := errors.AsType[*pq.Error](err); err == nil || answered {
		return err
	}
	return unconfirmedError{err}
}
