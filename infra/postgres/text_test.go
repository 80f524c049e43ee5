package postgres_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"orderflow/handlers"
)

// Validation refuses all of these; if it did not, none may pass for an outage.
func TestTextThatPostgreSQLCannotHoldIsDatasFault(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, store store, table table) {
		t.Helper()
		for _, text := range []string{"a\x00b", "\xff", "\xed\xa0\x80"} {
			for field, set := range map[string]func(*handlers.Order){
				"order_id": func(o *handlers.Order) { o.ID = text },
				"user_id":  func(o *handlers.Order) { o.UserID = text },
				"currency": func(o *handlers.Order) { o.Currency = text },
				"sku":      func(o *handlers.Order) { o.Items[0].SKU = text },
				"name":     func(o *handlers.Order) { o.Items[0].Name = text },
			} {
				order := simpleOrder("1")
				set(&order)
				_, err := store.Save(t.Context(), order, handlers.Source{})
				require.Equal(t, handlers.Data, handlers.ClassOf(err), "%q as %s: %v", text, field, err)
			}
		}
		require.Empty(t, table.rows(t))
		outcome, err := store.Save(t.Context(), simpleOrder("1"), handlers.Source{})
		require.NoError(t, err)
		require.Equal(t, handlers.Inserted, outcome)
	})
}
