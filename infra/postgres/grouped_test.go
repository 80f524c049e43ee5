package postgres_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"orderflow/handlers"
	"orderflow/infra/embedded"
	"orderflow/infra/embedded/servertest"
	"orderflow/infra/postgres"
)

// Every caller's outcome must fit what is in the table in the end, as if all had
// called one after the other, whether they bring one order or many.
func TestThousandsOfCallers(t *testing.T) {
	t.Parallel()
	databaseURL := servertest.Database(t)
	store := openGrouped(t, databaseURL, postgres.InsertOnce, postgres.Grouping{MaxRows: 1000})
	const callers, ids = 5000, 2000
	type call struct {
		order handlers.Order
		fate  string
	}
	calls := make([]call, callers)
	random := rand.New(rand.NewPCG(1, 2))
	var wg sync.WaitGroup
	size := 2500 // at first more than one transaction takes
	for first := 0; first < callers; first += size {
		if first > 0 {
			size = min(1+random.IntN(5), callers-first)
		}
		ctx, cancel := context.WithCancel(t.Context())
		placements := make([]handlers.Placement, size)
		for i := range placements {
			order := variant(strconv.Itoa(random.IntN(ids)), 1+random.Int64N(2))
			if random.IntN(50) == 0 {
				refused["a NUL in the user"](&order)
			}
			calls[first+i].order = order
			placements[i] = handlers.Placement{Order: order, Source: handlers.Source{Offset: int64(first + i)}}
		}
		switch random.IntN(50) {
		case 0:
			cancel()
		case 1:
			go cancel() // at some moment of SaveAll
		}
		wg.Go(func() {
			defer cancel()
			saveAll(ctx, store, placements)
			for i, placed := range placements {
				calls[first+i].fate = summary(postgres.Fate{Outcome: placed.Outcome, Err: placed.Err})
			}
		})
	}
	wg.Wait()

	stored := map[string]handlers.Order{}
	for _, row := range tableIn(t, databaseURL).rows(t) {
		stored[row.Order.ID] = row.Order
	}
	inserted, canceled := map[string]int{}, map[string]bool{}
	for _, call := range calls {
		id := call.order.ID
		switch call.fate {
		case string(handlers.Inserted):
			inserted[id]++
			require.Equal(t, call.order, stored[id])
		case string(handlers.Duplicate):
			require.Equal(t, call.order, stored[id])
		case string(handlers.Conflict):
			require.Contains(t, stored, id)
			require.NotEqual(t, call.order, stored[id])
		case string(handlers.Data):
			require.Equal(t, "a\x00b", call.order.UserID)
		case string(handlers.Canceled):
			canceled[id] = true
		default:
			require.Fail(t, "unexpected fate", call.fate)
		}
	}
	for id := range stored {
		require.LessOrEqual(t, inserted[id], 1, "order %s", id)
		require.True(t, inserted[id] == 1 || canceled[id], "nobody knows who inserted order %s", id)
	}
}

// saveAll saves a single order by Save, as most callers do.
func saveAll(ctx context.Context, store *postgres.GroupedStore, orders []handlers.Placement) {
	if len(orders) == 1 {
		orders[0].Outcome, orders[0].Err = store.Save(ctx, orders[0].Order, orders[0].Source)
		return
	}
	store.SaveAll(ctx, orders)
}

func TestServerThatIsKilledUnderLoad(t *testing.T) {
	t.Parallel()
	options := embedded.PostgresOptions{DataDir: servertest.DataDir(t)}
	first, err := embedded.StartPostgres(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, first.Close()) })
	store := openGrouped(t, first.URL(embedded.Database), postgres.InsertOnce, postgres.Grouping{})

	const callers = 300
	last := make([]int, callers) // the order that each caller could not save
	errs := make([]error, callers)
	var saved atomic.Int64
	var wg sync.WaitGroup
	for caller := range callers {
		wg.Go(func() {
			for ; errs[caller] == nil; last[caller]++ {
				_, errs[caller] = store.Save(t.Context(), simpleOrder(fmt.Sprint(caller, "-", last[caller])), handlers.Source{})
				if saved.Add(1) == 10*callers {
					first.Kill()
				}
			}
			last[caller]--
		})
	}
	wg.Wait()
	for _, err := range errs {
		require.True(t, handlers.ClassOf(err).Lasts(), "%v", err)
	}

	options.PreferredPort = first.Port()
	second, err := embedded.StartPostgres(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, second.Close()) })
	for _, save := range []func(caller int) (handlers.Order, handlers.Outcome){
		func(caller int) (handlers.Order, handlers.Outcome) {
			return simpleOrder(fmt.Sprint(caller, "-", last[caller])), "" // inserted, unless the first commit was only unconfirmed
		},
		func(caller int) (handlers.Order, handlers.Outcome) {
			return simpleOrder(fmt.Sprint(caller, "-", last[caller]/2)), handlers.Duplicate // staged
		},
	} {
		var again errgroup.Group
		for caller := range callers {
			again.Go(func() error {
				order, want := save(caller)
				outcome, err := store.Save(t.Context(), order, handlers.Source{})
				if err == nil && want != "" && outcome != want {
					return fmt.Errorf("order %q is %s", order.ID, outcome)
				}
				return err
			})
		}
		require.NoError(t, again.Wait())
	}
	total := 0
	for _, n := range last {
		total += n + 1
	}
	require.Len(t, tableIn(t, second.URL(embedded.Database)).rows(t), total)
}

