package generator

import (
	"bytes"
	"slices"
	"strings"

	"orderflow/handlers"
)

// defect is one way in which an order can be wrong. plant damages a valid order
// as document writes it.
type defect struct {
	name  string
	plant func(*Event)
}

// defects breaks each of the rules for an order, each in one place, so that a
// dead letter shows exactly one reason.
var defects = [...]defect{
	{"tombstone", func(e *Event) { e.Value = nil }},
	{"empty value", func(e *Event) { e.Value = []byte{} }},
	{"null", func(e *Event) { e.Value = []byte("null") }},
	{"broken JSON", func(e *Event) { e.Value = e.Value[:len(e.Value)*2/3] }},
	{"trailing data", func(e *Event) { e.Value = append(e.Value, "{}"...) }},
	{"invalid UTF-8", replace(`"name":"`, "\"name\":\"\xff")},
	{"lone surrogate", replace(`"name":"`, `"name":"\ud800`)},
	{"NUL", replace(`"name":"`, `"name":"\u0000`)},
	{"nested too deep", replace(`{"order_id"`, `{"extra":`+strings.Repeat("[", 40)+strings.Repeat("]", 40)+`,"order_id"`)},
	{"duplicate JSON key", replace(`,"currency"`, `,"currency":"EUR","currency"`)},
	{"wrong case", replace(`"order_id"`, `"ORDER_ID"`)},
	{"missing currency", replace(`"currency"`, `"note"`)},
	{"unknown currency", replace(`"currency":"`, `"currency":"XQ`)},
	{"amount does not add up", replace(`"amount":`, `"amount":1`)},
	{"amount is a string", replace(`"amount":`, `"amount":"12.50","was":`)},
	{"negative quantity", replace(`"quantity":`, `"quantity":-`)},
	{"exponent", replace(`"quantity":`, `"quantity":1e0,"was":`)},
	{"no items", func(e *Event) { e.Value = cut(e.Value, `"items":[`, `]`) }},
	{"empty order_id", func(e *Event) { e.Value = cut(e.Value, `"order_id":"`, `"`) }},
	{"year 1900", setYear1900},
	{"no time zone", replace(`Z"}`, `"}`)},
	{"key of another user", func(e *Event) { e.Key = append(e.Key, "-other"...) }},
	{"no key", func(e *Event) { e.Key = nil }},
}

// defectsOfVersion2 are those that an order can have beside, from version 2 on.
var defectsOfVersion2 = []defect{
	{"unknown channel", replace(`"channel":"`, `"channel":"tele`)},
	{"missing channel", replace(`"channel"`, `"canal"`)},
	{"unknown schema version", func(e *Event) { e.Version = "3" }},
}

func defectsOf(version handlers.SchemaVersion) []defect {
	if version == handlers.Version2 {
		return slices.Concat(defects[:], defectsOfVersion2)
	}
	return defects[:]
}

// replace puts other text in the place where old stands first.
func replace(old, text string) func(*Event) {
	return func(e *Event) { e.Value = bytes.Replace(e.Value, []byte(old), []byte(text), 1) }
}

// cut removes what stands between before and the next after.
func cut(value []byte, before, after string) []byte {
	start := bytes.Index(value, []byte(before)) + len(before)
	end := start + bytes.Index(value[start:], []byte(after))
	return append(value[:start], value[end:]...)
}

// setYear1900 changes created_at, which comes last in the value.
func setYear1900(e *Event) {
	const field = `"created_at":"`
	copy(e.Value[bytes.LastIndex(e.Value, []byte(field))+len(field):], "1900")
}
