package orderstest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"orderflow/handlers"
	"orderflow/handlers/orderstest"
)

func TestEveryCorruptionIsRefused(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, record := range orderstest.EveryCorruption(orderstest.ValidOrder().Example(1)) {
		require.False(t, seen[record.Name], "two corruptions are called %q", record.Name)
		seen[record.Name] = true
		t.Run(record.Name, func(t *testing.T) {
			t.Parallel()
			_, err := handlers.Check(record.Key, record.Value)
			require.Equal(t, record.Class, handlers.ClassOf(err), "%v", err)
			require.ErrorContains(t, err, record.Path+": ")
		})
	}
	require.Greater(t, len(seen), 60)
}
