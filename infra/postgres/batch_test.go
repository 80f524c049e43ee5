package postgres_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"orderflow/handlers"
	"orderflow/infra/embedded/servertest"
	"orderflow/infra/postgres"
)

// variant returns an order whose content differs from that of other variants.
func variant(id string, variant int64) handlers.Order {
	order := simpleOrder(id)
	order.Amount = variant
	return order
}

// refused are values that no store can hold: two that the server refuses, when it
// reads them and when it parses the JSON, and one that cannot be encoded.
var refused = map[string]func(*handlers.Order){
	"a NUL in the user":     func(o *handlers.Order) { o.UserID = "a\x00b" },
	"a NUL in an item":      func(o *handlers.Order) { o.Items[0].Name = "a\x00b" },
	"no UTF-8 in the items": func(o *handlers.Order) { o.Items[0].SKU = "\xff" },
}

// The law: what a batch does to its orders is what saving them one after the other
// does.
func TestBatchLaw(t *testing.T) {
	t.Parallel()
	databaseURL := servertest.Database(t)
	store := openGrouped(t, databaseURL, postgres.InsertOnce, postgres.Grouping{})
	table := tableIn(t, databaseURL)
	orders := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) handlers.Order {
		order := variant(strconv.Itoa(rapid.IntRange(1, 60).Draw(t, "id")), rapid.Int64Range(1, 2).Draw(t, "variant"))
		if rapid.IntRange(1, 20).Draw(t, "is refused") == 1 {
			refused[rapid.SampledFrom([]string{"a NUL in the user", "a NUL in an item", "no UTF-8 in the items"}).Draw(t, "why")](&order)
		}
		return order
	}), 0, 40)
	rapid.Check(t, func(rt *rapid.T) {
		table.execute(rt, `TRUNCATE orders`)
		batch := postgres.NewBatch(store, rapid.Bool().Draw(rt, "staged"))
		var model model
		for range rapid.IntRange(1, 4).Draw(rt, "batches") {
			batchOrders := orders.Draw(rt, "orders")
			for i, fate := range batch.SaveAll(t.Context(), batchOrders) {
				require.Equal(rt, model.save(batchOrders[i]), summary(fate), "order %d: %v", i, fate.Err)
			}
		}
		var rows []handlers.Order
		for _, row := range table.rows(rt) {
			rows = append(rows, row.Order)
		}
		require.Equal(rt, model.rows, rows)
	})
}

// model is a table, and what saving does to it.
type model struct{ rows []handlers.Order }

func (m *model) save(order handlers.Order) string {
	if strings.Contains(order.UserID+order.Items[0].Name, "\x00") || order.Items[0].SKU == "\xff" {
		return string(handlers.Data)
	}
	for _, row := range m.rows {
		if row.ID == order.ID && row.Amount == order.Amount {
			return string(handlers.Duplicate)
		} else if row.ID == order.ID {
			return string(handlers.Conflict)
		}
	}
	m.rows = append(m.rows, order)
	return string(handlers.Inserted)
}

// summary is the outcome, or the class of the error.
func summary(fate postgres.Fate) string {
	if fate.Err != nil {
		return string(handlers.ClassOf(fate.Err))
	}
	return string(fate.Outcome)
}

// A row that another transaction holds up: so are the later ones of its user, and no
// other.
func TestLockedRowHoldsUpItsUserOnly(t *testing.T) {
	t.Parallel()
	for _, staged := range []bool{false, true} {
		t.Run(fmt.Sprintf("staged %t", staged), func(t *testing.T) {
			t.Parallel()
			databaseURL := servertest.Database(t)
			store := openGrouped(t, withSetting(t, databaseURL, "options", "-c lock_timeout=20ms"), postgres.InsertOnce, postgres.Grouping{})
			tableIn(t, databaseURL).hold(t, "7")
			var orders []handlers.Order
			for i := range 20 {
				order := simpleOrder(strconv.Itoa(i))
				order.UserID = strconv.Itoa(i % 3)
				orders = append(orders, order)
			}
			for i, fate := range postgres.NewBatch(store, staged).SaveAll(t.Context(), orders) {
				want := string(handlers.Inserted)
				if i >= 7 && i%3 == 7%3 {
					want = string(handlers.Transient)
				}
				require.Equal(t, want, summary(fate), "order %d: %v", i, fate.Err)
			}
		})
	}
}

func TestBatchOfDeliveriesIsWrittenInOrder(t *testing.T) {
	t.Parallel()
	databaseURL := servertest.Database(t)
	store := openGrouped(t, databaseURL, postgres.Insert, postgres.Grouping{})
	var orders []handlers.Order
	var want []string
	for i := range 1000 {
		order := simpleOrder(strconv.Itoa(i % 300))
		if i == 500 {
			refused["a NUL in the user"](&order)
		} else {
			want = append(want, order.ID)
		}
		orders = append(orders, order)
	}
	for i, fate := range postgres.NewBatch(store, false).SaveAll(t.Context(), orders) {
		if i == 500 {
			require.Equal(t, handlers.Data, handlers.ClassOf(fate.Err), "%v", fate.Err)
			require.ErrorContains(t, fate.Err, `save order "200"`)
		} else {
			require.NoError(t, fate.Err)
		}
	}
	require.Equal(t, want, servertest.Query(t, databaseURL, `SELECT order_id FROM order_processor.deliveries ORDER BY row_id`))
}

// A value may be anything that is special in COPY's text format.
func TestCopyKeepsEveryCharacter(t *testing.T) {
	t.Parallel()
	for _, staged := range []bool{false, true} {
		t.Run(fmt.Sprintf("staged %t", staged), func(t *testing.T) {
			t.Parallel()
			databaseURL := servertest.Database(t)
			batch := postgres.NewBatch(openGrouped(t, databaseURL, postgres.InsertOnce, postgres.Grouping{}), staged)
			var orders []handlers.Order
			for i, text := range []string{
				`\`, `\N`, `\.`, `\\n`, "\t", "\n", "\r\n", "a\tb\\\tc", "\b\f\v\x01\x1b\x7f", `"{[,]}"`, "", " ", "☕ é 𝄞 \u2028", "'",
			} {
				order := simpleOrder(fmt.Sprint(i, text))
				order.UserID, order.Currency = text, text
				order.Items[0].SKU, order.Items[0].Name = text, text
				orders = append(orders, order)
			}
			for _, fate := range batch.SaveAll(t.Context(), orders) {
				require.NoError(t, fate.Err)
			}
			for i, row := range tableIn(t, databaseURL).rows(t) {
				require.Equal(t, orders[i], row.Order)
			}
			for _, fate := range batch.SaveAll(t.Context(), orders) {
				require.NoError(t, fate.Err)
				require.Equal(t, handlers.Duplicate, fate.Outcome)
			}
		})
	}
}
