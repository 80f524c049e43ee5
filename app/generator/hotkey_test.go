package generator

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAHotKeyHasItsShare(t *testing.T) {
	t.Parallel()
	for share, want := range map[float64]float64{0: 0.01, 0.5: 0.505, 1: 1} {
		source, err := NewSynthetic(SyntheticConfig{Seed: 1, Users: 100, HotKey: share, Count: 10_000})
		require.NoError(t, err)
		hot := 0
		for range 10_000 {
			event, err := source.Next()
			require.NoError(t, err)
			if string(event.Key) == HotUser {
				hot++
			}
		}
		require.InDelta(t, want, float64(hot)/10_000, 0.02)
	}
	_, err := NewSynthetic(SyntheticConfig{HotKey: 1.1})
	require.ErrorContains(t, err, "share of the hot key 1.1: must be 0 to 1")
}
