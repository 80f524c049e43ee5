package generator

import (
	"bytes"
	"io"
	"math"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"orderflow/handlers"
)

// noon is the time of every order in tests that compare whole values.
func noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

func synthetic(t require.TestingT, cfg SyntheticConfig) *Synthetic {
	cfg.Now = noon
	s, err := NewSynthetic(cfg)
	require.NoError(t, err)
	return s
}

func take(t require.TestingT, source Source, n int) []Event {
	events := make([]Event, n)
	for i := range events {
		var err error
		events[i], err = source.Next()
		require.NoError(t, err)
	}
	return events
}

func TestSyntheticOrdersAreValid(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := synthetic(t, SyntheticConfig{
			Seed:  rapid.Uint64().Draw(t, "seed"),
			Users: rapid.IntRange(1, 1000).Draw(t, "users"),
			Skew:  rapid.Float64Range(0, 10).Draw(t, "skew"),
		})
		for _, event := range take(t, s, 50) {
			order, err := handlers.Check(event.Key, event.Value)
			require.NoError(t, err)
			require.Equal(t, event.OrderID, order.ID)
			require.Equal(t, noon(), order.CreatedAt)
			require.LessOrEqual(t, len(order.Items), 3)
			require.Less(t, len(event.Value), 450)
		}
	})
}

func TestOrdersOfVersion2HaveAChannel(t *testing.T) {
	t.Parallel()
	channels := map[string]int{}
	for _, event := range take(t, synthetic(t, SyntheticConfig{Seed: 1, Version: handlers.Version2}), 300) {
		require.Equal(t, handlers.Version2, event.Version)
		order, err := handlers.CheckVersion(event.Version, event.Key, event.Value)
		require.NoError(t, err)
		channels[order.Channel]++
		older, err := handlers.Check(event.Key, event.Value)
		require.NoError(t, err, "a processor that knows only version 1 takes it")
		order.Channel = ""
		require.Equal(t, order, older)
	}
	require.Len(t, channels, 3)
	require.Greater(t, min(channels["web"], channels["app"], channels["store"]), 50)
}

func TestTheSameSeedGivesTheSameOrders(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		cfg := SyntheticConfig{Seed: 1 + seed, Users: 50, Skew: 1, Invalid: 0.3}
		first, again := take(t, synthetic(t, cfg), 50), take(t, synthetic(t, cfg), 50)
		require.Equal(t, first, again)

		cfg.Invalid = 0
		for i, valid := range take(t, synthetic(t, cfg), 50) {
			if _, err := handlers.Check(first[i].Key, first[i].Value); err == nil {
				require.Equal(t, valid, first[i], "a defect elsewhere changed a valid order")
			}
		}
	}
}

func TestOrderIDsAreUniqueOverOrdersAndSeeds(t *testing.T) {
	t.Parallel()
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]bool{}
	for seed := range uint64(20) {
		for _, event := range take(t, synthetic(t, SyntheticConfig{Seed: 1 + seed}), 100) {
			require.Regexp(t, uuid, event.OrderID)
			seen[event.OrderID] = true
		}
	}
	require.Len(t, seen, 20*100)
}

func TestARandomSeedCanBeRepeated(t *testing.T) {
	t.Parallel()
	random := synthetic(t, SyntheticConfig{})
	require.NotZero(t, random.Seed())
	require.Less(t, random.Seed(), uint64(1)<<53)
	require.NotEqual(t, random.Seed(), synthetic(t, SyntheticConfig{}).Seed())
	require.Equal(t, take(t, random, 5), take(t, synthetic(t, SyntheticConfig{Seed: random.Seed()}), 5))
}

func TestCountEndsTheOrders(t *testing.T) {
	t.Parallel()
	s := synthetic(t, SyntheticConfig{Count: 3})
	require.EqualValues(t, 3, s.Total())
	take(t, s, 3)
	for range 2 {
		_, err := s.Next()
		require.ErrorIs(t, err, io.EOF)
	}
	require.EqualValues(t, -1, synthetic(t, SyntheticConfig{}).Total())
}

func TestSkewFollowsZipfsLaw(t *testing.T) {
	t.Parallel()
	const orders, tolerance = 20_000, 0.01
	harmonic := 0.0
	for k := range 100 {
		harmonic += 1 / float64(k+1)
	}
	for skew, first := range map[float64]float64{0: 0.01, 1: 1 / harmonic, 10: 0.999} {
		count := map[string]int{}
		for _, event := range take(t, synthetic(t, SyntheticConfig{Seed: 1, Skew: skew}), orders) {
			count[string(event.Key)]++
		}
		require.InDelta(t, first, float64(count["user-1"])/orders, tolerance, "skew %v", skew)
		if skew <= 1 {
			require.Len(t, count, 100)
			require.InDelta(t, first/math.Pow(2, skew), float64(count["user-2"])/orders, tolerance, "skew %v", skew)
		}
	}
}

func TestInvalidIsTheShareOfDefects(t *testing.T) {
	t.Parallel()
	refused := 0
	for _, event := range take(t, synthetic(t, SyntheticConfig{Seed: 1, Invalid: 0.25}), 20_000) {
		if _, err := handlers.Check(event.Key, event.Value); err != nil {
			refused++
		}
	}
	require.InDelta(t, 0.25, float64(refused)/20_000, 0.01)
}

// The law: whatever the order, each defect makes it one that is refused, and
// nothing but the defect does.
func TestEveryDefectIsRefused(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		version := []handlers.SchemaVersion{handlers.Version1, handlers.Version2}[seed%2]
		s := synthetic(t, SyntheticConfig{Seed: 1 + seed, Users: 1000, Version: version})
		for _, whole := range take(t, s, 10) {
			_, err := handlers.CheckVersion(version, whole.Key, whole.Value)
			require.NoError(t, err)
			for _, defect := range defectsOf(version) {
				event := Event{OrderID: whole.OrderID, Key: bytes.Clone(whole.Key), Value: bytes.Clone(whole.Value), Version: version}
				defect.plant(&event)
				_, err = handlers.CheckVersion(event.Version, event.Key, event.Value)
				require.Error(t, err, "%s: %s", defect.name, event.Value)
				require.True(t, handlers.ClassOf(err).Permanent(), defect.name)
			}
		}
	}
}

func TestSettingsOutOfRangeAreRefused(t *testing.T) {
	t.Parallel()
	for want, cfg := range map[string]SyntheticConfig{
		"number of orders -1":          {Count: -1},
		"number of users -1":           {Users: -1},
		"number of users 10000001":     {Users: 10_000_001},
		"skew NaN":                     {Skew: math.NaN()},
		"skew 11":                      {Skew: 11},
		"share of invalid orders 2":    {Invalid: 2},
		"share of invalid orders -0.1": {Invalid: -0.1},
		"share of invalid orders NaN":  {Invalid: math.NaN()},
	} {
		_, err := NewSynthetic(cfg)
		require.ErrorContains(t, err, want)
	}
}
