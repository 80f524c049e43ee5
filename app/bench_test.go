package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"orderflow/app/bench"
)

func TestBenchKnowsAllContestantsByTheSameNames(t *testing.T) {
	t.Parallel()
	require.Len(t, contestants, len(bench.Contestants()))
	for _, name := range bench.Contestants() {
		require.Contains(t, contestants, name)
		parsed := parseDefaults(t, "bench-contestant", name, "--group-id", "g").BenchContestant
		require.Equal(t, name, parsed.Name)
		require.Equal(t, "g", parsed.Group)
	}
}
