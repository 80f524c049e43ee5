package handlers_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"orderflow/handlers"
	"orderflow/handlers/orderstest"
)

func TestEveryValidOrderSurvivesTheTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := orderstest.ValidOrder().Draw(t, "order")
		sent := want
		sent.CreatedAt = want.CreatedAt.In(orderstest.Zone().Draw(t, "zone"))
		got, err := handlers.Check([]byte(want.UserID), orderstest.Encode(sent))
		require.NoError(t, err)
		require.Equal(t, want, got)
	})
}

// New processor, old and new orders: version 2 reads what version 1 has and more.
// Old processor, new orders: it reads them as its own, without the channel.
func TestEveryOrderOfVersion2SurvivesTheTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := orderstest.ValidOrder2().Draw(t, "order")
		value := orderstest.Encode(want)
		got, err := handlers.CheckVersion(handlers.Version2, []byte(want.UserID), value)
		require.NoError(t, err)
		require.Equal(t, want, got)
		got, err = handlers.CheckVersion(handlers.Version1, []byte(want.UserID), value)
		require.NoError(t, err)
		want.Channel = ""
		require.Equal(t, want, got)
	})
}

func TestEveryCorruptionIsFound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		corrupted := orderstest.Corrupted().Draw(t, "record")
		order, err := handlers.Check(corrupted.Key, corrupted.Value)
		require.Error(t, err)
		require.Zero(t, order)
		require.Equal(t, corrupted.Class, handlers.ClassOf(err), "%v", err)
		var invalid *handlers.InvalidError
		require.ErrorAs(t, err, &invalid)
		var paths []string
		for _, v := range invalid.Violations {
			paths = append(paths, v.Path)
		}
		require.Contains(t, paths, corrupted.Path)
	})
}
