package orderstest

import (
	"bytes"
	"slices"
	"strings"

	"orderflow/handlers"
)

// corruptions are all ways to corrupt a record. Values that break a rule are
// constants where the rule looks at nothing else.
var corruptions = slices.Concat(fieldCorruptions, itemCorruptions, syntaxCorruptions, recordCorruptions)

var fieldCorruptions = []corruption{
	{"order_id missing", "order_id", handlers.Decode, drop("order_id")},
	{"order_id null", "order_id", handlers.Decode, set("order_id", `null`)},
	{"order_id a number", "order_id", handlers.Decode, set("order_id", `17`)},
	{"order_id empty", "order_id", handlers.Validation, set("order_id", `""`)},
	{"order_id too long", "order_id", handlers.Validation, set("order_id", `"`+strings.Repeat("ü", 65)+`"`)},
	{"order_id with a line feed", "order_id", handlers.Validation, set("order_id", `"a\nb"`)},
	{"order_id with NUL", "order_id", handlers.Validation, set("order_id", `"a\u0000b"`)},
	{"order_id after a blank", "order_id", handlers.Validation, set("order_id", `" a"`)},
	{"order_id before a blank", "order_id", handlers.Validation, set("order_id", `"a\u00a0"`)},
	{"order_id not in NFC", "order_id", handlers.Validation, set("order_id", `"e\u0301"`)},
	{"user_id in capitals", "user_id", handlers.Decode, rename("user_id", "USER_ID")},
	{"user_id another one", "key", handlers.Validation, set("user_id", `"`+strings.Repeat("another", 9)+`"`)},
	{"currency unknown", "currency", handlers.Validation, set("currency", `"EUX"`)},
	{"currency in lower case", "currency", handlers.Validation, set("currency", `"eur"`)},
	{"currency empty", "currency", handlers.Validation, set("currency", `""`)},
	{"amount missing", "amount", handlers.Decode, drop("amount")},
	{"amount a string", "amount", handlers.Decode, set("amount", `"1530"`)},
	{"amount 0", "amount", handlers.Validation, set("amount", `0`)},
	{"amount negative", "amount", handlers.Validation, set("amount", `-1`)},
	{"amount with a fraction", "amount", handlers.Decode, set("amount", `1530.0`)},
	{"amount with an exponent", "amount", handlers.Decode, set("amount", `1e3`)},
	{"amount over int64", "amount", handlers.Decode, set("amount", `9223372036854775808`)},
	{"created_at missing", "created_at", handlers.Decode, drop("created_at")},
	{"created_at a number", "created_at", handlers.Decode, set("created_at", `1795446245`)},
	{"created_at without a zone", "created_at", handlers.Validation, set("created_at", `"2026-11-23T15:04:05"`)},
	{"created_at with a blank", "created_at", handlers.Validation, set("created_at", `"2026-11-23 15:04:05Z"`)},
	{"created_at in 1969", "created_at", handlers.Validation, set("created_at", `"1970-01-01T00:59:59+01:00"`)},
	{"created_at in 2201", "created_at", handlers.Validation, set("created_at", `"2200-12-31T23:30:00-00:30"`)},
	{"created_at on no day", "created_at", handlers.Validation, set("created_at", `"2026-02-29T00:00:00Z"`)},
}

