//go:build network

package embedded

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

// Two at once share a cache; a third finds it filled.
func TestDownload(t *testing.T) {
	t.Cleanup(http.DefaultTransport.(*http.Transport).CloseIdleConnections)
	cache, err := os.MkdirTemp("", "embedded-test-") // t.TempDir is closed to nobody
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(cache)) })
	require.NoError(t, os.Chmod(cache, 0o755))

	var downloads errgroup.Group
	for range 2 {
		downloads.Go(func() error {
			var done, total int64
			_, err := download(t.Context(), cache, func(d, t int64) { done, total = d, t })
			if err == nil && (done != total || total < 1<<20) {
				t.Errorf("progress ended at %d of %d bytes", done, total)
			}
			return err
		})
	}
	require.NoError(t, downloads.Wait())

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
