package verify

import (
	"bytes"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// The report for people, with one of everything. To accept a change of it on
// purpose, run with UPDATE_GOLDEN=1.
func TestText(t *testing.T) {
	t.Parallel()
	const golden = "testdata/report.golden"
	r := newReport()
	r.Orders, r.Valid, r.Invalid, r.Unknown, r.Persisted, r.DeadLettered, r.Conflicts, r.Repeated = 1_000_010, 1_000_000, 8, 2, 998_993, 9, 1, 3
	r.Notes = []string{"line 17 of the ledger is cut: the generator was killed while it wrote it; the line is left out"}
	for i, kind := range slices.Backward(kinds) {
		r.add(Finding{Kind: kind, OrderID: "0193", Key: "user-17\n", Partition: 2, Offset: int64(i), Detail: "what is wrong"})
	}
	for range maxListed {
		r.add(Finding{Kind: Lost, OrderID: "the same", Partition: 1})
	}
	r.sort()
	r.Findings = r.Findings[maxListed-2:]
	var text bytes.Buffer
	require.NoError(t, r.WriteText(&text))
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.WriteFile(golden, text.Bytes(), 0o600))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), text.String())
}

func TestBroken(t *testing.T) {
	t.Parallel()
	const lost, doubled, unordered, undead = "orders lost: 1", "rows that are duplicates: 1", "rows out of order within their user: 1", "invalid orders without a dead letter: 1"
	const phantom, changed, dead = "rows or dead letters of what was never sent: 1",
		"rows or dead letters that differ from what was sent: 1", "valid orders dead-lettered: 1"
	r := newReport()
	for _, kind := range kinds {
		r.add(Finding{Kind: kind})
	}
	require.Equal(t, []string{phantom, changed, dead}, r.Broken(false, false))
	require.Equal(t, []string{lost, phantom, changed, unordered, undead, dead}, r.Broken(true, false))
	require.Equal(t, []string{doubled, phantom, changed, dead}, r.Broken(false, true))
	require.Empty(t, newReport().Broken(true, true))
}
