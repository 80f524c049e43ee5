// Package orderstest makes orders for tests: valid ones, and records that are
// invalid in one known way.
package orderstest

import (
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/bojanz/currency"
	"github.com/go-json-experiment/json"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"orderflow/handlers"
)

// ValidOrder draws orders as handlers.Check returns them: identifiers in any
// script, 1 to 20 items, amounts up to the largest int64, CreatedAt in UTC with
// nanoseconds.
func ValidOrder() *rapid.Generator[handlers.Order] {
	return rapid.Custom(func(t *rapid.T) handlers.Order {
		items, amount := drawItems(t)
		return handlers.Order{
			ID:        identifier().Draw(t, "order_id"),
			UserID:    identifier().Draw(t, "user_id"),
			Currency:  rapid.SampledFrom(currency.GetCurrencyCodes()).Draw(t, "currency"),
			Amount:    amount,
			Items:     items,
			CreatedAt: instant().Draw(t, "created_at"),
		}
	})
}

// ValidOrder2 draws orders of version 2, which have a channel.
func ValidOrder2() *rapid.Generator[handlers.Order] {
	return rapid.Custom(func(t *rapid.T) handlers.Order {
		order := ValidOrder().Draw(t, "order")
		order.Channel = rapid.SampledFrom([]string{"web", "app", "store"}).Draw(t, "channel")
		return order
	})
}

// Zone draws a time zone as RFC 3339 can write it: whole minutes, less than a day.
func Zone() *rapid.Generator[*time.Location] {
	return rapid.Map(rapid.IntRange(-1439, 1439), func(minutes int) *time.Location {
		return time.FixedZone("", minutes*60)
	})
}

// Encode returns the JSON of an order as a producer would send it. The time keeps
// its zone.
func Encode(order handlers.Order) []byte {
	value, err := json.Marshal(order)
	if err != nil {
		panic("encode order " + order.ID + ": " + err.Error())
	}
	return value
}

func identifier() *rapid.Generator[string] {
	visible := rapid.RuneFrom(nil, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Zs)
	normal := rapid.Map(rapid.StringOfN(visible, 1, 64, -1), func(s string) string {
		return strings.TrimSpace(norm.NFC.String(s))
	})
	return normal.Filter(func(s string) bool {
		runes := utf8.RuneCountInString(s)
		return runes >= 1 && runes <= 64
	})
}

// drawItems spends what is left of int64 on each item in turn, so that no sum
// overflows. The first has a price, so that the amount is not 0.
func drawItems(t *rapid.T) (items []handlers.Item, amount int64) {
	lowest := int64(1)
	for range rapid.IntRange(1, 20).Draw(t, "items") {
		quantity := rapid.Int64Range(1, 1_000_000).Draw(t, "quantity")
		price := rapid.Int64Range(lowest, max(lowest, (math.MaxInt64-amount)/quantity)).Draw(t, "unit_price")
		items = append(items, handlers.Item{
			SKU:       rapid.StringN(1, 20, -1).Filter(noNUL).Draw(t, "sku"),
			Name:      rapid.StringN(0, 40, -1).Filter(noNUL).Draw(t, "name"),
			Quantity:  quantity,
			UnitPrice: price,
		})
		amount += quantity * price
		lowest = 0
	}
	return items, amount
}

func noNUL(s string) bool { return !strings.Contains(s, "\x00") }

func instant() *rapid.Generator[time.Time] {
	first := time.Date(1970, time.January, 1, 0, 0, 0, 0, time.UTC)
	last := time.Date(2200, time.December, 31, 23, 59, 59, 0, time.UTC)
	return rapid.Custom(func(t *rapid.T) time.Time {
		seconds := rapid.Int64Range(first.Unix(), last.Unix()).Draw(t, "seconds")
		nanoseconds := rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds")
		return time.Unix(seconds, nanoseconds).UTC()
	})
}
