//go:build network

package embedded

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

// Of two at once one downloads; a third finds the cache filled.
func TestDownload(t *testing.T) {
	cache, err := os.MkdirTemp("", "embedded-test-") // t.TempDir is closed to nobody
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(cache)) })
	require.NoError(t, os.Chmod(cache, 0o755))

	var done, total int64 // only one of them writes
	var downloads errgroup.Group
	for range 2 {
		downloads.Go(func() error {
			_, err := download(t.Context(), cache, func(d, t int64) { done, total = d, t })
			return err
		})
	}
	require.NoError(t, downloads.Wait())
	require.Equal(t, total, done)
	require.Greater(t, total, int64(1<<20))
	t.Logf("downloaded %d bytes", total)

	bin, err := download(t.Context(), cache, func(int64, int64) { t.Error("downloads again") })
	require.NoError(t, err)
	left, err := os.ReadDir(cache)
	require.NoError(t, err)
	require.Len(t, left, 1)
	require.Equal(t, filepath.Join(cache, left[0].Name(), "bin"), bin)

	for _, withoutNamespace := range []bool{false, true} {
		postgres := start(t, PostgresOptions{BinDir: bin, withoutNamespace: withoutNamespace})
		version := ask(t, open(t, postgres.URL(Database)), "SHOW server_version")
		require.Equal(t, downloadMajor(), versionIn(version))
	}
}