var itemCorruptions = []corruption{
	{"items missing", "items", handlers.Decode, drop("items")},
	{"items an object", "items", handlers.Decode, set("items", `{}`)},
	{"items empty", "items", handlers.Validation, set("items", `[]`)},
	{"items too many", "items", handlers.Validation, set("items", `[`+strings.Repeat(item+`,`, 1000)+item+`]`)},
	{"items that cost nothing", "amount", handlers.Validation, set("items", `[{"sku":"a","quantity":1,"unit_price":0}]`)},
	{"items whose sum overflows", "amount", handlers.Validation, set("items", `[`+costly+`,`+item+`]`)},
	{"item null", "items[0]", handlers.Decode, set("items", `[null]`)},
	{"item an array", "items[1]", handlers.Decode, set("items", `[`+item+`,[]]`)},
	{"sku missing", "items[0].sku", handlers.Decode, dropInItem("sku")},
	{"sku empty", "items[0].sku", handlers.Validation, setInItem("sku", `""`)},
	{"sku with NUL", "items[0].sku", handlers.Validation, setInItem("sku", `"\u0000"`)},
	{"name a boolean", "items[0].name", handlers.Decode, setInItem("name", `true`)},
	{"name with NUL", "items[0].name", handlers.Validation, setInItem("name", `"a\\\u0000"`)},
	{"quantity missing", "items[0].quantity", handlers.Decode, dropInItem("quantity")},
	{"quantity 0", "items[0].quantity", handlers.Validation, setInItem("quantity", `0`)},
	{"quantity over a million", "items[0].quantity", handlers.Validation, setInItem("quantity", `1000001`)},
	{"quantity with an exponent", "items[0].quantity", handlers.Decode, setInItem("quantity", `1E0`)},
	{"unit_price missing", "items[0].unit_price", handlers.Decode, dropInItem("unit_price")},
	{"unit_price null", "items[0].unit_price", handlers.Decode, setInItem("unit_price", `null`)},
	{"unit_price negative", "items[0].unit_price", handlers.Validation, setInItem("unit_price", `-1`)},
}

const (
	item   = `{"sku":"a","quantity":1,"unit_price":1}`
	costly = `{"sku":"b","quantity":1,"unit_price":9223372036854775807}`
)

var syntaxCorruptions = []corruption{
	{"duplicate name", "amount", handlers.Decode, insert(`"amount":1`)},
	{"duplicate name in an unknown field", "extra.a", handlers.Decode, insert(`"extra":{"a":1,"a":2}`)},
	{"NaN", "extra", handlers.Decode, insert(`"extra":NaN`)},
	{"lone surrogate", "extra", handlers.Decode, insert(`"extra":"\ud800"`)},
	{"invalid UTF-8", "extra", handlers.Decode, insert("\"extra\":\"\xff\"")},
	{"bare control character", "extra", handlers.Decode, insert("\"extra\":\"\n\"")},
	{"NUL in an unknown field", "value", handlers.Validation, insert(`"extra":["\u0000"]`)},
	{"NUL in an unknown name", "value", handlers.Validation, insert(`"\u0000":1`)},
	{"too deep", "value", handlers.Decode, insert(`"extra":` + strings.Repeat(`[`, 32) + strings.Repeat(`]`, 32))},
	{"trailing data", "value", handlers.Decode, rewrite(func(value []byte) []byte { return append(value, "{}"...) })},
	{"cut off", "value", handlers.Decode, rewrite(func(value []byte) []byte { return value[:len(value)-1] })},
	{"in an array", "value", handlers.Decode, rewrite(func(value []byte) []byte { return slices.Concat([]byte("["), value, []byte("]")) })},
}

var recordCorruptions = []corruption{
	{"tombstone", "value", handlers.Decode, rewrite(func([]byte) []byte { return nil })},
	{"empty value", "value", handlers.Decode, rewrite(func([]byte) []byte { return []byte{} })},
	{"value null", "value", handlers.Decode, rewrite(func([]byte) []byte { return []byte("null") })},
	{"value over 1 MiB", "value", handlers.Decode, rewrite(func(value []byte) []byte {
		return append(value, bytes.Repeat([]byte(" "), 1<<20)...)
	})},
	{"key missing", "key", handlers.Validation, func(r *Corruption) { r.Key = nil }},
	{"key empty", "key", handlers.Validation, func(r *Corruption) { r.Key = []byte{} }},
	{"key longer than user_id", "key", handlers.Validation, func(r *Corruption) { r.Key = append(r.Key, ' ') }},
}
