package postgres_test

import (
	"database/sql"
	"net/url"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/lib/pq"
	"github.com/stretchr/testify/require"

	"orderflow/handlers"
	"orderflow/infra/postgres"
)

const group = "order-processor"

// openStore returns a store of the group, closed when the test ends.
func openStore(t *testing.T, databaseURL string) *postgres.Store {
	t.Helper()
	config, err := postgres.ParseURL(databaseURL)
	require.NoError(t, err)
	store, err := postgres.Open(t.Context(), config, group, postgres.InsertOnce)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

// table is a look at a group's orders that does not go through the store.
type table struct{ db *sql.DB }

func tableIn(t *testing.T, databaseURL string) table {
	t.Helper()
	return tableOf(t, databaseURL, group)
}

func tableOf(t *testing.T, databaseURL, group string) table {
	t.Helper()
	db, err := sql.Open("postgres", withSetting(t, databaseURL, "search_path", postgres.Schema(group)))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return table{db}
}

// row is one of the table, without the time of its commit.
type row struct {
	Order     handlers.Order
	Micros    time.Time // created_at as PostgreSQL has it
	Nanos     int       // created_at_ns
	Partition int32
	Offset    int64
}

// rows returns all rows in the order of writing.
func (table table) rows(t require.TestingT) []row {
	rows, err := table.db.Query(`SELECT order_id, user_id, currency, amount, items, created_at, created_at_ns,
		coalesce(channel, ''), kafka_partition, kafka_offset FROM orders ORDER BY row_id`)
	require.NoError(t, err)
	defer rows.Close()
	var all []row
	for rows.Next() {
		var r row
		var items []byte
		require.NoError(t, rows.Scan(&r.Order.ID, &r.Order.UserID, &r.Order.Currency, &r.Order.Amount, &items,
			&r.Micros, &r.Nanos, &r.Order.Channel, &r.Partition, &r.Offset))
		require.NoError(t, json.Unmarshal(items, &r.Order.Items))
		r.Micros = r.Micros.UTC()
		r.Order.CreatedAt = r.Micros.Add(time.Duration(r.Nanos))
		all = append(all, r)
	}
	require.NoError(t, rows.Err())
	return all
}

func (table table) execute(t require.TestingT, statement string) {
	_, err := table.db.Exec(statement)
	require.NoError(t, err)
}

// withSetting returns the URL with one setting more.
func withSetting(t *testing.T, databaseURL, name, value string) string {
	t.Helper()
	return edited(t, databaseURL, func(u *url.URL) {
		settings := u.Query()
		settings.Set(name, value)
		u.RawQuery = settings.Encode()
	})
}

func edited(t *testing.T, databaseURL string, edit func(*url.URL)) string {
	t.Helper()
	u, err := url.Parse(databaseURL)
	require.NoError(t, err)
	edit(u)
	return u.String()
}

// codeOf returns the SQLSTATE that err has.
func codeOf(t *testing.T, err error) string {
	t.Helper()
	var answer *pq.Error
	require.ErrorAs(t, err, &answer)
	return string(answer.Code)
}
