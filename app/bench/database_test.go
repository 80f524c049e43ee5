package bench

import (
	"database/sql"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"orderflow/infra/embedded/servertest"
	"orderflow/infra/postgres"
)

// A contestant that is faster because it does not keep the order is found out.
func TestRowsOutOfOrderAreFound(t *testing.T) {
	t.Parallel()
	url := servertest.Database(t)
	config, err := postgres.ParseURL(url)
	require.NoError(t, err)
	store, err := postgres.Open(t.Context(), config, "g", postgres.Insert)
	require.NoError(t, err)
	require.NoError(t, store.Close())
	database, err := sql.Open("postgres", url)
	require.NoError(t, err)
	defer database.Close()
	insert := func(user string, partition, offset int) {
		_, err := database.ExecContext(t.Context(), fmt.Sprintf(`INSERT INTO %s (order_id, user_id, currency, amount, items, created_at,
			created_at_ns, kafka_partition, kafka_offset) VALUES ('%s-%d-%d', '%s', 'EUR', 1, '[]', now(), 0, %d, %d)`,
			postgres.TableOf("g", postgres.Insert), user, partition, offset, user, partition, offset))
		require.NoError(t, err)
	}
	r := &run{database: database}
	insert("a", 0, 5)
	insert("b", 0, 3) // another user's order
	insert("a", 1, 2) // another partition, which partitions added later bring about
	insert("a", 0, 7)
	counted, err := r.count(t.Context(), contestantOf(AtLeastOnce), "g")
	require.NoError(t, err)
	require.EqualValues(t, 4, counted.Rows)
	insert("a", 0, 6)
	_, err = r.count(t.Context(), contestantOf(AtLeastOnce), "g")
	require.EqualError(t, err, "orderflow-at-least-once has written 1 rows after one of a later order of the same user")
}
