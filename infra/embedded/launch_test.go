package embedded

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// relaunch returns what starts another server on the data of a running one.
func relaunch(t *testing.T, postgres *Postgres) launch {
	t.Helper()
	bin, err := findBinaries(t.Context(), PostgresOptions{}, 0)
	require.NoError(t, err)
	as, err := unprivileged(postgres.data, bin, false)
	require.NoError(t, err)
	return launch{bin: bin, data: dataDir{path: postgres.data.path}, as: as}
}

func TestLaunchRefusesADataDirInUse(t *testing.T) {
	t.Parallel()
	postgres := start(t, PostgresOptions{})
	_, err := relaunch(t, postgres).run(t.Context(), 0)
	require.ErrorIs(t, err, errInUse)
	require.ErrorContains(t, err, postgres.data.path)
}

func TestLaunchSeesThatThePortWasTakenMeanwhile(t *testing.T) {
	t.Parallel()
	postgres := start(t, PostgresOptions{})
	relaunch := relaunch(t, postgres)
	postgres.Kill()
	<-postgres.Done()

	taken, err := listen(0)
	require.NoError(t, err)
	defer taken.Close()
	_, err = relaunch.try(t.Context(), taken.Addr().(*net.TCPAddr).Port)
	require.ErrorIs(t, err, errPortTaken)
}

func TestReadPIDFile(t *testing.T) {
	t.Parallel()
	const lines = "4711\n/data/cluster\n1700000000\n5432\n\n127.0.0.1\n  5432001  12\n"
	for content, want := range map[string]int{
		"":                         0,
		"4711\n":                   0,
		lines:                      0,
		lines + "starting\n":       0,
		lines + "stopping\n":       0,
		"x" + lines + "ready   \n": 0,
		lines + "ready   \n":       4711,
	} {
		process, ready := readPIDFile([]byte(content))
		require.Equal(t, want, process, "%q", content)
		require.Equal(t, want != 0, ready, "%q", content)
	}
}

func TestVersionIn(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"postgres (PostgreSQL) 17.5 (Debian 17.5-1)": 17,
		"postgres (PostgreSQL) 18beta1":              18,
		"/usr/lib/postgresql/9.6/bin":                9,
		"/usr/pgsql-16/bin":                          16,
		"/opt/homebrew/opt/postgresql/bin":           0,
	} {
		require.Equal(t, want, versionIn(text), text)
	}
}
