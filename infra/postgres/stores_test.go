package postgres_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"orderflow/handlers"
	"orderflow/infra/embedded/servertest"
	"orderflow/infra/postgres"
)

// store is what every store does.
type store interface {
	handlers.Store
	Schema() string
	Table() string
	Totals(ctx context.Context) (postgres.Totals, error)
	Close() error
}

// openers open each kind of store.
var openers = map[string]func(context.Context, postgres.Config, string, postgres.Write) (store, error){
	"single": func(ctx context.Context, config postgres.Config, group string, write postgres.Write) (store, error) {
		return postgres.Open(ctx, config, group, write)
	},
	"grouped": func(ctx context.Context, config postgres.Config, group string, write postgres.Write) (store, error) {
		return postgres.OpenGrouped(ctx, config, group, write, postgres.Grouping{})
	},
	"copied": func(ctx context.Context, config postgres.Config, group string, write postgres.Write) (store, error) {
		grouped, err := postgres.OpenGrouped(ctx, config, group, write, postgres.Grouping{})
		return postgres.NewBatch(grouped, false), err
	},
	"staged": func(ctx context.Context, config postgres.Config, group string, write postgres.Write) (store, error) {
		grouped, err := postgres.OpenGrouped(ctx, config, group, write, postgres.Grouping{})
		return postgres.NewBatch(grouped, true), err
	},
}

// eachStore runs a test of what holds for every kind of store, each in a database
// of its own.
func eachStore(t *testing.T, test func(t *testing.T, store store, table table)) {
	t.Helper()
	for name := range openers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			databaseURL := servertest.Database(t)
			test(t, openKind(t, name, databaseURL), tableIn(t, databaseURL))
		})
	}
}

// openKind returns a store of a kind, closed when the test ends.
func openKind(t testing.TB, name, databaseURL string) store {
	t.Helper()
	config, err := postgres.ParseURL(databaseURL)
	require.NoError(t, err)
	store, err := openers[name](t.Context(), config, group, postgres.InsertOnce)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

func openGrouped(t testing.TB, databaseURL string, write postgres.Write, grouping postgres.Grouping) *postgres.GroupedStore {
	t.Helper()
	config, err := postgres.ParseURL(databaseURL)
	require.NoError(t, err)
	store, err := postgres.OpenGrouped(t.Context(), config, group, write, grouping)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}
