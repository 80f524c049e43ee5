package handlers_test

import (
	"strings"
	"testing"

	"orderflow/handlers"
)

func TestIdentifier(t *testing.T) {
	t.Parallel()
	judge(t, handlers.Validation, []edit{
		{"one character", `"o-1"`, `"x"`, nil},
		{"64 characters", `"o-1"`, `"` + strings.Repeat("x", 64) + `"`, nil},
		{"64 characters of four bytes", `"o-1"`, `"` + strings.Repeat("\U0001F600", 64) + `"`, nil},
		{"a blank inside", `"o-1"`, `"o 1"`, nil},
		{"an accent in NFC", `"o-1"`, `"Café"`, nil},
		{"an accent without composed form", `"o-1"`, `"q\u0301"`, nil},
		{"an escaped character", `"o-1"`, `"\u006f\/\"\\"`, nil},
		{"empty", `"o-1"`, `""`, []string{"order_id: must be 1 to 64 characters, is 0"}},
		{"65 characters", `"o-1"`, `"` + strings.Repeat("é", 65) + `"`,
			[]string{"order_id: must be 1 to 64 characters, is 65"}},
		{"a control character", `"o-1"`, `"o\u001b[31m"`,
			[]string{`order_id: must not contain control characters, is "o\x1b[31m"`}},
		{"a control character beyond ASCII", `"o-1"`, `"o\u0085o"`,
			[]string{`order_id: must not contain control characters, is "o\u0085o"`}},
		{"a leading blank", `"o-1"`, `" o"`,
			[]string{`order_id: must not begin or end with a blank, is " o"`}},
		{"a trailing no-break space", `"o-1"`, `"o\u00a0"`,
			[]string{`order_id: must not begin or end with a blank, is "o\u00a0"`}},
		{"a trailing tab", `"o-1"`, `"o\t"`, []string{
			`order_id: must not contain control characters, is "o\t"`,
			`order_id: must not begin or end with a blank, is "o\t"`,
		}},
		{"an accent not in NFC", `"o-1"`, `"Cafe\u0301"`,
			[]string{"order_id: must be in Unicode normalization form NFC, is \"Cafe\u0301\""}},
		{"the same for user_id", `"user-17"`, `"user-17 "`, []string{
			`user_id: must not begin or end with a blank, is "user-17 "`,
			`key: must be the user_id "user-17 ", is "user-17"`,
		}},
	})
}

func TestIdentifierMustBeAString(t *testing.T) {
	t.Parallel()
	judge(t, handlers.Decode, []edit{
		{"missing", `"order_id":"o-1",`, ``, []string{"order_id: must be a string, is missing"}},
		{"null", `"o-1"`, `null`, []string{"order_id: must be a string, is null"}},
		{"a number", `"o-1"`, `1`, []string{"order_id: must be a string, is a number"}},
		{"a boolean", `"o-1"`, `true`, []string{"order_id: must be a string, is true"}},
		{"an array", `"o-1"`, `["o-1"]`, []string{"order_id: must be a string, is an array"}},
		{"an object", `"user-17"`, `{"id":1}`, []string{"user_id: must be a string, is an object"}},
	})
}
