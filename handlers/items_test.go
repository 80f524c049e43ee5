package handlers_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"orderflow/handlers"
)

const (
	validItem  = `{"sku":"85123A","name":"HEART","quantity":6,"unit_price":255}`
	validItems = `"amount":1530,"items":[` + validItem + `]`
)

// cheapItems returns the fields amount and items of an order with n items.
func cheapItems(n int) string {
	item := `,{"sku":"a","quantity":1,"unit_price":1}`
	return fmt.Sprintf(`"amount":%d,"items":[%s]`, n, strings.TrimPrefix(strings.Repeat(item, n), ","))
}

func TestItems(t *testing.T) {
	t.Parallel()
	judge(t, handlers.Validation, []edit{
		{"1000", validItems, cheapItems(1000), nil},
		{"none", `[` + validItem + `]`, `[]`, []string{"items: must be 1 to 1000 items, is 0"}},
		{"1001", validItems, cheapItems(1001), []string{"items: must be 1 to 1000 items, is 1001"}},
		{"sku of one character", `"85123A"`, `"ß"`, nil},
		{"sku empty", `"85123A"`, `""`, []string{"items[0].sku: must be 1 character or more, is empty"}},
		{"name absent", `"name":"HEART",`, ``, nil},
		{"name null", `"HEART"`, `null`, nil},
		{"name empty", `"HEART"`, `""`, nil},
		{"quantity 1", validItems, `"amount":255,"items":[` + strings.Replace(validItem, `6`, `1`, 1) + `]`, nil},
		{"quantity 1000000", `"amount":1530,"items":[{"sku":"85123A","name":"HEART","quantity":6`,
			`"amount":255000000,"items":[{"sku":"85123A","name":"HEART","quantity":1000000`, nil},
		{"quantity 0", `"quantity":6`, `"quantity":0`, []string{"items[0].quantity: must be 1 to 1000000, is 0"}},
		{"quantity 1000001", `"quantity":6`, `"quantity":1000001`,
			[]string{"items[0].quantity: must be 1 to 1000000, is 1000001"}},
		{"unit_price 0 beside a price", validItem, validItem + `,{"sku":"gift","quantity":1,"unit_price":0}`, nil},
		{"unit_price negative", `"unit_price":255`, `"unit_price":-255`,
			[]string{"items[0].unit_price: must be 0 or more, is -255"}},
		{"the path has the index", validItem, validItem + `,{"sku":"","quantity":1,"unit_price":0}`,
			[]string{"items[1].sku: must be 1 character or more, is empty"}},
	})
}

func TestItemsOfTheWrongType(t *testing.T) {
	t.Parallel()
	judge(t, handlers.Decode, []edit{
		{"items missing", `,"items":[` + validItem + `]`, ``, []string{"items: must be an array, is missing"}},
		{"items null", `[` + validItem + `]`, `null`, []string{"items: must be an array, is null"}},
		{"items an object", `[` + validItem + `]`, validItem, []string{"items: must be an array, is an object"}},
		{"an item null", validItem, `null`, []string{"items[0]: must be an object, is null"}},
		{"an item an array", validItem, validItem + `,[` + validItem + `]`,
			[]string{"items[1]: must be an object, is an array"}},
		{"sku missing", `"sku":"85123A",`, ``, []string{"items[0].sku: must be a string, is missing"}},
		{"sku null", `"85123A"`, `null`, []string{"items[0].sku: must be a string, is null"}},
		{"sku a number", `"85123A"`, `85123`, []string{"items[0].sku: must be a string, is a number"}},
		{"name a boolean", `"HEART"`, `false`, []string{"items[0].name: must be a string, is false"}},
		{"quantity missing", `,"quantity":6`, ``, []string{"items[0].quantity: must be a number, is missing"}},
		{"quantity a string", `:6,`, `:"6",`, []string{"items[0].quantity: must be a number, is a string"}},
		{"unit_price missing", `,"unit_price":255`, ``, []string{"items[0].unit_price: must be a number, is missing"}},
		{"unit_price null", `255`, `null`, []string{"items[0].unit_price: must be a number, is null"}},
	})
}

// A record of 1 MiB has room for half a million items. Only those that an order
// may have are worth a violation.
func TestItemsBeyondTheLimitAreOnlyCounted(t *testing.T) {
	t.Parallel()
	zeros := strings.TrimSuffix(strings.Repeat("0,", 400_000), ",")
	_, violations := refused(t, []byte(validKey), change(t, validItem, zeros))
	require.Len(t, violations, 1001)
	require.Equal(t, "items: must be 1 to 1000 items, is 400000", violations[0])
	require.Equal(t, "items[999]: must be an object, is a number", violations[1000])
}
