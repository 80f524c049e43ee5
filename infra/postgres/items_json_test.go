package postgres

import (
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"orderflow/handlers"
)

// What is written by hand is what the library makes of the type.
func TestAppendItemsIsTheEncodingOfTheType(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		items := rapid.SliceOf(rapid.Custom(func(t *rapid.T) handlers.Item {
			return handlers.Item{
				SKU:       rapid.String().Draw(t, "sku"),
				Name:      rapid.String().Draw(t, "name"),
				Quantity:  rapid.Int64().Draw(t, "quantity"),
				UnitPrice: rapid.Int64().Draw(t, "unit price"),
			}
		})).Draw(t, "items")
		want, err := json.Marshal(items)
		require.NoError(t, err)
		got, err := appendItems(nil, items)
		require.NoError(t, err)
		require.Equal(t, string(want), string(got))
	})
}

func TestAppendItemsRefusesWhatIsNoUTF8(t *testing.T) {
	t.Parallel()
	for _, item := range []handlers.Item{{SKU: "\xff"}, {Name: "\xff"}} {
		_, err := appendItems(nil, []handlers.Item{item})
		require.Error(t, err)
	}
}
