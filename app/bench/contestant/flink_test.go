package contestant

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheDatabaseAsJDBCHasIt(t *testing.T) {
	t.Parallel()
	for from, to := range map[string]string{
		"postgres://me:p%40ss%26@db:5433/orders?sslmode=disable": "jdbc:postgresql://db:5433/orders?password=p%40ss%26&reWriteBatchedInserts=true&sslmode=disable&stringtype=unspecified&user=me",
		"postgres://me@db/orders":                                "jdbc:postgresql://db/orders?reWriteBatchedInserts=true&stringtype=unspecified&user=me",
	} {
		got, err := jdbcURL(from)
		require.NoError(t, err)
		require.Equal(t, to, got)
	}
	_, err := jdbcURL("host=db user=me password=secret")
	require.ErrorContains(t, err, "DATABASE_URL: Flink needs the form postgres://")
	require.NotContains(t, err.Error(), "secret")
}

func TestFlinkSaysHowToBuildIt(t *testing.T) {
	t.Parallel()
	build := t.TempDir()
	_, err := FlinkJar(build)
	require.ErrorContains(t, err, "mvn -f app/bench/flink package")
	jar := filepath.Join(build, "flink-opponent-1.jar")
	require.NoError(t, os.WriteFile(jar, nil, 0o600))
	found, err := FlinkJar(build)
	require.NoError(t, err)
	require.Equal(t, jar, found)
}
