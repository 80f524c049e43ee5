package handlers_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"orderflow/handlers"
)

// memoryStore is a Store that forgets everything at the end of a test.
type memoryStore struct {
	mu      sync.Mutex
	orders  map[string]handlers.Order
	sources []handlers.Source
	broken  error
}

func (s *memoryStore) Save(ctx context.Context, order handlers.Order, source handlers.Source) (handlers.Outcome, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := errors.Join(ctx.Err(), s.broken); err != nil {
		return "", err
	}
	if _, ok := s.orders[order.ID]; ok {
		return handlers.Duplicate, nil
	}
	if s.orders == nil {
		s.orders = make(map[string]handlers.Order)
	}
	s.orders[order.ID] = order
	s.sources = append(s.sources, source)
	return handlers.Inserted, nil
}

// saving is a Persist over a memoryStore, and what its Saved was told.
type saving struct {
	handlers.Persist
	store    *memoryStore
	outcomes []handlers.Outcome
}

func newSaving() *saving {
	s := &saving{store: &memoryStore{}}
	s.Persist = handlers.Persist{Store: s.store, Saved: func(_ handlers.Order, _ handlers.Source, outcome handlers.Outcome) {
		s.outcomes = append(s.outcomes, outcome)
	}}
	return s
}

func orderMessage(ctx context.Context, value string) *message.Message {
	msg := message.NewMessageWithContext(ctx, "1", []byte(value))
	msg.Metadata.Set(handlers.KeyMetadata, validKey)
	return msg
}

func TestHandleSavesAnOrderOnce(t *testing.T) {
	t.Parallel()
	source := handlers.Source{Topic: "orders", Partition: 1, Offset: 17}
	msg := orderMessage(handlers.WithSource(t.Context(), source), validOrder)
	s := newSaving()
	require.NoError(t, s.Handle(msg))
	require.NoError(t, s.Handle(msg))
	require.Equal(t, []handlers.Outcome{handlers.Inserted, handlers.Duplicate}, s.outcomes)
	require.Equal(t, []handlers.Source{source}, s.store.sources)
	want, err := handlers.Check([]byte(validKey), []byte(validOrder))
	require.NoError(t, err)
	require.Equal(t, map[string]handlers.Order{"o-1": want}, s.store.orders)
}

func TestHandleNeedsNobodyToTell(t *testing.T) {
	t.Parallel()
	store := &memoryStore{}
	require.NoError(t, handlers.Persist{Store: store}.Handle(orderMessage(t.Context(), validOrder)))
	require.Contains(t, store.orders, "o-1")
}

func TestHandleRefusesWhatIsNoValidOrder(t *testing.T) {
	t.Parallel()
	keyless := message.NewMessageWithContext(t.Context(), "1", []byte(validOrder))
	for name, test := range map[string]struct {
		msg  *message.Message
		want handlers.Class
	}{
		"no JSON":      {orderMessage(t.Context(), "order"), handlers.Decode},
		"invalid":      {orderMessage(t.Context(), string(change(t, `1530`, `1531`))), handlers.Validation},
		"without key":  {keyless, handlers.Validation},
		"a tombstone":  {orderMessage(t.Context(), ""), handlers.Decode},
		"no JSON type": {orderMessage(t.Context(), string(change(t, `1530`, `"1530"`))), handlers.Decode},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSaving()
			require.Equal(t, test.want, handlers.ClassOf(s.Handle(test.msg)))
			require.Empty(t, s.store.orders)
			require.Empty(t, s.outcomes)
		})
	}
}

func TestHandleReturnsTheErrorOfTheStore(t *testing.T) {
	t.Parallel()
	s := newSaving()
	s.store.broken = handlers.Fail(handlers.Outage, errors.New("connection refused"))
	err := s.Handle(orderMessage(t.Context(), validOrder))
	require.Equal(t, handlers.Outage, handlers.ClassOf(err))
	require.Empty(t, s.outcomes)
}

func TestHandlePassesTheContextOn(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := newSaving()
	require.Equal(t, handlers.Canceled, handlers.ClassOf(s.Handle(orderMessage(ctx, validOrder))))
	require.Empty(t, s.outcomes)
}

func TestKeyOf(t *testing.T) {
	t.Parallel()
	msg := message.NewMessage("1", nil)
	require.Nil(t, handlers.KeyOf(msg))
	msg.Metadata.Set(handlers.KeyMetadata, "")
	require.Equal(t, []byte{}, handlers.KeyOf(msg))
	msg.Metadata.Set(handlers.KeyMetadata, "a\xff")
	require.Equal(t, []byte("a\xff"), handlers.KeyOf(msg))
}
