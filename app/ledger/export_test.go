package ledger

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// WriterOn returns a Writer on a file that exists, without a header.
func WriterOn(t *testing.T, path string) *Writer {
	t.Helper()
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	require.NoError(t, err)
	return &Writer{file: file, keySeqs: make(map[string]int64)}
}
