package handlers

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// decode reads value as JSON. Fields of the wrong type are left to validate; ok
// is false when there is no document to speak of. The library refuses what RFC
// 8259 leaves open (duplicate names, invalid UTF-8, lone surrogates) and matches
// names exactly, so that a name in the wrong case is merely a field we do not know.
func decode(r *report, value []byte, doc *document) (ok bool) {
	switch {
	case len(value) == 0:
		r.addf(Decode, whole, "must be an order, is empty")
		return false
	case len(value) > maxValueBytes:
		r.addf(Decode, whole, "must be at most %d bytes, is %d", maxValueBytes, len(value))
		return false
	case tooDeep(value):
		r.addf(Decode, whole, "must not be nested deeper than %d levels", maxDepth)
		return false
	}
	if err := json.Unmarshal(value, doc); err != nil {
		at, reason := syntaxViolation(err)
		r.addf(Decode, at, "%s", reason)
		return false
	}
	return true
}

func syntaxViolation(err error) (at place, reason string) {
	syntax, ok := errors.AsType[*jsontext.SyntacticError](err)
	switch {
	case !ok:
		return whole, fmt.Sprintf("must be valid JSON: %v", err)
	case errors.Is(syntax, jsontext.ErrDuplicateName):
		return placeOf(syntax.JSONPointer), "must not be there twice"
	default:
		return placeOf(syntax.JSONPointer),
			fmt.Sprintf("must be valid JSON: %v at byte %d", syntax.Err, syntax.ByteOffset)
	}
}
