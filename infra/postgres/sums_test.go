package postgres_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"orderflow/handlers"
	"orderflow/handlers/orderstest"
	"orderflow/infra/embedded/servertest"
	"orderflow/infra/postgres"
)

// readSums returns the sums of each table, one a line.
func (table table) readSums(t require.TestingT) []string {
	rows, err := table.db.Query(`
		SELECT format('minute %s %s %s %s %s', extract(epoch FROM minute)::bigint / 60, currency, orders, quantity, revenue) FROM sums_by_minute
		UNION ALL SELECT format('user %s %s %s %s %s', user_id, currency, orders, quantity, revenue) FROM sums_by_user
		UNION ALL SELECT format('item %s %s %s %s %s', sku, currency, orders, quantity, revenue) FROM sums_by_item`)
	require.NoError(t, err)
	defer rows.Close()
	var all []string
	for rows.Next() {
		var line string
		require.NoError(t, rows.Scan(&line))
		all = append(all, line)
	}
	require.NoError(t, rows.Err())
	slices.Sort(all)
	return all
}

// sumsOf is what readSums returns when these orders are counted, each once.
func sumsOf(t require.TestingT, orders []handlers.Order) []string {
	sums := handlers.NewSums()
	for i := range orders {
		require.NoError(t, sums.Add(&orders[i]))
	}
	var all []string
	for key, sum := range sums.ByMinute {
		all = append(all, fmt.Sprintf("minute %d %s %d %d %d", key.Minute, key.Currency, sum.Orders, sum.Quantity, sum.Revenue))
	}
	for key, sum := range sums.ByUser {
		all = append(all, fmt.Sprintf("user %s %s %d %d %d", key.Of, key.Currency, sum.Orders, sum.Quantity, sum.Revenue))
	}
	for key, sum := range sums.ByItem {
		all = append(all, fmt.Sprintf("item %s %s %d %d %d", key.Of, key.Currency, sum.Orders, sum.Quantity, sum.Revenue))
	}
	slices.Sort(all)
	return all
}

// countable draws orders that have users, items, minutes and ids in common, with
// amounts of which few fit into a sum together.
func countable() *rapid.Generator[handlers.Order] {
	return rapid.Custom(func(t *rapid.T) handlers.Order {
		order := handlers.Order{
			ID:        fmt.Sprint(rapid.IntRange(1, 50).Draw(t, "id")),
			UserID:    fmt.Sprint("user-", rapid.IntRange(1, 3).Draw(t, "user")),
			Currency:  rapid.SampledFrom([]string{"EUR", "JPY"}).Draw(t, "currency"),
			CreatedAt: time.Unix(rapid.Int64Range(0, 180).Draw(t, "second"), 5).UTC(),
		}
		for range rapid.IntRange(1, 3).Draw(t, "items") {
			price := rapid.SampledFrom([]int64{1, 99, math.MaxInt64 / 5}).Draw(t, "price")
			order.Items = append(order.Items, handlers.Item{
				SKU: fmt.Sprint("sku-", rapid.IntRange(1, 3).Draw(t, "sku")), Quantity: 1, UnitPrice: price,
			})
			order.Amount += price
		}
		return order
	})
}

// counting is what counting does, one order after the other.
type counting struct{ counted []handlers.Order }

func (c *counting) save(order handlers.Order) string {
	for _, other := range c.counted {
		if other.ID != order.ID {
			continue
		}
		if fmt.Sprint(other) == fmt.Sprint(order) {
			return string(handlers.Duplicate)
		}
		return string(handlers.Conflict)
	}
	sums, all := handlers.NewSums(), append(slices.Clone(c.counted), order)
	for i := range all {
		if sums.Add(&all[i]) != nil {
			return string(handlers.Data)
		}
	}
	c.counted = all
	return string(handlers.Inserted)
}

