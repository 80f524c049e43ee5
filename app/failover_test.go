package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"orderflow/infra/embedded"
	"orderflow/infra/embedded/servertest"
)

// replicated starts a PostgreSQL and a standby that has what the first has
// committed, before the first says so.
func replicated(t *testing.T) (primary, standby *embedded.Postgres) {
	t.Helper()
	dirs := [2]string{servertest.DataDir(t), servertest.DataDir(t)}
	run := func(dir string, settings map[string]string) *embedded.Postgres {
		settings["fsync"] = "off" // no machine fails here
		server, err := embedded.StartPostgres(t.Context(), embedded.PostgresOptions{DataDir: dir, Settings: settings})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, server.Close()) })
		return server
	}
	// The copy of a server that has ended is what pg_basebackup makes of one that runs.
	require.NoError(t, run(dirs[0], map[string]string{}).Close())
	copied := filepath.Join(dirs[1], "cluster")
	require.NoError(t, os.CopyFS(copied, os.DirFS(filepath.Join(dirs[0], "cluster"))))
	require.NoError(t, os.Chmod(copied, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(copied, "standby.signal"), nil, 0o600))

	primary = run(dirs[0], map[string]string{"synchronous_standby_names": "*"})
	standby = run(dirs[1], map[string]string{"primary_conninfo": fmt.Sprintf(
		"host=127.0.0.1 port=%d user=%s password=%s", primary.Port(), embedded.User, embedded.Password)})
	return primary, standby
}

// The database fails under load and its standby is promoted: the processor goes on
// there by itself, and every order is there once.
func TestPromotedStandbyHasEveryOrderOnce(t *testing.T) {
	t.Parallel()
	for _, inFlight := range []int{1, 1000} {
		t.Run(strconv.Itoa(inFlight), func(t *testing.T) {
			t.Parallel()
			primary, standby := replicated(t)
			flags, _ := world(t)
			flags.InFlight = inFlight
			const orders = 3000
			records := validRecords(0, orders)
			for i, record := range records {
				user := []byte(fmt.Sprint("user-", 1+i%50))
				record.Value = bytes.ReplaceAll(record.Value, record.Key, user)
				record.Key = user
			}
			servertest.Produce(t, flags.Topic, records[:orders/2]...)
			p := start(t, flags, fmt.Sprintf("postgres://%s:%s@127.0.0.1:%d,127.0.0.1:%d/%s?sslmode=disable&target_session_attrs=read-write",
				embedded.User, embedded.Password, primary.Port(), standby.Port(), embedded.Database))
			for p.finishedSoFar() < orders/10 {
				<-p.tally.finished
			}
			primary.Kill()
			failed := time.Now()
			servertest.Produce(t, flags.Topic, records[orders/2:]...)
			after := standby.URL(embedded.Database)
			require.Equal(t, []string{"true"}, servertest.Query(t, after, `SELECT pg_promote()`))
			p.finish(t, orders)
			t.Logf("all orders are there %s after the failure", time.Since(failed).Round(100*time.Millisecond))

			p.database = after
			require.Equal(t, strconv.Itoa(orders), p.rows(t))
			require.Zero(t, p.tally.deadLettered)
			p.end(t)
		})
	}
}
