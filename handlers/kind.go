package handlers

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// checkKind reports whether a field holds the kind of JSON value it must.
func checkKind(r *report, at place, found, want jsontext.Kind) bool {
	return found == want || wrongKind(r, at, found, want) // so short that it is inlined
}

func wrongKind(r *report, at place, found, want jsontext.Kind) (never bool) {
	if found == jsontext.KindInvalid {
		r.addf(Decode, at, "must be %s, is missing", kindName(want))
	} else {
		r.addf(Decode, at, "must be %s, is %s", kindName(want), kindName(found))
	}
	return false
}

func kindName(kind jsontext.Kind) string {
	switch kind {
	case jsontext.KindBeginObject:
		return "an object"
	case jsontext.KindBeginArray:
		return "an array"
	case jsontext.KindString:
		return "a string"
	case jsontext.KindNumber:
		return "a number"
	default:
		return kind.String()
	}
}

// checkInteger returns the number that field holds, ok is false if it holds none.
func checkInteger(r *report, at place, field integer) (value int64, ok bool) {
	switch {
	case !checkKind(r, at, field.found, jsontext.KindNumber):
		return 0, false
	case field.misfit == "":
		return field.value, true
	case strings.ContainsAny(field.misfit, ".eE"):
		r.addf(Decode, at, "must be an integer without fraction or exponent, is %s", quote(field.misfit))
	default:
		r.addf(Decode, at, "must be an integer of 64 bits, is %s", quote(field.misfit))
	}
	return 0, false
}
