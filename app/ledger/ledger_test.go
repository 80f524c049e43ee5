package ledger_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"orderflow/app/ledger"
)

func create(t testing.TB, header ledger.Header) (*ledger.Writer, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "run.ledger")
	w, err := ledger.Create(path, header)
	require.NoError(t, err)
	return w, path
}

// read returns all entries and the number of the cut line.
func read(t testing.TB, path string) ([]ledger.Entry, int64) {
	t.Helper()
	r, err := ledger.Open(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, r.Close()) }()
	var entries []ledger.Entry
	for {
		entry, err := r.Next()
		if errors.Is(err, io.EOF) {
			return entries, r.CutLine()
		}
		require.NoError(t, err)
		entries = append(entries, entry)
	}
}

func TestEveryFieldComesBack(t *testing.T) {
	t.Parallel()
	header := ledger.Header{Topic: "orders", StartedAt: time.Date(2026, 11, 23, 15, 4, 5, 123456000, time.UTC), Seed: 42}
	w, path := create(t, header)
	value := []byte(`{"order_id":"a"}`)
	n, err := w.Sending(ledger.Order{ID: "a", Key: []byte("user-1"), Value: value})
	require.NoError(t, err)
	require.NoError(t, w.Settle(ledger.SentTo(n, 2, 17)))
	n, err = w.Sending(ledger.Order{Refusal: errors.New("no\nvalue")})
	require.NoError(t, err)
	require.NoError(t, w.Settle(ledger.FailedBy(n, errors.New(`broker "down"`))))
	n, err = w.Sending(ledger.Order{ID: "c", Key: []byte("user-1"), Value: []byte{}})
	require.NoError(t, err)
	require.NoError(t, w.Settle(ledger.SentTo(n, -1, -1)))
	require.NoError(t, w.Close())

	r, err := ledger.Open(path)
	require.NoError(t, err)
	require.Equal(t, header, r.Header())
	require.NoError(t, r.Close())

	entries, cut := read(t, path)
	require.Zero(t, cut)
	for i := range entries {
		require.WithinDuration(t, time.Now(), entries[i].Time, time.Hour)
		entries[i].Time = time.Time{}
	}
	digest, empty := sha256.Sum256(value), sha256.Sum256(nil)
	require.Equal(t, []ledger.Entry{
		{N: 1, OrderID: "a", Key: []byte("user-1"), KeySeq: 1, SHA256: digest[:], Valid: true, Outcome: ledger.Sending, Partition: -1, Offset: -1},
		{N: 1, Outcome: ledger.Sent, Partition: 2, Offset: 17},
		{N: 2, Why: "no\nvalue", Outcome: ledger.Sending, Partition: -1, Offset: -1},
		{N: 2, Outcome: ledger.Failed, Error: `broker "down"`, Partition: -1, Offset: -1},
		{N: 3, OrderID: "c", Key: []byte("user-1"), KeySeq: 2, SHA256: empty[:], Valid: true, Outcome: ledger.Sending, Partition: -1, Offset: -1},
		{N: 3, Outcome: ledger.Sent, Partition: -1, Offset: -1},
	}, entries)
}

func TestKeysAreBytes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		path := filepath.Join(dir, rapid.StringMatching(`[a-z]{12}`).Draw(t, "file"))
		defer func() { _ = os.Remove(path) }()
		w, err := ledger.Create(path, ledger.Header{Topic: "orders"})
		require.NoError(t, err)
		keys := rapid.SliceOf(rapid.SliceOf(rapid.Byte())).Draw(t, "keys")
		for _, key := range keys {
			_, err := w.Sending(ledger.Order{ID: "a", Key: key})
			require.NoError(t, err)
		}
		require.NoError(t, w.Close())

		r, err := ledger.Open(path)
		require.NoError(t, err)
		defer func() { _ = r.Close() }()
		for _, key := range keys {
			entry, err := r.Next()
			require.NoError(t, err)
			require.True(t, bytes.Equal(key, entry.Key), "%q came back as %q", key, entry.Key)
			require.Equal(t, key == nil, entry.Key == nil)
		}
	})
}

