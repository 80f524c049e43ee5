package postgres_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"orderflow/handlers"
	"orderflow/handlers/orderstest"
)

func simpleOrder(id string) handlers.Order {
	return handlers.Order{
		ID: id, UserID: "user-17", Currency: "EUR", Amount: 1530,
		Items: []handlers.Item{
			{SKU: "85123A", Name: "Tee \"light\" ☕", Quantity: 6, UnitPrice: 255},
			{SKU: "71053", Quantity: 1},
		},
		CreatedAt: time.Date(2026, 11, 23, 15, 4, 5, 123_456_789, time.UTC),
	}
}

func TestSaveWritesARow(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, store store, table table) {
		t.Helper()
		begun := time.Now().Add(-time.Minute) // clocks differ
		for i, id := range []string{"b", "c", "a"} {
			outcome, err := store.Save(t.Context(), simpleOrder(id), handlers.Source{Topic: "orders", Partition: 2, Offset: int64(i) + 1<<40})
			require.NoError(t, err)
			require.Equal(t, handlers.Inserted, outcome)
		}
		rows := table.rows(t)
		require.Len(t, rows, 3)
		for i, id := range []string{"b", "c", "a"} {
			require.Equal(t, row{
				Order:     simpleOrder(id),
				Micros:    time.Date(2026, 11, 23, 15, 4, 5, 123_456_000, time.UTC),
				Nanos:     789,
				Partition: 2,
				Offset:    int64(i) + 1<<40,
			}, rows[i])
		}
		var written int
		require.NoError(t, table.db.QueryRow(`SELECT count(*) FROM orders WHERE committed_at > $1`, begun).Scan(&written))
		require.Equal(t, 3, written)
	})
}

func TestSameOrderAgainIsADuplicate(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, store store, table table) {
		t.Helper()
		_, err := store.Save(t.Context(), simpleOrder("1"), handlers.Source{Partition: 1, Offset: 10})
		require.NoError(t, err)
		before := table.rows(t)

		again := simpleOrder("1")
		again.CreatedAt = again.CreatedAt.In(time.FixedZone("", -3*3600)) // the same instant
		outcome, err := store.Save(t.Context(), again, handlers.Source{Partition: 2, Offset: 20})
		require.NoError(t, err)
		require.Equal(t, handlers.Duplicate, outcome)
		require.Equal(t, before, table.rows(t))
	})
}

func TestOtherOrderUnderTheSameIDIsAConflict(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, store store, table table) {
		t.Helper()
		_, err := store.Save(t.Context(), simpleOrder("1"), handlers.Source{})
		require.NoError(t, err)
		before := table.rows(t)
		for field, change := range map[string]func(*handlers.Order){
			"user_id":               func(o *handlers.Order) { o.UserID = "user-18" },
			"currency":              func(o *handlers.Order) { o.Currency = "USD" },
			"amount":                func(o *handlers.Order) { o.Amount++ },
			"sku":                   func(o *handlers.Order) { o.Items[1].SKU = "71054" },
			"name":                  func(o *handlers.Order) { o.Items[1].Name = " " },
			"quantity":              func(o *handlers.Order) { o.Items[1].Quantity = 2 },
			"unit_price":            func(o *handlers.Order) { o.Items[0].UnitPrice = 256 },
			"order of items":        func(o *handlers.Order) { slices.Reverse(o.Items) },
			"an item more":          func(o *handlers.Order) { o.Items = append(o.Items, o.Items[0]) },
			"an item less":          func(o *handlers.Order) { o.Items = o.Items[:1] },
			"created_at by 1 ns":    func(o *handlers.Order) { o.CreatedAt = o.CreatedAt.Add(1) },
			"created_at by 1 us":    func(o *handlers.Order) { o.CreatedAt = o.CreatedAt.Add(time.Microsecond) },
			"created_at by an hour": func(o *handlers.Order) { o.CreatedAt = o.CreatedAt.Add(time.Hour) },
		} {
			t.Run(field, func(t *testing.T) {
				t.Parallel()
				order := simpleOrder("1")
				change(&order)
				_, err := store.Save(t.Context(), order, handlers.Source{})
				require.Equal(t, handlers.Conflict, handlers.ClassOf(err), "%v", err)
				require.EqualError(t, err, `order_id "1" is taken by an order with other content, in order_processor.orders`)
				require.Equal(t, before, table.rows(t))
			})
		}
	})
}

// The law: what is saved can be read again, whatever is in it, and is known again.
func TestSaveLaw(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, store store, table table) {
		t.Helper()
		rapid.Check(t, func(rt *rapid.T) {
			table.execute(rt, `TRUNCATE orders`)
			order := rapid.OneOf(orderstest.ValidOrder(), orderstest.ValidOrder2()).Draw(rt, "order")
			outcome, err := store.Save(t.Context(), order, handlers.Source{})
			require.NoError(rt, err)
			require.Equal(rt, handlers.Inserted, outcome)
			rows := table.rows(rt)
			require.Len(rt, rows, 1)
			require.Equal(rt, order, rows[0].Order)

			outcome, err = store.Save(t.Context(), order, handlers.Source{Offset: 1})
			require.NoError(rt, err)
			require.Equal(rt, handlers.Duplicate, outcome)
			require.Equal(rt, rows, table.rows(rt))
		})
	})
}

func TestOneOfManySavesAtOnceInserts(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, store store, table table) {
		t.Helper()
		const saves = 50
		var mu sync.Mutex
		outcomes := map[handlers.Outcome]int{}
		var savers errgroup.Group
		for offset := range int64(saves) {
			savers.Go(func() error {
				outcome, err := store.Save(t.Context(), simpleOrder("1"), handlers.Source{Offset: offset})
				mu.Lock()
				defer mu.Unlock()
				outcomes[outcome]++
				return err
			})
		}
		require.NoError(t, savers.Wait())
		require.Equal(t, map[handlers.Outcome]int{handlers.Inserted: 1, handlers.Duplicate: saves - 1}, outcomes)
		require.Len(t, table.rows(t), 1)
	})
}
