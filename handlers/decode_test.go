package handlers_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"orderflow/handlers"
)

func TestValueThatIsNoOrder(t *testing.T) {
	t.Parallel()
	const mebibyte = 1 << 20
	for name, test := range map[string]struct {
		value []byte
		want  string
	}{
		"tombstone":  {nil, "value: must be an order, is empty"},
		"empty":      {[]byte{}, "value: must be an order, is empty"},
		"null":       {[]byte(`null`), "value: must be an object, is null"},
		"an array":   {[]byte(`[` + validOrder + `]`), "value: must be an object, is an array"},
		"a string":   {[]byte(`"order"`), "value: must be an object, is a string"},
		"a number":   {[]byte(`17`), "value: must be an object, is a number"},
		"over 1 MiB": {padded(mebibyte + 1), "value: must be at most 1048576 bytes, is 1048577"},
		"33 levels":  {nested(33), "value: must not be nested deeper than 32 levels"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			class, violations := refused(t, []byte(validKey), test.value)
			require.Equal(t, []string{test.want}, violations)
			require.Equal(t, handlers.Decode, class)
		})
	}
}

func TestValueAtTheLimits(t *testing.T) {
	t.Parallel()
	for name, value := range map[string][]byte{
		"1 MiB":     padded(1 << 20),
		"32 levels": nested(32),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := handlers.Check([]byte(validKey), value)
			require.NoError(t, err)
		})
	}
}

// The texts of syntax errors are the library's; the paths are ours.
func TestSyntax(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ old, new, path string }{
		"blank only":                    {validOrder, " \n", "value"},
		"no JSON":                       {validOrder, "order", "value"},
		"trailing data":                 {`123Z"}`, `123Z"} {}`, "value"},
		"cut off":                       {`123Z"}`, `123Z"`, "value"},
		"cut off in a string":           {`Z"}`, ``, "created_at"},
		"byte order mark":               {`{"order_id"`, "\ufeff" + `{"order_id"`, "value"},
		"trailing comma":                {`Z"}`, `Z",}`, "value"},
		"trailing comma in items":       {`255}]`, `255},]`, "items"},
		"missing comma in items":        {`255}]`, `255}{}]`, "items"},
		"missing element of items":      {`"items":[`, `"items":[,`, "items"},
		"comment":                       {`{"order_id"`, `{/**/"order_id"`, "value"},
		"single quotes":                 {`"o-1"`, `'o-1'`, "order_id"},
		"NaN":                           {`1530`, `NaN`, "amount"},
		"infinity":                      {`1530`, `Infinity`, "amount"},
		"plus sign":                     {`1530`, `+1530`, "amount"},
		"leading zero":                  {`255`, `0255`, "items[0]"},
		"hexadecimal":                   {`255`, `0xff`, "items[0]"},
		"invalid UTF-8":                 {`HEART`, "H\xffEART", "items[0].name"},
		"overlong UTF-8":                {`HEART`, "H\xc0\x80", "items[0].name"},
		"invalid UTF-8 in a name":       {`"sku"`, "\"sku\xff\"", "items[0]"},
		"surrogate half in UTF-8":       {`HEART`, "\xed\xa0\x80", "items[0].name"},
		"lone high surrogate":           {`HEART`, `\ud83d`, "items[0].name"},
		"lone low surrogate":            {`HEART`, `\ude00`, "items[0].name"},
		"surrogates the wrong way":      {`HEART`, `\ude00\ud83d`, "items[0].name"},
		"invalid escape":                {`HEART`, `\x41`, "items[0].name"},
		"bare control character":        {`HEART`, "H\x00", "items[0].name"},
		"the same in an unknown field":  {`{"order_id"`, `{"a b":{"c":["` + "\xff" + `"]},"order_id"`, `["a b"].c[0]`},
		"object as a name":              {`"amount"`, `{}`, "value"},
		"name without a value":          {`"amount":1530`, `"amount"`, "amount"},
		"invalid in a field mistyped":   {`"o-1"`, `[1,]`, "order_id"},
		"invalid after what is invalid": {`1530`, `-1,"x":nul`, "x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			class, violations := refused(t, []byte(validKey), change(t, test.old, test.new))
			require.Len(t, violations, 1)
			require.True(t, strings.HasPrefix(violations[0], test.path+": must be valid JSON: "), violations[0])
			require.Equal(t, handlers.Decode, class)
		})
	}
}

func TestDuplicateNames(t *testing.T) {
	t.Parallel()
	judge(t, handlers.Decode, []edit{
		{"order_id", `{"order_id"`, `{"order_id":"o-2","order_id"`, []string{"order_id: must not be there twice"}},
		{"with the same value", `{"order_id"`, `{"order_id":"o-1","order_id"`,
			[]string{"order_id: must not be there twice"}},
		{"written differently", `{"order_id"`, `{"order\u005fid":"o-2","order_id"`,
			[]string{"order_id: must not be there twice"}},
		{"in an item", `"sku"`, `"quantity":1,"sku"`, []string{"items[0].quantity: must not be there twice"}},
		{"of unknown fields", `{"order_id"`, `{"a":1,"a":1,"order_id"`, []string{"a: must not be there twice"}},
		{"inside an unknown field", `{"order_id"`, `{"a":[{"b":1,"b":2}],"order_id"`,
			[]string{"a[0].b: must not be there twice"}},
		{"inside a field of the wrong type", `"o-1"`, `{"b":1,"b":2}`,
			[]string{"order_id.b: must not be there twice"}},
	})
}

// padded returns the valid order followed by blanks, size bytes in all.
func padded(size int) []byte {
	return []byte(validOrder + strings.Repeat(" ", size-len(validOrder)))
}

// nested returns the valid order with an unknown field that takes it to a depth
// of levels, and brackets in a string, which are no level.
func nested(levels int) []byte {
	open, shut := strings.Repeat("[", levels-1), strings.Repeat("]", levels-1)
	return []byte(`{"deep":` + open + shut + `,"no":"\"` + open + open + `",` + validOrder[1:])
}
