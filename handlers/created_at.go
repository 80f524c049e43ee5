package handlers

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// The instants an order may have been made at: from the first on, before the second.
var (
	firstInstant = time.Date(1970, time.January, 1, 0, 0, 0, 0, time.UTC)
	endInstant   = time.Date(2201, time.January, 1, 0, 0, 0, 0, time.UTC)
)

// checkCreatedAt returns the instant in UTC. Digits after the nanoseconds are
// cut off: RFC 3339 allows them, Go and PostgreSQL cannot keep them.
func checkCreatedAt(r *report, field instant) time.Time {
	at := inOrder("created_at")
	if !checkKind(r, at, field.found, jsontext.KindString) {
		return time.Time{}
	}
	utc := field.value.UTC()
	switch {
	case !field.ok:
		r.addf(Validation, at, "must be a time of RFC 3339 with a zone, such as 2026-11-23T15:04:05.123Z, is %s",
			quote(field.misfit))
	case utc.Before(firstInstant) || !utc.Before(endInstant):
		r.addf(Validation, at, "must be in the years 1970 to 2200 in UTC, is %s", utc.Format(time.RFC3339Nano))
	}
	return utc
}
