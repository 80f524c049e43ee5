package postgres_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/lib/pq"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"orderflow/handlers"
	"orderflow/infra/embedded/servertest"
	"orderflow/infra/postgres"
)

func TestProcessesThatOpenAtOnceShareOneSchema(t *testing.T) {
	t.Parallel()
	databaseURL := servertest.Database(t)
	config, err := postgres.ParseURL(databaseURL)
	require.NoError(t, err)
	var processes errgroup.Group
	for i := range 8 {
		processes.Go(func() error {
			store, err := postgres.Open(t.Context(), config, group, postgres.InsertOnce)
			if err != nil {
				return err
			}
			defer store.Close()
			_, err = store.Save(t.Context(), simpleOrder(fmt.Sprint(i)), handlers.Source{})
			return err
		})
	}
	require.NoError(t, processes.Wait())
	require.Equal(t, []string{"order_processor"}, servertest.Query(t, databaseURL,
		`SELECT schemaname FROM pg_tables WHERE tablename = 'orders'`))
	require.Len(t, tableIn(t, databaseURL).rows(t), 8)
}

func TestGroupsHaveSchemasOfTheirOwn(t *testing.T) {
	t.Parallel()
	databaseURL := servertest.Database(t)
	config, err := postgres.ParseURL(databaseURL)
	require.NoError(t, err)
	for _, group := range []string{"order-processor", "Analytics", "order", "user", "current-user"} { // order is a word of SQL's
		store, err := postgres.Open(t.Context(), config, group, postgres.InsertOnce)
		require.NoError(t, err)
		outcome, err := store.Save(t.Context(), simpleOrder("1"), handlers.Source{})
		require.NoError(t, err)
		require.Equal(t, handlers.Inserted, outcome, "in %s", store.Schema())
		require.Equal(t, postgres.Schema(group), store.Schema())
		require.NoError(t, store.Close())
		require.Equal(t, []string{"1"}, servertest.Query(t, databaseURL,
			`SELECT count(*) FROM `+pq.QuoteIdentifier(store.Schema())+`.orders`))
	}
}

func TestSchemaOfAnotherGroupIsRefused(t *testing.T) {
	t.Parallel()
	databaseURL := servertest.Database(t)
	openStore(t, databaseURL)
	tableIn(t, databaseURL).execute(t, `ALTER SCHEMA order_processor RENAME TO analytics`)
	config, err := postgres.ParseURL(databaseURL)
	require.NoError(t, err)
	_, err = postgres.Open(t.Context(), config, "analytics", postgres.InsertOnce)
	require.EqualError(t, err, `schema analytics belongs to consumer group "order-processor", not to "analytics": choose another GROUP_ID`)
}

func TestSearchPathOfTheURLDoesNotMatter(t *testing.T) {
	t.Parallel()
	databaseURL := servertest.Database(t)
	for name, value := range map[string]string{"search_path": "public", "options": "-c search_path=public"} {
		store := openStore(t, withSetting(t, databaseURL, name, value))
		_, err := store.Save(t.Context(), simpleOrder(name), handlers.Source{})
		require.NoError(t, err)
	}
	require.Len(t, tableIn(t, databaseURL).rows(t), 2)
}

func TestUserWithoutTheRightToCreateIsTold(t *testing.T) {
	t.Parallel()
	databaseURL := servertest.Database(t)
	role := strings.ToLower(servertest.Name("role"))
	owner := tableIn(t, databaseURL)
	owner.execute(t, `CREATE ROLE `+pq.QuoteIdentifier(role)+` LOGIN PASSWORD 'sesame'`)
	t.Cleanup(func() { owner.execute(t, `DROP ROLE `+pq.QuoteIdentifier(role)) })
	config, err := postgres.ParseURL(edited(t, databaseURL, func(u *url.URL) { u.User = url.UserPassword(role, "sesame") }))
	require.NoError(t, err)
	_, err = postgres.Open(t.Context(), config, group, postgres.InsertOnce)
	require.Equal(t, "42501", codeOf(t, err))
	require.ErrorContains(t, err, "needs the right CREATE on the database")
}

func TestOpenCanBeCancelled(t *testing.T) {
	t.Parallel()
	config, err := postgres.ParseURL(servertest.Database(t))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = postgres.Open(ctx, config, group, postgres.InsertOnce)
	require.ErrorIs(t, err, context.Canceled)
}
