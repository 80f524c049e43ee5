package postgres_test

import (
	"fmt"
	"math"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"orderflow/handlers"
	"orderflow/infra/embedded/servertest"
	"orderflow/infra/postgres"
)

// someOrders have items, users, minutes and currencies in common, and one item twice.
func someOrders() []handlers.Order {
	var orders []handlers.Order
	for i := range 40 {
		order := simpleOrder(fmt.Sprint(i))
		order.UserID, order.Currency = fmt.Sprint("user-", i%7), []string{"EUR", "JPY"}[i%2]
		order.CreatedAt = order.CreatedAt.Add(time.Duration(i) * 25 * time.Hour)
		order.Items = []handlers.Item{
			{SKU: fmt.Sprint("sku-", i%5), Quantity: 2, UnitPrice: int64(i)},
			{SKU: "free", Quantity: 1},
			{SKU: fmt.Sprint("sku-", i%5), Quantity: 1, UnitPrice: 1},
		}
		order.Amount = 2*int64(i) + 1
		orders = append(orders, order)
	}
	return orders
}

// counted is a group's sums of these orders, and another group's table.
func counted(t *testing.T, orders []handlers.Order) (databaseURL string, snapshot func() *postgres.Snapshot) {
	t.Helper()
	databaseURL = servertest.Database(t)
	config, err := postgres.ParseURL(databaseURL)
	require.NoError(t, err)
	for group, write := range map[string]postgres.Write{"sums": postgres.CountOnce, "table": postgres.InsertOnce} {
		store, err := postgres.OpenGrouped(t.Context(), config, group, write, postgres.Grouping{})
		require.NoError(t, err)
		for _, order := range orders {
			_, err := store.Save(t.Context(), order, handlers.Source{})
			require.NoError(t, err)
		}
		require.NoError(t, store.Close())
	}
	return databaseURL, func() *postgres.Snapshot {
		snapshot, err := postgres.OpenSnapshot(t.Context(), config, "sums")
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, snapshot.Close()) })
		return snapshot
	}
}

// Sums that are right are found right, and any that is wrong is found.
func TestReconciliationFindsEveryDifference(t *testing.T) {
	t.Parallel()
	const orders = 40
	databaseURL, snapshot := counted(t, someOrders())
	sound := postgres.Reconciliation{Orders: orders, Counted: orders}
	found, err := snapshot().Reconcile(t.Context(), "table")
	require.NoError(t, err)
	require.Equal(t, sound, found)
	for _, test := range []struct {
		wrong, undo string
		want        postgres.Reconciliation
	}{
		{
			`UPDATE sums_by_user SET revenue = revenue + 1 WHERE user_id = 'user-1' AND currency = 'EUR'`,
			`UPDATE sums_by_user SET revenue = revenue - 1 WHERE user_id = 'user-1' AND currency = 'EUR'`,
			postgres.Reconciliation{Orders: orders, Counted: orders, Off: 1},
		},
		{
			`UPDATE sums_by_item SET quantity = quantity + 1 WHERE sku = 'free'`,
			`UPDATE sums_by_item SET quantity = quantity - 1 WHERE sku = 'free'`,
			postgres.Reconciliation{Orders: orders, Counted: orders, Off: 2},
		},
		{
			`UPDATE sums_by_minute SET orders = orders + 1 WHERE currency = 'EUR'`,
			`UPDATE sums_by_minute SET orders = orders - 1 WHERE currency = 'EUR'`,
			postgres.Reconciliation{Orders: orders, Counted: orders, Excess: 20, Off: 20},
		},
		{
			`INSERT INTO sums_by_user VALUES ('nobody', 'EUR', 1, 1, 1)`, `DELETE FROM sums_by_user WHERE user_id = 'nobody'`,
			postgres.Reconciliation{Orders: orders, Counted: orders, Off: 1},
		},
		{
			`UPDATE inbox SET order_id = 'other' WHERE order_id = '7'`, `UPDATE inbox SET order_id = '7' WHERE order_id = 'other'`,
			postgres.Reconciliation{Orders: orders, Counted: orders, Missing: 1, Phantom: 1},
		},
	} {
		table := tableOf(t, databaseURL, "sums")
		table.execute(t, test.wrong)
		found, err := snapshot().Reconcile(t.Context(), "table")
		require.NoError(t, err)
		require.Equal(t, test.want, found, test.wrong)
		table.execute(t, test.undo)
	}
	found, err = snapshot().Reconcile(t.Context(), "table")
	require.NoError(t, err)
	require.Equal(t, sound, found)
	_, err = snapshot().Reconcile(t.Context(), "nobody")
	require.ErrorContains(t, err, `against the orders of group "nobody"`)
}