// The law: whatever comes how often, in whatever batches, the sums are those of the
// orders that were counted, each once; and an order that does not fit is refused
// alone, and as a whole.
func TestCountingLaw(t *testing.T) {
	t.Parallel()
	databaseURL := servertest.Database(t)
	store := openGrouped(t, databaseURL, postgres.CountOnce, postgres.Grouping{})
	table := tableIn(t, databaseURL)
	rapid.Check(t, func(rt *rapid.T) {
		table.execute(rt, `TRUNCATE inbox, sums_by_minute, sums_by_user, sums_by_item`)
		batch := postgres.NewBatch(store, rapid.Bool().Draw(rt, "staged"))
		var model counting
		for range rapid.IntRange(1, 4).Draw(rt, "batches") {
			orders := rapid.SliceOfN(countable(), 0, 15).Draw(rt, "orders")
			// A batch is written in the order of its ids.
			slices.SortStableFunc(orders, func(a, b handlers.Order) int { return strings.Compare(a.ID, b.ID) })
			for i, fate := range batch.SaveAll(t.Context(), orders) {
				require.Equal(rt, model.save(orders[i]), summary(fate), "order %d: %v", i, fate.Err)
			}
		}
		require.Equal(rt, sumsOf(rt, model.counted), table.readSums(rt))
	})
}

// Any valid order can be counted, whatever is in it, and is known again.
func TestCountingTakesAnyOrder(t *testing.T) {
	t.Parallel()
	databaseURL := servertest.Database(t)
	store := openGrouped(t, databaseURL, postgres.CountOnce, postgres.Grouping{})
	table := tableIn(t, databaseURL)
	rapid.Check(t, func(rt *rapid.T) {
		table.execute(rt, `TRUNCATE inbox, sums_by_minute, sums_by_user, sums_by_item`)
		order := orderstest.ValidOrder().Draw(rt, "order")
		for _, want := range []handlers.Outcome{handlers.Inserted, handlers.Duplicate} {
			outcome, err := store.Save(t.Context(), order, handlers.Source{})
			require.NoError(rt, err)
			require.Equal(rt, want, outcome)
			require.Equal(rt, sumsOf(rt, []handlers.Order{order}), table.readSums(rt))
		}
	})
}

func TestCountingTakesASKUThatNoIndexHolds(t *testing.T) {
	t.Parallel()
	databaseURL := servertest.Database(t)
	store := openGrouped(t, databaseURL, postgres.CountOnce, postgres.Grouping{})
	order := simpleOrder("1")
	random := rand.New(rand.NewPCG(1, 2))
	var sku strings.Builder
	for range 100_000 {
		sku.WriteRune(rune('!' + random.IntN(90)))
	}
	order.Items[0].SKU = sku.String()
	_, err := store.Save(t.Context(), order, handlers.Source{})
	require.NoError(t, err)
	require.Equal(t, sumsOf(t, []handlers.Order{order}), tableIn(t, databaseURL).readSums(t))
}

func TestASumThatOverflowsIsRefused(t *testing.T) {
	t.Parallel()
	for by, change := range map[string]func(*handlers.Order){
		"user":   func(o *handlers.Order) { o.Items[0].SKU, o.CreatedAt = "other", o.CreatedAt.Add(time.Hour) },
		"item":   func(o *handlers.Order) { o.UserID, o.CreatedAt = "other", o.CreatedAt.Add(time.Hour) },
		"minute": func(o *handlers.Order) { o.UserID, o.Items[0].SKU = "other", "other" },
	} {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			databaseURL := servertest.Database(t)
			batch := postgres.NewBatch(openGrouped(t, databaseURL, postgres.CountOnce, postgres.Grouping{}), false)
			large := simpleOrder("1")
			large.Items = []handlers.Item{{SKU: "sku", Quantity: 1, UnitPrice: math.MaxInt64}}
			large.Amount = math.MaxInt64
			tooMuch := large
			tooMuch.Items = slices.Clone(large.Items)
			tooMuch.ID = "2"
			change(&tooMuch)
			other := simpleOrder("3")
			other.Currency = "USD" // whose sums are others
			want := fmt.Sprintf(`save order "2" of /0/1: a sum of its %s would exceed 64 bits (9223372036854775807): the order is not counted`, by)
			for range 2 { // in one batch, and against what is there
				fates := batch.SaveAll(t.Context(), []handlers.Order{large, tooMuch, other})
				require.NoError(t, fates[0].Err)
				require.Equal(t, handlers.Data, handlers.ClassOf(fates[1].Err))
				require.EqualError(t, fates[1].Err, want)
				require.NoError(t, fates[2].Err)
				require.Equal(t, sumsOf(t, []handlers.Order{large, other}), tableIn(t, databaseURL).readSums(t))
			}
		})
	}
}

