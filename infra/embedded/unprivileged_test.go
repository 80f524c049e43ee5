package embedded

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPostgresAsNobody(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root has to become someone else")
	}
	postgres := start(t, PostgresOptions{withoutNamespace: true})
	require.Equal(t, Database, ask(t, open(t, postgres.URL(Database)), "SELECT current_database()"))
	require.NoError(t, postgres.Close())
	require.NoDirExists(t, postgres.data.path)
}

// A data directory may come from a run that could make namespaces, and a
// machine that cannot.
func TestPostgresChangesTheOwnerOfItsDataDir(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root may give files away")
	}
	dir := openDir(t)
	for _, withoutNamespace := range []bool{false, true, false} {
		postgres := start(t, PostgresOptions{DataDir: dir, withoutNamespace: withoutNamespace})
		require.Equal(t, "1", ask(t, open(t, postgres.URL(Database)), "SELECT 1"))
		require.NoError(t, postgres.Close())
	}
}

func TestPostgresAsNobodyNeedsAWayToItsDataDir(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root has to become someone else")
	}
	closed := filepath.Join(t.TempDir(), "closed")
	require.NoError(t, os.Mkdir(closed, 0o700))
	_, err := StartPostgres(t.Context(), PostgresOptions{DataDir: filepath.Join(closed, "data"), withoutNamespace: true})
	require.ErrorContains(t, err, "PostgreSQL refuses to run as root")
	require.ErrorContains(t, err, "user nobody")
	require.ErrorContains(t, err, "as an ordinary user")
}