func TestConcurrentOrdersAreNumberedWithoutGap(t *testing.T) {
	t.Parallel()
	w, path := create(t, ledger.Header{Topic: "orders"})
	var sending sync.WaitGroup
	for _, key := range []string{"a", "b", "c", "d"} {
		sending.Go(func() {
			for range 500 {
				n, err := w.Sending(ledger.Order{ID: "id", Key: []byte(key), Value: []byte("value")})
				if err != nil || w.Settle(ledger.SentTo(n, 0, n)) != nil {
					t.Errorf("order %d of key %s: %v", n, key, err)
				}
			}
		})
	}
	sending.Wait()
	require.NoError(t, w.Close())

	entries, cut := read(t, path)
	require.Zero(t, cut)
	require.Len(t, entries, 4000)
	var n int64
	keySeqs, sent := map[string]int64{}, map[int64]bool{}
	for _, entry := range entries {
		if entry.Outcome == ledger.Sent {
			require.LessOrEqual(t, entry.N, n, "outcome before its order")
			sent[entry.N] = true
			continue
		}
		n++
		keySeqs[string(entry.Key)]++
		require.Equal(t, n, entry.N)
		require.Equal(t, keySeqs[string(entry.Key)], entry.KeySeq)
	}
	require.Len(t, sent, 2000)
}

func TestCreateRefusesAnExistingFile(t *testing.T) {
	t.Parallel()
	w, path := create(t, ledger.Header{Topic: "orders"})
	require.NoError(t, w.Close())
	_, err := ledger.Create(path, ledger.Header{Topic: "orders"})
	require.ErrorContains(t, err, path+" exists")
}

func TestAFailedWriteIsReportedUntilClose(t *testing.T) {
	t.Parallel()
	const full = "/dev/full" // every write to it fails for want of space
	if _, err := os.Stat(full); err != nil {
		t.Skip(full + " is needed")
	}
	path := filepath.Join(t.TempDir(), "run.ledger")
	require.NoError(t, os.Symlink(full, path))
	w := ledger.WriterOn(t, path)
	n, err := w.Sending(ledger.Order{ID: "a"})
	require.ErrorContains(t, err, "write ledger")
	require.Error(t, w.Settle(ledger.SentTo(n, 0, 0)))
	require.ErrorContains(t, w.Close(), "write ledger")
}

func TestACutLastLineIsLeftOut(t *testing.T) {
	t.Parallel()
	w, path := create(t, ledger.Header{Topic: "orders"})
	for range 2 {
		_, err := w.Sending(ledger.Order{ID: "a", Key: []byte("k")})
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	lastLine := bytes.LastIndexByte(whole[:len(whole)-1], '\n') + 1

	for size := lastLine + 1; size < len(whole); size++ {
		require.NoError(t, os.Truncate(path, int64(size)))
		entries, cut := read(t, path)
		require.Len(t, entries, 1)
		require.EqualValues(t, 3, cut)
		require.NoError(t, os.WriteFile(path, whole, 0o600))
	}
}

func TestOpenAndNextSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	const header = `{"ledger":1,"topic":"orders","started_at":"2026-11-23T15:04:05Z"}` + "\n"
	for name, test := range map[string]struct{ text, want string }{
		"empty":           {"", "killed before it sent anything"},
		"cut header":      {header[:20], "killed before it sent anything"},
		"not JSON":        {"InvoiceNo,StockCode\n", "not the header of a ledger"},
		"other JSON":      {"{\"order_id\":\"a\"}\n", "not the header of a ledger"},
		"newer version":   {strings.Replace(header, "1", "2", 1), "version 1"},
		"damaged entry":   {header + "{\"n\":1,\"outcome\":\"sending\"}\n{\"n\":\n", "line 3"},
		"unknown outcome": {header + "{\"n\":1,\"outcome\":\"lost\"}\n", `line 2: unknown outcome "lost"`},
		"damaged digest":  {header + "{\"n\":1,\"sha256\":\"xy\",\"outcome\":\"sending\"}\n", "line 2: sha256"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "run.ledger")
			require.NoError(t, os.WriteFile(path, []byte(test.text), 0o600))
			r, err := ledger.Open(path)
			for err == nil {
				_, err = r.Next()
			}
			if r != nil {
				require.NoError(t, r.Close())
			}
			require.ErrorContains(t, err, test.want)
			require.ErrorContains(t, err, path)
		})
	}
	_, err := ledger.Open(filepath.Join(t.TempDir(), "missing"))
	require.ErrorIs(t, err, os.ErrNotExist)
}
