package orderstest_test

import (
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"orderflow/handlers"
	"orderflow/handlers/orderstest"
)

func TestValidOrderAddsUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		order := orderstest.ValidOrder().Draw(t, "order")
		sum := new(big.Int)
		for _, item := range order.Items {
			sum.Add(sum, new(big.Int).Mul(big.NewInt(item.Quantity), big.NewInt(item.UnitPrice)))
		}
		require.Positive(t, sum.Sign())
		require.Equal(t, sum.String(), big.NewInt(order.Amount).String())
		require.Equal(t, time.UTC, order.CreatedAt.Location())
		require.LessOrEqual(t, len(order.Items), 20)
	})
}

// What a generator never draws is never tested.
func TestValidOrderReachesTheCorners(t *testing.T) {
	t.Parallel()
	corners := map[string]func(handlers.Order) bool{
		"one item":         func(o handlers.Order) bool { return len(o.Items) == 1 },
		"many items":       func(o handlers.Order) bool { return len(o.Items) > 10 },
		"amount over 2^60": func(o handlers.Order) bool { return o.Amount > math.MaxInt64/8 },
		"small amount":     func(o handlers.Order) bool { return o.Amount < 1_000_000_000 },
		"foreign script":   func(o handlers.Order) bool { return len(o.ID) > len([]rune(o.ID)) },
		"nanoseconds":      func(o handlers.Order) bool { return o.CreatedAt.Nanosecond()%1000 != 0 },
		"no name":          func(o handlers.Order) bool { return o.Items[0].Name == "" },
		"escapes in JSON":  func(o handlers.Order) bool { return strings.ContainsAny(o.Items[0].SKU, "\"\\") },
	}
	orders := orderstest.ValidOrder()
	for seed := range 2000 {
		order := orders.Example(seed)
		for corner, reached := range corners {
			if reached(order) {
				delete(corners, corner)
			}
		}
	}
	require.Empty(t, corners)
}

func TestEncodeKeepsTheZone(t *testing.T) {
	t.Parallel()
	order := orderstest.ValidOrder().Example(1)
	order.CreatedAt = time.Date(2026, time.November, 23, 15, 4, 5, 1, time.FixedZone("", -90*60))
	require.Contains(t, string(orderstest.Encode(order)), `"created_at":"2026-11-23T15:04:05.000000001-01:30"`)
}
