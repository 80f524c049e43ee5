package handlers_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"orderflow/handlers"
)

func TestSourceTravelsInTheContext(t *testing.T) {
	t.Parallel()
	want := handlers.Source{
		Topic:     "orders",
		Partition: 2,
		Offset:    1 << 40,
		Timestamp: time.Date(2026, time.November, 23, 15, 4, 5, 0, time.UTC),
	}
	ctx, cancel := context.WithCancel(handlers.WithSource(t.Context(), want))
	defer cancel()
	got, ok := handlers.SourceOf(ctx)
	require.True(t, ok)
	require.Equal(t, want, got)
}

func TestTheLastSourceCounts(t *testing.T) {
	t.Parallel()
	ctx := handlers.WithSource(t.Context(), handlers.Source{Offset: 1})
	ctx = handlers.WithSource(ctx, handlers.Source{Offset: 2})
	got, ok := handlers.SourceOf(ctx)
	require.True(t, ok)
	require.Equal(t, int64(2), got.Offset)
}

func TestNoSource(t *testing.T) {
	t.Parallel()
	got, ok := handlers.SourceOf(t.Context())
	require.False(t, ok)
	require.Zero(t, got)
}

func TestSourceNamesTheRecord(t *testing.T) {
	t.Parallel()
	require.Equal(t, "orders/2/1099511627776", handlers.Source{Topic: "orders", Partition: 2, Offset: 1 << 40}.String())
}
