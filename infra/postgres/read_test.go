package postgres_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"orderflow/handlers"
	"orderflow/handlers/orderstest"
	"orderflow/infra/embedded/servertest"
	"orderflow/infra/postgres"
)

func snapshot(t *testing.T, databaseURL string) *postgres.Snapshot {
	t.Helper()
	config, err := postgres.ParseURL(databaseURL)
	require.NoError(t, err)
	s, err := postgres.OpenSnapshot(t.Context(), config, group)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// kept copies rows, which the reader uses again.
func kept(into *[]postgres.Row) func(*postgres.Row) error {
	return func(row *postgres.Row) error {
		copied := *row
		copied.Order.Items = append([]handlers.Item(nil), row.Order.Items...)
		*into = append(*into, copied)
		return nil
	}
}

func TestRowsComeInTheOrderOfWriting(t *testing.T) {
	t.Parallel()
	databaseURL := servertest.Database(t)
	once := openStore(t, databaseURL)
	config, err := postgres.ParseURL(databaseURL)
	require.NoError(t, err)
	each, err := postgres.Open(t.Context(), config, group, postgres.Insert)
	require.NoError(t, err)
	defer each.Close()
	for i, id := range []string{"b", "a", "c"} {
		source := handlers.Source{Partition: 2, Offset: int64(i)}
		_, err := once.Save(t.Context(), simpleOrder(id), source)
		require.NoError(t, err)
	}
	for offset := range int64(2) {
		_, err = each.Save(t.Context(), simpleOrder("d"), handlers.Source{Offset: offset})
		require.NoError(t, err)
	}

	s := snapshot(t, databaseURL)
	_, err = each.Save(t.Context(), simpleOrder("too late"), handlers.Source{})
	require.NoError(t, err)
	for write, want := range map[postgres.Write][]postgres.Row{
		postgres.InsertOnce: {{simpleOrder("b"), 2, 0}, {simpleOrder("a"), 2, 1}, {simpleOrder("c"), 2, 2}},
		postgres.Insert:     {{simpleOrder("d"), 0, 0}, {simpleOrder("d"), 0, 1}},
	} {
		var rows []postgres.Row
		require.NoError(t, s.Rows(t.Context(), write, kept(&rows)))
		require.Equal(t, want, rows)
	}
	var found []postgres.Row
	require.NoError(t, s.OrdersByID(t.Context(), []string{"c", "d", `{"`, "c"}, kept(&found)))
	require.Equal(t, []postgres.Row{{simpleOrder("c"), 2, 2}}, found)

	stop := errors.New("enough")
	require.ErrorIs(t, s.Rows(t.Context(), postgres.Insert, func(*postgres.Row) error { return stop }), stop)
}

// The law: an order is read as it was saved.
func TestReadLaw(t *testing.T) {
	t.Parallel()
	databaseURL := servertest.Database(t)
	store := openStore(t, databaseURL)
	rapid.Check(t, func(rt *rapid.T) {
		order := orderstest.ValidOrder().Draw(rt, "order")
		order.ID = servertest.Name("id")
		_, err := store.Save(t.Context(), order, handlers.Source{Partition: 1, Offset: 1 << 40})
		require.NoError(rt, err)
		s := snapshot(t, databaseURL)
		var found []postgres.Row
		require.NoError(rt, s.OrdersByID(t.Context(), []string{order.ID}, kept(&found)))
		require.NoError(rt, s.Close())
		require.Equal(rt, []postgres.Row{{order, 1, 1 << 40}}, found)
	})
}

func TestWhatTheStoreNeverWrites(t *testing.T) {
	t.Parallel()
	databaseURL := servertest.Database(t)
	store := openStore(t, databaseURL)
	for _, id := range []string{"a", "b", "c"} {
		_, err := store.Save(t.Context(), simpleOrder(id), handlers.Source{})
		require.NoError(t, err)
	}
	tableIn(t, databaseURL).execute(t, `UPDATE orders SET items = '{}' WHERE order_id = 'a'`)
	tableIn(t, databaseURL).execute(t, `UPDATE orders SET items = items || '[{"gift": true}]' WHERE order_id = 'b'`)
	tableIn(t, databaseURL).execute(t, `UPDATE orders SET created_at = '-infinity' WHERE order_id = 'c'`)
	var rows []postgres.Row
	require.NoError(t, snapshot(t, databaseURL).Rows(t.Context(), postgres.InsertOnce, kept(&rows)))
	require.Len(t, rows, 3)
	for _, row := range rows {
		switch row.Order.ID {
		case "c":
			require.Equal(t, 1, row.Order.CreatedAt.Year())
			require.Equal(t, simpleOrder("c").Items, row.Order.Items)
		default:
			require.Empty(t, row.Order.Items)
			require.Equal(t, simpleOrder("").CreatedAt, row.Order.CreatedAt)
		}
	}
}

func TestASnapshotOfNothingSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	databaseURL := servertest.Database(t)
	config, err := postgres.ParseURL(databaseURL)
	require.NoError(t, err)
	_, err = postgres.OpenSnapshot(t.Context(), config, group)
	require.ErrorContains(t, err, `has no table order_processor.consumer_group, so no processor of consumer group "order-processor"`)
	require.ErrorContains(t, err, "check --group-id and --database-url")

	openStore(t, databaseURL)
	tableIn(t, databaseURL).execute(t, `DROP TABLE deliveries`)
	_, err = postgres.OpenSnapshot(t.Context(), config, group)
	require.ErrorContains(t, err, `has no table order_processor.deliveries`)

	tableIn(t, databaseURL).execute(t, `UPDATE consumer_group SET group_id = 'order_processor'`)
	tableIn(t, databaseURL).execute(t, `CREATE TABLE deliveries ()`)
	_, err = postgres.OpenSnapshot(t.Context(), config, group)
	require.ErrorContains(t, err, `belongs to consumer group "order_processor", not to "order-processor"`)
}
