package generator

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func openText(t *testing.T, name, text string) Source {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	source, err := Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, source.Close()) })
	return source
}

func TestLinesAreIdentifiedLeniently(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		line, orderID string
		key           []byte
	}{
		"order":           {`{"order_id":"a","user_id":"u","amount":1}`, "a", []byte("u")},
		"spaces, nested":  {`  { "items":[{"user_id":"no"}], "user_id" : "\u00fc" }  `, "", []byte("ü")},
		"carriage return": {"{\"order_id\":\"a\",\"user_id\":\"u\"}\r", "a", []byte("u")},
		"cut":             {`{"order_id":"a","user_id":"u","items":[{`, "a", []byte("u")},
		"duplicate":       {`{"user_id":"u","x":1,"x":2,"order_id":"a"}`, "a", []byte("u")},
		"invalid UTF-8":   {"{\"name\":\"\xff\",\"user_id\":\"u\"}", "", []byte("u")},
		"empty user":      {`{"user_id":"","order_id":"a"}`, "a", []byte{}},
		"number":          {`{"user_id":17,"order_id":"a"}`, "a", nil},
		"wrong case":      {`{"USER_ID":"u"}`, "", nil},
		"array":           {`["user_id","u"]`, "", nil},
		"string":          {`"user_id"`, "", nil},
		"no JSON":         {`user_id=u`, "", nil},
		"cut in a value":  {`{"user_id":"u`, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			event, err := openText(t, "orders.jsonl", test.line+"\n").Next()
			require.NoError(t, err)
			require.Equal(t, Event{OrderID: test.orderID, Key: test.key, Value: []byte(test.line)}, event)
		})
	}
}

// The law: what comes out is what went in, but for blank lines.
func TestLinesAreSentByteForByte(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOf(rapid.SliceOf(rapid.ByteRange(11, 255))).Draw(t, "lines") // without newline and tab
		var text, want []string
		for _, line := range lines {
			text = append(text, string(line))
			if strings.Trim(string(line), " \v\f\r\u0085\u00a0") != "" {
				want = append(want, string(line))
			}
		}
		path := filepath.Join(dir, "orders.ndjson")
		require.NoError(t, os.WriteFile(path, []byte(strings.Join(text, "\n")), 0o600))
		source, err := Open(path)
		require.NoError(t, err)
		defer func() { require.NoError(t, source.Close()) }()
		for _, line := range want {
			event, err := source.Next()
			require.NoError(t, err)
			require.Equal(t, line, string(event.Value))
		}
		_, err = source.Next()
		require.ErrorIs(t, err, io.EOF)
	})
}

func TestALineMayBeLongButNotTooLong(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 15<<20)
	source := openText(t, "orders.json", "\n"+long+"\n"+long+long+"\n")
	event, err := source.Next()
	require.NoError(t, err)
	require.Len(t, event.Value, len(long))
	for range 2 {
		_, err = source.Next()
		require.ErrorContains(t, err, "line 3 is longer than 16 MiB")
	}
}

func TestOpenChecksTheFile(t *testing.T) {
	t.Parallel()
	_, err := Open("orders.xlsx")
	require.ErrorContains(t, err, "orders.xlsx: its name must end in .csv (invoices) or in .jsonl, .ndjson or .json")
	for _, name := range []string{"orders.csv", "orders.jsonl"} {
		source, err := Open(filepath.Join(t.TempDir(), name))
		require.ErrorIs(t, err, os.ErrNotExist)
		require.Nil(t, source)

		folder := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.Mkdir(folder, 0o700))
		_, err = Open(folder)
		require.ErrorContains(t, err, "is a directory")
	}
	_, err = openText(t, "ORDERS.JSONL", "").Next()
	require.ErrorIs(t, err, io.EOF)
}
