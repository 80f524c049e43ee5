package report

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestMain has go-pretty write colours whatever the environment of the tests says.
func TestMain(m *testing.M) {
	text.EnableColors()
	os.Exit(m.Run())
}

// requireGolden compares with a file in testdata.
func requireGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), "go test -update writes %s anew", path)
}
