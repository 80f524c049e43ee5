package handlers_test

import (
	"strings"
	"testing"

	"orderflow/handlers"
)

func TestInteger(t *testing.T) {
	t.Parallel()
	fraction := func(written string) []string {
		return []string{`amount: must be an integer without fraction or exponent, is "` + written + `"`}
	}
	judge(t, handlers.Decode, []edit{
		{"missing", `"amount":1530,`, ``, []string{"amount: must be a number, is missing"}},
		{"null", `1530`, `null`, []string{"amount: must be a number, is null"}},
		{"a string", `1530`, `"1530"`, []string{"amount: must be a number, is a string"}},
		{"an array", `1530`, `[1530]`, []string{"amount: must be a number, is an array"}},
		{"a fraction", `1530`, `1530.5`, fraction("1530.5")},
		{"a fraction of zero", `1530`, `1530.0`, fraction("1530.0")},
		{"an exponent", `1530`, `153e1`, fraction("153e1")},
		{"an exponent in capitals", `1530`, `153E+1`, fraction("153E+1")},
		{"over int64", `1530`, `9223372036854775808`,
			[]string{`amount: must be an integer of 64 bits, is "9223372036854775808"`}},
		{"under int64", `1530`, `-9223372036854775809`,
			[]string{`amount: must be an integer of 64 bits, is "-9223372036854775809"`}},
		{"endless", `1530`, strings.Repeat("9", 100_000),
			[]string{`amount: must be an integer of 64 bits, is "` + strings.Repeat("9", 64) + `"...`}},
		{"0 with a sign", `"amount":1530,"items":[`, `"amount":1530,"items":[{"sku":"gift","quantity":1,"unit_price":-0},`, nil},
	})
}