func TestStatsRankWithinACurrency(t *testing.T) {
	t.Parallel()
	_, snapshot := counted(t, someOrders())
	stats, err := snapshot().Stats(t.Context(), 2)
	require.NoError(t, err)
	require.EqualValues(t, 40, stats.Orders)
	require.EqualValues(t, 7, stats.Users)
	require.EqualValues(t, 6, stats.Items)
	require.Equal(t, []postgres.Revenue{
		{Currency: "EUR", Orders: 20, Revenue: big.NewInt(780)}, {Currency: "JPY", Orders: 20, Revenue: big.NewInt(820)},
	}, stats.Revenue)
	require.Equal(t, []postgres.Rank{
		{Of: "sku-3", Currency: "EUR", Orders: 4, Quantity: 12, Revenue: 188},
		{Of: "sku-1", Currency: "EUR", Orders: 4, Quantity: 12, Revenue: 172},
		{Of: "sku-4", Currency: "JPY", Orders: 4, Quantity: 12, Revenue: 196},
		{Of: "sku-2", Currency: "JPY", Orders: 4, Quantity: 12, Revenue: 180},
	}, stats.TopItems)
	require.Len(t, stats.TopUsers, 4)
	require.Len(t, stats.Days, 40)
	require.Equal(t, postgres.Revenue{Day: "2026-11-23", Currency: "EUR", Orders: 1, Revenue: big.NewInt(1)}, stats.Days[0])
	require.Equal(t, postgres.Revenue{Day: "2026-11-24", Currency: "JPY", Orders: 1, Revenue: big.NewInt(3)}, stats.Days[1])
}

// Each minute's sum fits into 64 bits, and a day's need not.
func TestStatsOfADayExceedInt64(t *testing.T) {
	t.Parallel()
	var orders []handlers.Order
	for i := range 3 {
		order := simpleOrder(fmt.Sprint(i))
		order.UserID, order.CreatedAt = fmt.Sprint(i), order.CreatedAt.Add(time.Duration(i)*time.Minute)
		order.Items = []handlers.Item{{SKU: fmt.Sprint(i), Quantity: 1, UnitPrice: math.MaxInt64}}
		order.Amount = math.MaxInt64
		orders = append(orders, order)
	}
	_, snapshot := counted(t, orders)
	stats, err := snapshot().Stats(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, "27670116110564327421", stats.Days[0].Revenue.String())
	require.Equal(t, "27670116110564327421", stats.Revenue[0].Revenue.String())
	reconciled, err := snapshot().Reconcile(t.Context(), "table")
	require.NoError(t, err)
	require.Zero(t, reconciled.Off)
}

func TestStatsNeedSums(t *testing.T) {
	t.Parallel()
	databaseURL := servertest.Database(t)
	openStore(t, databaseURL)
	config, err := postgres.ParseURL(databaseURL)
	require.NoError(t, err)
	snapshot, err := postgres.OpenSnapshot(t.Context(), config, group)
	require.NoError(t, err)
	defer snapshot.Close()
	_, err = snapshot.Stats(t.Context(), 1)
	require.EqualError(t, err, "the group of schema order_processor keeps no sums, it was run with --handler persist: "+
		"start `processor --handler analytics`, or name the group that was, with --group-id")
}
