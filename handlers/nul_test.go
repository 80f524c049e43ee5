package handlers_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"orderflow/handlers"
)

func TestNUL(t *testing.T) {
	t.Parallel()
	const elsewhere = `value: must not contain NUL (\u0000), not even in a field that is not read`
	judge(t, handlers.Validation, []edit{
		{"an escaped backslash before u0000", `HEART`, `\\u0000`, nil},
		{"two escaped backslashes before u0000", `HEART`, `\\\\u0000`, nil},
		{"u0000 without a backslash", `HEART`, `u0000`, nil},
		{"U+00001 is U+0000 and 1", `HEART`, `\u00001`, []string{`items[0].name: must not contain NUL (\u0000)`}},
		{"name", `HEART`, `\u0000`, []string{`items[0].name: must not contain NUL (\u0000)`}},
		{"name after an escaped backslash", `HEART`, `\\\u0000`, []string{`items[0].name: must not contain NUL (\u0000)`}},
		{"name before u0000", `HEART`, `\u0000\\u0000`, []string{`items[0].name: must not contain NUL (\u0000)`}},
		{"sku", `85123A`, `\u0000`, []string{`items[0].sku: must not contain NUL (\u0000)`}},
		{"order_id", `o-1`, `o\u0000`, []string{
			`order_id: must not contain control characters, is "o\x00"`,
			`order_id: must not contain NUL (\u0000)`,
		}},
		{"currency", `EUR`, `EUR\u0000`, []string{
			`currency: must be a code of ISO 4217 such as EUR, is "EUR\x00"`,
			`currency: must not contain NUL (\u0000)`,
		}},
		{"created_at", validTime, `"2026\u0000"`, []string{
			`created_at: must be a time of RFC 3339 with a zone, such as 2026-11-23T15:04:05.123Z, is "2026\x00"`,
			`created_at: must not contain NUL (\u0000)`,
		}},
		{"an unknown field", `{"order_id"`, `{"x":{"y":["\u0000"]},"order_id"`, []string{elsewhere}},
		{"an unknown name", `{"order_id"`, `{"\u0000":1,"order_id"`, []string{elsewhere}},
		{"both a name and an unknown field", `"name":"HEART"`, `"name":"\u0000","x":"\u0000"`,
			[]string{`items[0].name: must not contain NUL (\u0000)`, elsewhere}},
	})
}

func TestNULInAFieldOfTheWrongType(t *testing.T) {
	t.Parallel()
	class, violations := refused(t, []byte(validKey), change(t, `1530`, `"\u0000"`))
	require.Equal(t, []string{
		"amount: must be a number, is a string",
		`value: must not contain NUL (\u0000), not even in a field that is not read`,
	}, violations)
	require.Equal(t, handlers.Decode, class)
}
