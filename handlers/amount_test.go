package handlers_test

import (
	"testing"

	"orderflow/handlers"
)

func TestAmount(t *testing.T) {
	t.Parallel()
	const biggest = `"items":[{"sku":"a","quantity":1,"unit_price":9223372036854775807}`
	const overflow = "amount: must be the sum of quantity x unit_price, which overflows 64 bits"
	judge(t, handlers.Validation, []edit{
		{"1", validItems, cheapItems(1), nil},
		{"the largest int64", validItems, `"amount":9223372036854775807,` + biggest + `]`, nil},
		{"0 for nothing", validItems, `"amount":0,"items":[{"sku":"a","quantity":1,"unit_price":0}]`,
			[]string{"amount: must be greater than 0, is 0"}},
		{"0", `1530`, `0`, []string{
			"amount: must be greater than 0, is 0",
			"amount: must be the sum of quantity x unit_price, 1530, is 0",
		}},
		{"negative", `1530`, `-1530`, []string{
			"amount: must be greater than 0, is -1530",
			"amount: must be the sum of quantity x unit_price, 1530, is -1530",
		}},
		{"not the sum", `1530`, `1531`, []string{"amount: must be the sum of quantity x unit_price, 1530, is 1531"}},
		{"a product overflows", validItems, `"amount":1,"items":[{"sku":"a","quantity":2,"unit_price":4611686018427387904}]`,
			[]string{overflow}},
		{"a sum overflows", validItems, `"amount":1,` + biggest + `,{"sku":"b","quantity":1,"unit_price":1}]`,
			[]string{overflow}},
		{"a sum wraps around to the amount", validItems, `"amount":2,"items":[` +
			`{"sku":"a","quantity":2,"unit_price":9223372036854775807},{"sku":"b","quantity":4,"unit_price":1}]`,
			[]string{overflow}},
		{"not compared with items that are invalid", `"quantity":6`, `"quantity":-6`,
			[]string{"items[0].quantity: must be 1 to 1000000, is -6"}},
	})
}
