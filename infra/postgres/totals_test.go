package postgres_test

import (
	"fmt"
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"orderflow/handlers"
	"orderflow/infra/postgres"
)

func TestTotalsOfNothing(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, store store, _ table) {
		t.Helper()
		totals, err := store.Totals(t.Context())
		require.NoError(t, err)
		require.Equal(t, postgres.Totals{AmountByCurrency: map[string]*big.Int{}}, totals)
	})
}

func TestTotalsExceedInt64(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, store store, _ table) {
		t.Helper()
		save := func(id, user, currency string, amount int64) {
			order := simpleOrder(id)
			order.UserID, order.Currency, order.Amount = user, currency, amount
			_, err := store.Save(t.Context(), order, handlers.Source{})
			require.NoError(t, err)
		}
		for i := range 3 {
			save(fmt.Sprint("large ", i), fmt.Sprint("user ", i%2), "JPY", math.MaxInt64)
		}
		save("small", "user 0", "EUR", 1)
		totals, err := store.Totals(t.Context())
		require.NoError(t, err)
		require.Equal(t, int64(2), totals.Users)
		require.Len(t, totals.AmountByCurrency, 2)
		require.Equal(t, "27670116110564327421", totals.AmountByCurrency["JPY"].String())
		require.Equal(t, "1", totals.AmountByCurrency["EUR"].String())
	})
}
