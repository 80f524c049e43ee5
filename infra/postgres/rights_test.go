package postgres_test

import (
	"database/sql"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"orderflow/handlers"
	"orderflow/infra/embedded/servertest"
	"orderflow/infra/postgres"
)

// processorRole returns a database whose schema is migrated by its owner, and a
// role that has been granted what a processor needs.
func processorRole(t *testing.T) (owner, role, asRole string) {
	t.Helper()
	owner = servertest.Database(t)
	role, asRole = servertest.Role(t, owner)
	_, err := postgres.Migrate(t.Context(), parsed(t, owner), group, "persist", role)
	require.NoError(t, err)
	return owner, role, asRole
}

func parsed(t *testing.T, databaseURL string) postgres.Config {
	t.Helper()
	config, err := postgres.ParseURL(databaseURL)
	require.NoError(t, err)
	return config
}

func TestGrantedRoleSuffices(t *testing.T) {
	t.Parallel()
	for name := range openers {
		for _, write := range []postgres.Write{postgres.InsertOnce, postgres.Insert} {
			t.Run(name+" "+string(write), func(t *testing.T) {
				t.Parallel()
				if name == "staged" && write == postgres.Insert {
					return // what is written for each delivery is never staged
				}
				_, _, asRole := processorRole(t)
				store, err := openers[name](t.Context(), parsed(t, asRole), group, write)
				require.NoError(t, err)
				t.Cleanup(func() { require.NoError(t, store.Close()) })

				again := handlers.Duplicate
				if write == postgres.Insert {
					again = handlers.Inserted
				}
				for _, want := range []handlers.Outcome{handlers.Inserted, again} {
					outcome, err := store.Save(t.Context(), simpleOrder("1"), handlers.Source{})
					require.NoError(t, err)
					require.Equal(t, want, outcome)
				}
				totals, err := store.Totals(t.Context())
				require.NoError(t, err)
				require.EqualValues(t, 1, totals.Users)
			})
		}
	}
}

// What a processor does not do, its role may not do.
func TestGrantedRoleMayDoNothingElse(t *testing.T) {
	t.Parallel()
	_, _, asRole := processorRole(t)
	db, err := sql.Open("postgres", asRole)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	for _, statement := range []string{
		`UPDATE order_processor.orders SET amount = 0`,
		`DELETE FROM order_processor.orders`,
		`TRUNCATE order_processor.orders`,
		`ALTER TABLE order_processor.orders ADD COLUMN mine text`,
		`DROP TABLE order_processor.deliveries`,
		`CREATE TABLE order_processor.mine (a text)`,
		`CREATE SCHEMA mine`,
		`DELETE FROM order_processor.deliveries`,
		`UPDATE order_processor.consumer_group SET group_id = 'mine'`,
		`INSERT INTO order_processor.goose_db_version (version_id, is_applied) VALUES (99, true)`,
	} {
		_, err := db.ExecContext(t.Context(), statement)
		require.Error(t, err, statement)
		require.Equal(t, "42501", codeOf(t, err), statement)
	}
}

// Each right is needed: without it the store does not open, and says which is
// missing and how to get it.
func TestEachRightIsNeeded(t *testing.T) {
	t.Parallel()
	for revoke, want := range map[string]string{
		`USAGE ON SCHEMA order_processor`:              `permission denied for schema order_processor`,
		`SELECT ON order_processor.goose_db_version`:   `permission denied for table goose_db_version`,
		`SELECT ON order_processor.consumer_group`:     `permission denied for table consumer_group`,
		`SELECT ON order_processor.orders`:             `lacks the right SELECT on order_processor.orders`,
		`INSERT ON order_processor.orders`:             `lacks the right INSERT on order_processor.orders`,
		`SELECT, INSERT ON order_processor.deliveries`: `lacks the right SELECT on order_processor.deliveries, INSERT on order_processor.deliveries`,
	} {
		t.Run(revoke, func(t *testing.T) {
			t.Parallel()
			owner, role, asRole := processorRole(t)
			servertest.Execute(t, owner, `REVOKE `+revoke+` FROM `+role)
			write := postgres.InsertOnce
			if strings.Contains(revoke, "deliveries") {
				write = postgres.Insert
			}
			_, err := postgres.Open(t.Context(), parsed(t, asRole), group, write)
			require.ErrorContains(t, err, want)
			require.ErrorContains(t, err, `go run ./app migrate --handler persist --group-id order-processor --grant-to `+role)
		})
	}
	for _, right := range []string{"TEMPORARY", "CONNECT"} {
		t.Run(right, func(t *testing.T) {
			t.Parallel()
			owner, role, asRole := processorRole(t)
			servertest.Execute(t, owner, `DO $$ BEGIN EXECUTE format('REVOKE `+right+` ON DATABASE %I FROM `+role+`', current_database()); END $$`)
			_, err := postgres.OpenGrouped(t.Context(), parsed(t, asRole), group, postgres.InsertOnce, postgres.Grouping{})
			require.Equal(t, "42501", codeOf(t, err))
			require.ErrorContains(t, err, right)
		})
	}
}

// A right that is asked for and not needed would be one too many.
func TestNoRightIsAskedForInVain(t *testing.T) {
	t.Parallel()
	for _, right := range []string{"SELECT", "INSERT"} {
		t.Run(right, func(t *testing.T) {
			t.Parallel()
			owner, role, asRole := processorRole(t)
			store := openStore(t, asRole)
			servertest.Execute(t, owner, `REVOKE `+right+` ON order_processor.orders FROM `+role)
			_, err := store.Save(t.Context(), simpleOrder("1"), handlers.Source{})
			require.Equal(t, handlers.Outage, handlers.ClassOf(err), "%v", err)
			require.Equal(t, "42501", codeOf(t, err))
		})
	}
}

