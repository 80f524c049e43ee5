package handlers

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/text/unicode/norm"
)

// maxIdentifierRunes is how many characters an order_id or a user_id may have.
const maxIdentifierRunes = 64

// checkIdentifier returns the identifier that field holds. Two identifiers that
// look the same must be the same, or one order counts as two: hence no blanks
// around it, nothing invisible in it, and one way only to write an accent (NFC).
func checkIdentifier(r *report, at place, field text) string {
	if !checkKind(r, at, field.found, jsontext.KindString) {
		return ""
	}
	id := field.value
	if isPlainIdentifier(id) {
		return id
	}
	if n := utf8.RuneCountInString(id); n < 1 || n > maxIdentifierRunes {
		r.addf(Validation, at, "must be 1 to %d characters, is %d", maxIdentifierRunes, n)
	}
	if strings.ContainsFunc(id, unicode.IsControl) {
		r.addf(Validation, at, "must not contain control characters, is %s", quote(id))
	}
	if strings.TrimSpace(id) != id {
		r.addf(Validation, at, "must not begin or end with a blank, is %s", quote(id))
	}
	if !inNFC(id) {
		r.addf(Validation, at, "must be in Unicode normalization form NFC, is %s", quote(id))
	}
	return id
}

// isPlainIdentifier reports whether all is well because the identifier is short and
// of visible ASCII characters only, as nearly all are.
func isPlainIdentifier(id string) bool {
	for i := range len(id) {
		if id[i] <= ' ' || id[i] > '~' {
			return false
		}
	}
	return 1 <= len(id) && len(id) <= maxIdentifierRunes
}

// inNFC asks the quick check first: it suffices for nearly all text, and unlike
// the full one it allocates nothing.
func inNFC(s string) bool {
	return norm.NFC.QuickSpanString(s) == len(s) || norm.NFC.IsNormalString(s)
}
