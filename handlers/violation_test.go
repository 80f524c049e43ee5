package handlers

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestInvalidErrorTellsEveryViolation(t *testing.T) {
	t.Parallel()
	err := &InvalidError{Violations: []Violation{
		{Path: "items[3].quantity", Reason: "must be 1 to 1000000, is -5"},
		{Path: "key", Reason: "must be the user_id, the record has none"},
	}}
	require.EqualError(t, err,
		"items[3].quantity: must be 1 to 1000000, is -5; key: must be the user_id, the record has none")
}

func TestReport(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		found []Class
		want  Class
	}{
		"rules only":            {[]Class{Validation, Validation}, Validation},
		"a wrong type only":     {[]Class{Decode}, Decode},
		"a wrong type first":    {[]Class{Decode, Validation}, Decode},
		"a wrong type later on": {[]Class{Validation, Decode, Validation}, Decode},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var r report
			require.NoError(t, r.err())
			for _, class := range test.found {
				r.addf(class, whole, "must be %s", "right")
			}
			require.Equal(t, test.want, ClassOf(r.err()))
			var invalid *InvalidError
			require.ErrorAs(t, r.err(), &invalid)
			require.Len(t, invalid.Violations, len(test.found))
		})
	}
}

func TestQuote(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, want string }{
		"plain":             {"EUX", `"EUX"`},
		"empty":             {"", `""`},
		"quotes":            {`a"b`, `"a\"b"`},
		"escape sequence":   {"\x1b[2J\r\n", `"\x1b[2J\r\n"`},
		"right-to-left":     {"a\u202eb", `"a\u202eb"`},
		"broken UTF-8":      {"a\xffb", `"a\xffb"`},
		"exactly as long":   {strings.Repeat("é", 64), `"` + strings.Repeat("é", 64) + `"`},
		"one more":          {strings.Repeat("é", 65), `"` + strings.Repeat("é", 64) + `"...`},
		"broken and longer": {strings.Repeat("\xff", 65), `"` + strings.Repeat(`\xff`, 64) + `"...`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, quote(test.text))
		})
	}
}