// Who adds a table says what a processor does with it.
func TestGrantsKnowEveryTable(t *testing.T) {
	t.Parallel()
	unknown := map[string]int{}
	for _, handler := range []string{"persist", "analytics"} {
		owner := servertest.Database(t)
		role, _ := servertest.Role(t, owner)
		_, err := postgres.Migrate(t.Context(), parsed(t, owner), group, handler, role)
		require.NoError(t, err)
		for _, table := range servertest.Query(t, owner, `SELECT relname FROM pg_class WHERE relnamespace = 'order_processor'::regnamespace
			AND relkind IN ('r', 'p') AND NOT has_table_privilege($1, oid, 'SELECT, INSERT')`, role) {
			unknown[table]++
		}
	}
	for table, handlers := range unknown {
		require.Less(t, handlers, 2, "no layout says what is done with table %s", table)
	}
}

func TestGrantedRoleSufficesToCount(t *testing.T) {
	t.Parallel()
	owner := servertest.Database(t)
	role, asRole := servertest.Role(t, owner)
	_, err := postgres.Migrate(t.Context(), parsed(t, owner), group, "analytics", role)
	require.NoError(t, err)
	store := openGrouped(t, asRole, postgres.CountOnce, postgres.Grouping{})
	for _, want := range []handlers.Outcome{handlers.Inserted, handlers.Duplicate} {
		outcome, err := store.Save(t.Context(), simpleOrder("1"), handlers.Source{})
		require.NoError(t, err)
		require.Equal(t, want, outcome)
	}
	_, err = store.Totals(t.Context())
	require.NoError(t, err)

	for _, table := range []string{"sums_by_minute", "sums_by_user", "sums_by_item"} {
		servertest.Execute(t, owner, `REVOKE UPDATE ON order_processor.`+table+` FROM `+role)
		_, err := store.Save(t.Context(), simpleOrder("2"), handlers.Source{})
		require.Equal(t, "42501", codeOf(t, err), "without UPDATE on "+table)
		servertest.Execute(t, owner, `GRANT UPDATE ON order_processor.`+table+` TO `+role)
	}
}

func TestSchemaThatIsMissingOrOlder(t *testing.T) {
	t.Parallel()
	for state, prepare := range map[string]func(*testing.T, postgres.Config){
		"does not exist": func(*testing.T, postgres.Config) {},
		"is at version 1": func(t *testing.T, config postgres.Config) {
			t.Helper()
			_, err := postgres.Migrate(t.Context(), config, group, "persist", "")
			require.NoError(t, err)
			require.NoError(t, postgres.MigrateTo(t.Context(), config, group, 1))
		},
	} {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			owner := servertest.Database(t)
			role, asRole := servertest.Role(t, owner)
			prepare(t, parsed(t, owner))
			databaseName := servertest.Query(t, owner, `SELECT quote_ident(current_database())`)[0]
			servertest.Execute(t, owner, `GRANT CONNECT ON DATABASE `+databaseName+` TO `+role)
			if state != "does not exist" {
				servertest.Execute(t, owner, `GRANT USAGE ON SCHEMA order_processor TO `+role)
				servertest.Execute(t, owner, `GRANT SELECT ON order_processor.goose_db_version TO `+role)
			}
			_, err := postgres.Open(t.Context(), parsed(t, asRole), group, postgres.InsertOnce)
			require.ErrorContains(t, err, `schema order_processor of consumer group "order-processor" `+state)
			require.ErrorContains(t, err, `go run ./app migrate --handler persist --group-id order-processor --grant-to `+role)

			version, err := postgres.Migrate(t.Context(), parsed(t, owner), group, "persist", role)
			require.NoError(t, err)
			require.Greater(t, version, int64(1))
			openStore(t, asRole)
		})
	}
}

// A role that was given its schema migrates it without the right to create schemas.
func TestOwnerOfTheSchemaAloneMigrates(t *testing.T) {
	t.Parallel()
	owner := servertest.Database(t)
	role, asRole := servertest.Role(t, owner)
	databaseName := servertest.Query(t, owner, `SELECT quote_ident(current_database())`)[0]
	servertest.Execute(t, owner, `GRANT CONNECT ON DATABASE `+databaseName+` TO `+role)
	servertest.Execute(t, owner, `CREATE SCHEMA order_processor AUTHORIZATION `+role)
	_, err := postgres.Migrate(t.Context(), parsed(t, asRole), group, "persist", "")
	require.NoError(t, err)
}

func TestGrantToNobody(t *testing.T) {
	t.Parallel()
	owner := servertest.Database(t)
	_, err := postgres.Migrate(t.Context(), parsed(t, owner), group, "persist", "no one")
	require.ErrorContains(t, err, `create the role first: CREATE ROLE "no one" LOGIN`)
}

// A newer schema will do: migrations only add.
func TestNewerSchemaWillDo(t *testing.T) {
	t.Parallel()
	owner, _, asRole := processorRole(t)
	servertest.Execute(t, owner, `INSERT INTO order_processor.goose_db_version (version_id, is_applied) VALUES (9999, true)`)
	store := openStore(t, asRole)
	_, err := store.Save(t.Context(), simpleOrder("1"), handlers.Source{})
	require.NoError(t, err)
	require.True(t, slices.Contains(servertest.Query(t, owner, `SELECT order_id FROM order_processor.orders`), "1"))
}
