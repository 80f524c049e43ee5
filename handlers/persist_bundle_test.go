package handlers_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"orderflow/handlers"
)

// manyStore is a memoryStore that saves many at once, but for those it refuses.
type manyStore struct {
	memoryStore
	refused map[string]error // by order_id
}

func (s *manyStore) Save(ctx context.Context, order handlers.Order, source handlers.Source) (handlers.Outcome, error) {
	if err := s.refused[order.ID]; err != nil {
		return "", err
	}
	return s.memoryStore.Save(ctx, order, source)
}

func (s *manyStore) SaveAll(ctx context.Context, orders []handlers.Placement) {
	for i := range orders {
		orders[i].Outcome, orders[i].Err = s.Save(ctx, orders[i].Order, orders[i].Source)
	}
}

var (
	errConflict = handlers.Fail(handlers.Conflict, errors.New("taken"))
	errOutage   = handlers.Fail(handlers.Outage, errors.New("connection refused"))
)

// drawBundle draws records, and the errors of a store for their orders.
func drawBundle(t *rapid.T) (*handlers.Bundle, map[string]error) {
	bundle, refused := &handlers.Bundle{}, map[string]error{}
	for i := range rapid.IntRange(1, 6).Draw(t, "records") {
		id := strconv.Itoa(rapid.IntRange(1, 4).Draw(t, "id"))
		record := handlers.Record{
			Key:     []byte("u"),
			Version: rapid.SampledFrom([]handlers.SchemaVersion{handlers.Version1, "3"}).Draw(t, "version"),
			Source:  handlers.Source{Topic: "orders", Offset: int64(i)},
			Value: fmt.Appendf(nil, `{"order_id":"%s","user_id":"u","currency":"EUR","amount":%d,`+
				`"items":[{"sku":"a","name":"","quantity":1,"unit_price":7}],"created_at":"2026-11-23T15:04:05Z"}`,
				id, rapid.SampledFrom([]int{7, 8}).Draw(t, "amount, 8 is wrong")),
		}
		if err := rapid.SampledFrom([]error{nil, nil, errConflict, errOutage}).Draw(t, "error"); err != nil {
			refused[id] = err
		}
		bundle.Records = append(bundle.Records, record)
	}
	return bundle, refused
}

// The law: what a bundle does to its records is what handling them one after the
// other does, and those that fail then are set apart; but when the store can be used
// for none, none is, and the error says so.
func TestHandleBundleLaw(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		bundle, refused := drawBundle(t)
		one, many := &manyStore{refused: refused}, &manyStore{refused: refused}
		var alone, together []handlers.Outcome
		single := handlers.Persist{Store: one, Saved: func(_ handlers.Order, _ handlers.Source, outcome handlers.Outcome) {
			alone = append(alone, outcome)
		}}
		bundled := handlers.Persist{Store: many, Saved: func(_ handlers.Order, _ handlers.Source, outcome handlers.Outcome) {
			together = append(together, outcome)
		}}

		failed, outages, tried := map[int]bool{}, 0, 0
		for i, record := range bundle.Records {
			order, err := handlers.CheckVersion(record.Version, record.Key, record.Value)
			if err != nil {
				failed[i] = true
				continue
			}
			tried++
			outcome, err := one.Save(context.Background(), order, record.Source)
			if err != nil {
				failed[i] = true
			} else {
				single.Saved(order, record.Source, outcome)
			}
			if handlers.ClassOf(err) == handlers.Outage {
				outages++
			}
		}
		err := bundled.HandleBundle(context.Background(), bundle)
		require.Equal(t, one.orders, many.orders)
		require.Equal(t, alone, together)
		if tried > 0 && outages == tried {
			require.ErrorIs(t, err, errOutage)
			require.Equal(t, len(bundle.Records), bundle.Together())
			return
		}
		require.NoError(t, err)
		apart := map[int]bool{}
		for i := range bundle.Records {
			if bundle.Apart(i) {
				apart[i] = true
			}
		}
		require.Equal(t, failed, apart, "records set apart: %v", slices.Sorted(maps.Keys(apart)))
		require.Equal(t, len(bundle.Records)-len(failed), bundle.Together())
	})
}

func TestHandleBundleLeavesAllToHandleWithoutABatchStore(t *testing.T) {
	t.Parallel()
	store := &memoryStore{}
	bundle := &handlers.Bundle{Records: []handlers.Record{
		{Key: []byte(validKey), Value: []byte(validOrder), Version: handlers.Version1}, {Key: []byte("other")},
	}}
	require.NoError(t, handlers.Persist{Store: store}.HandleBundle(t.Context(), bundle))
	require.True(t, bundle.Apart(0))
	require.True(t, bundle.Apart(1))
	require.Zero(t, bundle.Together())
	require.Empty(t, store.orders)
}

func TestBundleOf(t *testing.T) {
	t.Parallel()
	_, ok := handlers.BundleOf(t.Context())
	require.False(t, ok)
	bundle := &handlers.Bundle{}
	found, ok := handlers.BundleOf(handlers.WithBundle(t.Context(), bundle))
	require.True(t, ok)
	require.Same(t, bundle, found)
}
