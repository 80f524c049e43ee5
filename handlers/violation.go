package handlers

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Violation is one reason why a record is not a valid order.
type Violation struct {
	// Path is where: the field, such as items[3].quantity, "value" for the whole
	// value of the record, "key" for its key.
	Path string
	// Reason is what must be there and what is. Text of the record is quoted and
	// shortened in it, so it is safe to log.
	Reason string
}

// InvalidError says why a record is not a valid order. It holds every reason that
// could be found, in the order of the fields; a syntax error hides those behind it.
type InvalidError struct {
	Violations []Violation
}

// Error returns all reasons. It is long when there are many: cap it before it
// goes where room is scarce.
func (e *InvalidError) Error() string {
	var b strings.Builder
	for i, v := range e.Violations {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(v.Path + ": " + v.Reason)
	}
	return b.String()
}

// report collects what is wrong with a record.
type report struct {
	violations []Violation
	class      Class
}

// addf notes a violation. One of class Decode makes the whole record a failure of
// that class: rules mean little for what is not an order.
func (r *report) addf(class Class, at place, format string, args ...any) {
	r.violations = append(r.violations, Violation{Path: at.String(), Reason: fmt.Sprintf(format, args...)})
	if r.class != Decode {
		r.class = class
	}
}

// err returns nil when nothing is wrong.
func (r *report) err() error {
	if len(r.violations) == 0 {
		return nil
	}
	return Fail(r.class, &InvalidError{Violations: r.violations})
}

// maxQuoted is how many characters of a record's text a reason repeats.
const maxQuoted = 64

// quote makes text from a record fit to be logged: short, and without control
// characters or broken UTF-8.
func quote(text string) string {
	end := 0
	for range maxQuoted {
		_, size := utf8.DecodeRuneInString(text[end:])
		end += size
	}
	if end == len(text) {
		return strconv.Quote(text)
	}
	return strconv.Quote(text[:end]) + "..."
}
