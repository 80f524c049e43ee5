package postgres_test

import (
	"context"
	"database/sql"
	"testing"

	"github.com/stretchr/testify/require"

	"orderflow/handlers"
	"orderflow/infra/embedded"
	"orderflow/infra/embedded/servertest"
)

func TestStoreOutlivesTheServer(t *testing.T) {
	t.Parallel()
	for name := range openers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := embedded.PostgresOptions{DataDir: servertest.DataDir(t)}
			first, err := embedded.StartPostgres(t.Context(), options)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, first.Close()) })
			store := openKind(t, name, first.URL(embedded.Database))
			_, err = store.Save(t.Context(), simpleOrder("before"), handlers.Source{})
			require.NoError(t, err)

			first.Kill()
			<-first.Done()
			for range 3 {
				_, err = store.Save(t.Context(), simpleOrder("meanwhile"), handlers.Source{})
				require.Equal(t, handlers.Outage, handlers.ClassOf(err), "%v", err)
			}

			options.PreferredPort = first.Port()
			second, err := embedded.StartPostgres(t.Context(), options)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, second.Close()) })
			require.Equal(t, first.Port(), second.Port())
			for id, want := range map[string]handlers.Outcome{"before": handlers.Duplicate, "meanwhile": handlers.Inserted} {
				outcome, err := store.Save(t.Context(), simpleOrder(id), handlers.Source{})
				require.NoError(t, err)
				require.Equal(t, want, outcome, "order %s", id)
			}
		})
	}
}

func TestMissingTableIsAnOutage(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, store store, table table) {
		t.Helper()
		table.execute(t, `ALTER TABLE orders RENAME TO elsewhere`)
		_, err := store.Save(t.Context(), simpleOrder("1"), handlers.Source{})
		require.Equal(t, handlers.Outage, handlers.ClassOf(err), "%v", err)
		table.execute(t, `ALTER TABLE elsewhere RENAME TO orders`)
		_, err = store.Save(t.Context(), simpleOrder("1"), handlers.Source{})
		require.NoError(t, err)
	})
}

func TestCancelledSaveIsNobodysFault(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, store store, table table) {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := store.Save(ctx, simpleOrder("1"), handlers.Source{})
		require.Equal(t, handlers.Canceled, handlers.ClassOf(err), "%v", err)
		require.Empty(t, table.rows(t))
	})
}

func TestSaveThatWaitsForALockCanBeCancelled(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, store store, table table) {
		t.Helper()
		table.hold(t, "1")
		ctx, cancel := context.WithCancel(t.Context())
		result := make(chan error)
		go func() {
			_, err := store.Save(ctx, simpleOrder("1"), handlers.Source{})
			result <- err
		}()
		table.awaitLock(t)
		cancel()
		err := <-result
		require.Equal(t, handlers.Canceled, handlers.ClassOf(err), "%v", err)
	})
}

func TestLockThatLastsIsTransient(t *testing.T) {
	t.Parallel()
	for name := range openers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			databaseURL := servertest.Database(t)
			store := openKind(t, name, withSetting(t, databaseURL, "options", "-c lock_timeout=50ms"))
			holder := tableIn(t, databaseURL).hold(t, "1")
			_, err := store.Save(t.Context(), simpleOrder("1"), handlers.Source{})
			require.Equal(t, handlers.Transient, handlers.ClassOf(err), "%v", err)
			require.Equal(t, "55P03", codeOf(t, err))

			require.NoError(t, holder.Rollback())
			_, err = store.Save(t.Context(), simpleOrder("1"), handlers.Source{})
			require.NoError(t, err)
		})
	}
}

// hold returns a transaction that has written an order and does not end.
func (table table) hold(t *testing.T, id string) *sql.Tx {
	t.Helper()
	tx, err := table.db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = tx.Rollback() }) // the test may have ended it
	_, err = tx.Exec(`INSERT INTO orders (order_id, user_id, currency, amount, items, created_at, created_at_ns,
		kafka_partition, kafka_offset) VALUES ($1, '', '', 1, '[]', now(), 0, 0, 0)`, id)
	require.NoError(t, err)
	return tx
}

// awaitLock returns when a transaction of the database waits for another.
func (table table) awaitLock(t *testing.T) {
	t.Helper()
	for waiting := 0; waiting == 0; {
		require.NoError(t, table.db.QueryRow(`SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&waiting))
	}
}
