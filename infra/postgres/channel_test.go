package postgres_test

import (
	"os"
	"testing"
	"testing/fstest"

	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"orderflow/handlers"
	"orderflow/infra/embedded/servertest"
	"orderflow/infra/postgres"
)

func TestAnotherChannelIsAConflictAndNoneIsNot(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, store store, table table) {
		t.Helper()
		save := func(id, channel string) (handlers.Outcome, error) {
			order := simpleOrder(id)
			order.Channel = channel
			return store.Save(t.Context(), order, handlers.Source{})
		}
		for _, id := range []string{"", "web"} { // the channel of the first
			outcome, err := save(id, id)
			require.NoError(t, err)
			require.Equal(t, handlers.Inserted, outcome)
		}
		before := table.rows(t)
		require.Empty(t, before[0].Order.Channel)
		require.Equal(t, "web", before[1].Order.Channel)
		for _, again := range []struct{ id, channel string }{{"", ""}, {"", "web"}, {"web", "web"}, {"web", ""}} {
			outcome, err := save(again.id, again.channel)
			require.NoError(t, err)
			require.Equal(t, handlers.Duplicate, outcome, "%+v", again)
		}
		_, err := save("web", "app")
		require.Equal(t, handlers.Conflict, handlers.ClassOf(err))
		require.Equal(t, before, table.rows(t))
	})
}

// What a processor of version 1 does to the tables: its migrations, its statements.
const (
	insertOfVersion1 = `INSERT INTO orders (order_id, user_id, currency, amount, items, created_at, created_at_ns, kafka_partition, kafka_offset)
		SELECT $1, user_id, currency, amount, items, created_at, created_at_ns, kafka_partition, kafka_offset FROM orders WHERE order_id = $2
		ON CONFLICT (order_id) DO NOTHING`
	sameContentOfVersion1 = `SELECT (a.user_id, a.currency, a.amount, a.items, a.created_at, a.created_at_ns) =
		(b.user_id, b.currency, b.amount, b.items, b.created_at, b.created_at_ns) FROM orders a, orders b
		WHERE a.order_id = 'new' AND b.order_id = 'old'`
)

// A processor that knows only version 1 goes on with tables that a newer one has
// migrated, also when it starts anew, and each takes what the other has written.
func TestOldAndNewProcessorsShareTheTables(t *testing.T) {
	t.Parallel()
	databaseURL := servertest.Database(t)
	table := tableIn(t, databaseURL)
	table.execute(t, `CREATE SCHEMA order_processor`)
	older := func() []*goose.MigrationResult {
		files := fstest.MapFS{}
		for _, name := range []string{"00001_orders.sql", "00002_deliveries.sql"} {
			content, err := os.ReadFile("migrations/" + name)
			require.NoError(t, err)
			files[name] = &fstest.MapFile{Data: content}
		}
		provider, err := goose.NewProvider(goose.DialectPostgres, table.db, files)
		require.NoError(t, err)
		done, err := provider.Up(t.Context())
		require.NoError(t, err)
		return done
	}
	require.Len(t, older(), 2)
	table.execute(t, `INSERT INTO consumer_group (group_id) VALUES ('order-processor')`)

	store := openGrouped(t, databaseURL, postgres.InsertOnce, postgres.Grouping{})
	order := simpleOrder("new")
	order.Channel = "store"
	_, err := store.Save(t.Context(), order, handlers.Source{})
	require.NoError(t, err)
	require.Empty(t, older(), "it has nothing to do")
	table.execute(t, `INSERT INTO consumer_group (group_id) VALUES ('order-processor') ON CONFLICT DO NOTHING`)
	_, err = table.db.Exec(insertOfVersion1, "old", "new")
	require.NoError(t, err)
	var same bool
	require.NoError(t, table.db.QueryRow(sameContentOfVersion1).Scan(&same))
	require.True(t, same)

	order.ID = "old"
	outcome, err := store.Save(t.Context(), order, handlers.Source{})
	require.NoError(t, err)
	require.Equal(t, handlers.Duplicate, outcome, "it came again, and the first time an older processor wrote it")
}
