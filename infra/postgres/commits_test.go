package postgres_test

import (
	"database/sql"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"orderflow/infra/embedded/servertest"
	"orderflow/infra/postgres"
)

// What a batch inserts first and commits last came last.
func TestCommitsComeInTheOrderOfTheirCommits(t *testing.T) {
	t.Parallel()
	databaseURL := servertest.Database(t)
	if servertest.Query(t, databaseURL, `SHOW track_commit_timestamp`)[0] != "on" {
		t.Skip("the server does not keep when it committed (track_commit_timestamp)")
	}
	openStore(t, databaseURL) // makes the tables
	db, err := sql.Open("postgres", databaseURL)
	require.NoError(t, err)
	defer db.Close()
	insert := `INSERT INTO ` + postgres.TableOf(group, postgres.Insert) + ` (order_id, user_id, currency, amount, items,
		created_at, created_at_ns, kafka_partition, kafka_offset) VALUES ('o', 'u', 'EUR', 1, '[]', now(), 0, 1, $1)`

	slow, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = slow.ExecContext(t.Context(), insert, 7)
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), insert, 8)
	require.NoError(t, err)
	require.NoError(t, slow.Commit())

	var offsets []int64
	var times []time.Time
	require.NoError(t, snapshot(t, databaseURL).Commits(t.Context(), postgres.Insert, func(partition int32, offset int64, at time.Time) {
		require.EqualValues(t, 1, partition)
		offsets = append(offsets, offset)
		times = append(times, at)
	}))
	require.Equal(t, []int64{8, 7}, offsets)
	require.True(t, times[0].Before(times[1]))
}
