package handlers_test

import (
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"orderflow/handlers"
	"orderflow/handlers/orderstest"
)

func TestAcceptedIsTheOrderAndWhereItCameFrom(t *testing.T) {
	t.Parallel()
	order := handlers.Order{
		ID: "o-1", UserID: "user-17", Currency: "EUR", Amount: 1530,
		Items:     []handlers.Item{{SKU: "85123A", Name: "Tee", Quantity: 6, UnitPrice: 255}},
		CreatedAt: time.Date(2026, 11, 23, 15, 4, 5, 123_456_789, time.UTC),
	}
	event := handlers.Announce("order-processor", order, handlers.Source{Topic: "orders", Partition: 2, Offset: 17})
	text, err := json.Marshal(event)
	require.NoError(t, err)
	want := `{"event_id":"1209a5de-a224-5ea5-ae92-2f0e531842f5","order_id":"o-1","user_id":"user-17","currency":"EUR","amount":1530,` +
		`"items":[{"sku":"85123A","name":"Tee","quantity":6,"unit_price":255}],"created_at":"2026-11-23T15:04:05.123456789Z",` +
		`"source":{"topic":"orders","partition":2,"offset":17}}`
	require.Equal(t, want, string(text))
}

// The law: what is announced can be read again, and its id is that of group and
// order alone.
func TestAcceptedLaw(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		event := handlers.Announce("group", orderstest.ValidOrder().Draw(t, "order"), handlers.Source{
			Topic: "orders", Partition: rapid.Int32().Draw(t, "partition"), Offset: rapid.Int64().Draw(t, "offset"),
		})
		text, err := json.Marshal(event)
		require.NoError(t, err)
		var read handlers.Accepted
		require.NoError(t, json.Unmarshal(text, &read))
		require.Equal(t, event, read)

		require.Equal(t, event.EventID, handlers.Announce("group", handlers.Order{ID: event.ID}, handlers.Source{}).EventID)
		require.NotEqual(t, event.EventID, handlers.EventID("group-2", event.ID))
		require.NotEqual(t, event.EventID, handlers.EventID("group", event.ID+"x"))
	})
}