func TestCloseUnderLoad(t *testing.T) {
	t.Parallel()
	databaseURL := servertest.Database(t)
	store := openGrouped(t, databaseURL, postgres.InsertOnce, postgres.Grouping{MaxRows: 100})
	var saved atomic.Int64
	enough := make(chan struct{})
	var callers errgroup.Group
	for caller := range 500 {
		callers.Go(func() error {
			for n := 0; ; n++ {
				_, err := store.Save(t.Context(), simpleOrder(fmt.Sprint(caller, "-", n)), handlers.Source{})
				if handlers.ClassOf(err) == handlers.Canceled {
					return nil
				}
				if err != nil {
					return err
				}
				if saved.Add(1) == 1000 {
					close(enough)
				}
			}
		})
	}
	<-enough
	require.NoError(t, store.Close())
	require.NoError(t, callers.Wait())
	require.Len(t, tableIn(t, databaseURL).rows(t), int(saved.Load()))
}

func TestCallersWithoutRoomCanBeCancelled(t *testing.T) {
	t.Parallel()
	databaseURL := servertest.Database(t)
	store := openGrouped(t, databaseURL, postgres.InsertOnce, postgres.Grouping{MaxRows: 1, Connections: 1})
	table := tableIn(t, databaseURL)
	holder := table.hold(t, "held")
	var first errgroup.Group
	first.Go(func() error {
		_, err := store.Save(t.Context(), simpleOrder("held"), handlers.Source{})
		return err
	})
	table.awaitLock(t)
	ctx, cancel := context.WithCancel(t.Context())
	var others errgroup.Group
	for i := range 10 { // one fits into the queue
		others.Go(func() error {
			_, err := store.Save(ctx, simpleOrder(strconv.Itoa(i)), handlers.Source{})
			if handlers.ClassOf(err) != handlers.Canceled {
				return fmt.Errorf("order %d was not cancelled: %w", i, err)
			}
			return nil
		})
	}
	cancel()
	require.NoError(t, others.Wait())
	require.NoError(t, holder.Rollback())
	require.NoError(t, first.Wait())
	require.Len(t, table.rows(t), 1)
}

// What one transaction does not take is not tried after one that was held up.
func TestMoreThanATransactionTakesKeepsItsOrder(t *testing.T) {
	t.Parallel()
	databaseURL := servertest.Database(t)
	locking := withSetting(t, databaseURL, "options", "-c lock_timeout=20ms")
	store := openGrouped(t, locking, postgres.InsertOnce, postgres.Grouping{MaxRows: 4})
	holder := tableIn(t, databaseURL).hold(t, "2")
	placements := make([]handlers.Placement, 10)
	for i := range placements {
		placements[i].Order = simpleOrder(strconv.Itoa(i))
		placements[i].Order.UserID = strconv.Itoa(i)
	}
	store.SaveAll(t.Context(), placements)
	for i, placed := range placements {
		if i == 2 || i >= 4 {
			require.Equal(t, handlers.Transient, handlers.ClassOf(placed.Err), "order %d: %v", i, placed.Err)
		} else {
			require.NoError(t, placed.Err)
		}
	}
	require.NoError(t, holder.Rollback())
	store.SaveAll(t.Context(), placements)
	for _, placed := range placements {
		require.NoError(t, placed.Err)
	}
}

func TestGroupingIsChecked(t *testing.T) {
	t.Parallel()
	for _, grouping := range []postgres.Grouping{{MaxRows: -1}, {Connections: -1}} {
		_, err := postgres.OpenGrouped(t.Context(), postgres.Config{}, group, postgres.InsertOnce, grouping)
		require.ErrorContains(t, err, "both must be 1 or more")
	}
}
