package handlers_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"orderflow/handlers"
)

// validOrder is what the tests change one thing in. The key of its record is
// validKey.
const (
	validOrder = `{"order_id":"o-1","user_id":"user-17","currency":"EUR","amount":1530,"items":` +
		`[{"sku":"85123A","name":"HEART","quantity":6,"unit_price":255}],"created_at":"2026-11-23T15:04:05.123Z"}`
	validKey = "user-17"
)

// change returns validOrder with other text in the place of old.
func change(t *testing.T, old, other string) []byte {
	t.Helper()
	require.Equal(t, 1, strings.Count(validOrder, old), "times that %s is in the order", old)
	return []byte(strings.Replace(validOrder, old, other, 1))
}

// refused returns why a record is refused, each violation as "path: reason".
func refused(t *testing.T, key, value []byte) (class handlers.Class, violations []string) {
	t.Helper()
	order, err := handlers.Check(key, value)
	require.Error(t, err, "accepted: %s", value)
	require.Zero(t, order)
	var invalid *handlers.InvalidError
	require.ErrorAs(t, err, &invalid)
	for _, v := range invalid.Violations {
		violations = append(violations, v.Path+": "+v.Reason)
	}
	return handlers.ClassOf(err), violations
}

// edit is a change to validOrder and what becomes of it.
type edit struct {
	name     string
	old, new string
	// want are the violations as "path: reason", none if the order stays valid.
	want []string
}

// judge checks every edit; those that are refused are of class.
func judge(t *testing.T, class handlers.Class, edits []edit) {
	t.Helper()
	for _, e := range edits {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			value := change(t, e.old, e.new)
			if len(e.want) == 0 {
				_, err := handlers.Check([]byte(validKey), value)
				require.NoError(t, err)
				return
			}
			got, violations := refused(t, []byte(validKey), value)
			require.Equal(t, e.want, violations)
			require.Equal(t, class, got)
		})
	}
}

func TestCheckReturnsTheOrder(t *testing.T) {
	t.Parallel()
	order, err := handlers.Check([]byte(validKey), []byte(validOrder))
	require.NoError(t, err)
	require.Equal(t, handlers.Order{
		ID:        "o-1",
		UserID:    "user-17",
		Currency:  "EUR",
		Amount:    1530,
		Items:     []handlers.Item{{SKU: "85123A", Name: "HEART", Quantity: 6, UnitPrice: 255}},
		CreatedAt: time.Date(2026, time.November, 23, 15, 4, 5, 123_000_000, time.UTC),
	}, order)
}

func TestCheckReportsEverythingAtOnce(t *testing.T) {
	t.Parallel()
	class, violations := refused(t, []byte("someone"), []byte(`{"order_id":" a\u0007 ","user_id":"u","currency":"eur",
		"items":[{"sku":"","name":1,"quantity":-5,"unit_price":1.5},null,{"sku":"b","quantity":1e3,"unit_price":-1}],
		"created_at":"yesterday","unknown":"\u0000"}`))
	require.Equal(t, []string{
		`order_id: must not contain control characters, is " a\a "`,
		`order_id: must not begin or end with a blank, is " a\a "`,
		`currency: must be a code of ISO 4217 such as EUR, is "eur"`,
		`items[0].sku: must be 1 character or more, is empty`,
		`items[0].name: must be a string, is a number`,
		`items[0].quantity: must be 1 to 1000000, is -5`,
		`items[0].unit_price: must be an integer without fraction or exponent, is "1.5"`,
		`items[1]: must be an object, is null`,
		`items[2].quantity: must be an integer without fraction or exponent, is "1e3"`,
		`items[2].unit_price: must be 0 or more, is -1`,
		`amount: must be a number, is missing`,
		`created_at: must be a time of RFC 3339 with a zone, such as 2026-11-23T15:04:05.123Z, is "yesterday"`,
		`value: must not contain NUL (\u0000), not even in a field that is not read`,
		`key: must be the user_id "u", is "someone"`,
	}, violations)
	require.Equal(t, handlers.Decode, class)
}

// A document goes back to a pool after use: nothing of an order may show up in
// the next one.
func TestCheckForgetsTheOrderBefore(t *testing.T) {
	t.Parallel()
	for range 100 {
		_, err := handlers.Check([]byte(validKey), []byte(validOrder))
		require.NoError(t, err)
		_, violations := refused(t, []byte(validKey), []byte(`{"items":[{}]}`))
		require.Equal(t, []string{
			"order_id: must be a string, is missing",
			"user_id: must be a string, is missing",
			"currency: must be a string, is missing",
			"items[0].sku: must be a string, is missing",
			"items[0].quantity: must be a number, is missing",
			"items[0].unit_price: must be a number, is missing",
			"amount: must be a number, is missing",
			"created_at: must be a string, is missing",
		}, violations)
	}
}
