package embedded

import (
	"context"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// Not parallel, as the next: they replace the default transport of all tests.
func TestDownloadWithoutNetworkSaysWhatToDo(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	cache := t.TempDir()
	_, err := download(cancelled, cache, nil)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "download PostgreSQL "+string(downloadVersion))
	require.ErrorContains(t, err, "check the network, or install PostgreSQL")

	left, err := os.ReadDir(cache)
	require.NoError(t, err)
	require.Empty(t, left)
}