// Two processes that count the same orders at once, as after a rebalance that one
// of them has not heard of, count each once and never wait in a circle.
func TestTwoProcessesCountEachOrderOnce(t *testing.T) {
	t.Parallel()
	databaseURL := servertest.Database(t)
	var all []handlers.Order
	for i := range 3000 {
		order := simpleOrder(fmt.Sprint(i))
		order.UserID = fmt.Sprint("user-", i%50)
		order.Items[0].SKU = fmt.Sprint("sku-", i%70)
		all = append(all, order)
	}
	var mu sync.Mutex
	outcomes := map[handlers.Outcome]int{}
	var callers errgroup.Group
	for process := range 2 {
		store := openGrouped(t, databaseURL, postgres.CountOnce, postgres.Grouping{MaxRows: 500})
		for _, i := range rand.New(rand.NewPCG(uint64(process), 0)).Perm(len(all)) {
			callers.Go(func() error {
				outcome, err := store.Save(t.Context(), all[i], handlers.Source{})
				mu.Lock()
				defer mu.Unlock()
				outcomes[outcome]++
				return err
			})
		}
	}
	require.NoError(t, callers.Wait())
	require.Equal(t, map[handlers.Outcome]int{handlers.Inserted: len(all), handlers.Duplicate: len(all)}, outcomes)
	require.Equal(t, sumsOf(t, all), tableIn(t, databaseURL).readSums(t))
}

// A group does one thing with its orders: what is behind its offsets would never
// come to the other.
func TestAGroupKeepsItsHandler(t *testing.T) {
	t.Parallel()
	databaseURL := servertest.Database(t)
	config, err := postgres.ParseURL(databaseURL)
	require.NoError(t, err)
	open := func(group string, write postgres.Write) error {
		store, err := postgres.OpenGrouped(context.Background(), config, group, write, postgres.Grouping{})
		if err == nil {
			err = store.Close()
		}
		return err
	}
	require.NoError(t, open("one", postgres.InsertOnce))
	require.NoError(t, open("one", postgres.Insert), "another guarantee is none of its concern")
	require.EqualError(t, open("one", postgres.CountOnce), `consumer group "one" has handled its orders with "persist" up to its offsets, `+
		`so "analytics" would not see them: choose another GROUP_ID, which begins with the oldest order`)
	require.NoError(t, open("two", postgres.CountOnce))
	require.ErrorContains(t, open("two", postgres.InsertOnce), `consumer group "two" has handled its orders with "analytics"`)
	_, err = postgres.Open(t.Context(), config, "three", postgres.CountOnce)
	require.ErrorContains(t, err, "use OpenGrouped")
}

func TestTotalsOfSums(t *testing.T) {
	t.Parallel()
	store := openGrouped(t, servertest.Database(t), postgres.CountOnce, postgres.Grouping{})
	for i := range 6 {
		order := simpleOrder(fmt.Sprint(i))
		order.UserID, order.Currency = fmt.Sprint(i%2), []string{"EUR", "JPY"}[i/4]
		order.CreatedAt = order.CreatedAt.Add(time.Duration(i) * time.Minute)
		_, err := store.Save(t.Context(), order, handlers.Source{})
		require.NoError(t, err)
	}
	totals, err := store.Totals(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 2, totals.Users)
	require.Equal(t, "6120", totals.AmountByCurrency["EUR"].String())
	require.Equal(t, "3060", totals.AmountByCurrency["JPY"].String())
}

// A processor that is stopped in the middle of a transaction, as a zombie is, does
// not hold up the others of its group.
func TestAFrozenProcessorDoesNotHoldUpOthers(t *testing.T) {
	t.Parallel()
	databaseURL := servertest.Database(t)
	frozen := openGrouped(t, databaseURL, postgres.CountOnce, postgres.Grouping{})
	order := simpleOrder("1")
	_, err := frozen.Save(t.Context(), order, handlers.Source{})
	require.NoError(t, err)
	thaw, err := frozen.Freeze(t.Context(), order.UserID)
	require.NoError(t, err)
	again := simpleOrder("2")
	_, err = openGrouped(t, databaseURL, postgres.CountOnce, postgres.Grouping{}).Save(t.Context(), again, handlers.Source{})
	require.NoError(t, err)
	require.Error(t, thaw())
	require.Equal(t, sumsOf(t, []handlers.Order{order, again}), tableIn(t, databaseURL).readSums(t))
	_, err = frozen.Save(t.Context(), simpleOrder("1"), handlers.Source{})
	require.NoError(t, err, "the others of its connections are as they were")
}
