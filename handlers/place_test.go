package handlers

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"
)

func TestPlace(t *testing.T) {
	t.Parallel()
	require.Equal(t, "amount", inOrder("amount").String())
	require.Equal(t, "items[0]", inItem(0, "").String())
	require.Equal(t, "items[17].unit_price", inItem(17, "unit_price").String())
	require.Equal(t, "value", whole.String())
}

func TestPlaceOfPointer(t *testing.T) {
	t.Parallel()
	for pointer, want := range map[jsontext.Pointer]string{
		"":                    "value",
		"/order_id":           "order_id",
		"/items/3/quantity":   "items[3].quantity",
		"/items/3":            "items[3]",
		"/a~1b/c~0d":          `["a/b"]["c~d"]`,
		"/":                   `[""]`,
		"/line\nfeed/x":       `["line\nfeed"].x`,
		"/items/0/prix d'été": `items[0]["prix d'été"]`,
		jsontext.Pointer("/" + strings.Repeat("a", 65)): `["` + strings.Repeat("a", 64) + `"...]`,
		jsontext.Pointer("/" + strings.Repeat("9", 65)): `["` + strings.Repeat("9", 64) + `"...]`,
	} {
		t.Run(string(pointer), func(t *testing.T) {
			t.Parallel()
			require.Equal(t, want, placeOf(pointer).String())
		})
	}
}
