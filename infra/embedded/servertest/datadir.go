package servertest

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// DataDir returns a temporary directory that any user may enter, unlike
// testing.T.TempDir: where root cannot have user namespaces, PostgreSQL runs as
// nobody.
func DataDir(t testing.TB) string {
	t.Helper()
	directory, err := os.MkdirTemp("", "servertest-") //nolint:usetesting // see above
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(directory)) })
	require.NoError(t, os.Chmod(directory, 0o755))
	return directory
}
