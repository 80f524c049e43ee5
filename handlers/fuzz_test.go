package handlers_test

import (
	"encoding/json"
	"math/big"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/bojanz/currency"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"

	"orderflow/handlers"
	"orderflow/handlers/orderstest"
)

// FuzzCheck feeds Check with anything: it must not panic, and what it accepts is
// judged again by the rules as they are written, with another JSON library.
func FuzzCheck(f *testing.F) {
	order := orderstest.ValidOrder().Example(1)
	f.Add([]byte(order.UserID), orderstest.Encode(order))
	f.Add([]byte(validKey), []byte(validOrder))
	for _, record := range orderstest.EveryCorruption(order) {
		if len(record.Value) < 10_000 {
			f.Add(record.Key, record.Value)
		}
	}
	f.Fuzz(func(t *testing.T, key, value []byte) {
		if order, err := handlers.Check(key, value); err == nil {
			require.Equal(t, string(key), order.UserID)
			requireRules(t, value, order)
		} else {
			requireReasons(t, err)
		}
		_, err := handlers.Check(nil, value)
		requireReasons(t, err)

		// The fuzzer hardly ever hits on the right key.
		var owner struct {
			UserID string `json:"user_id"`
		}
		_ = json.Unmarshal(value, &owner) // if it fails there is no right key
		if order, err := handlers.Check([]byte(owner.UserID), value); err == nil {
			requireRules(t, value, order)
		}
	})
}

func requireReasons(t *testing.T, err error) {
	t.Helper()
	var invalid *handlers.InvalidError
	require.ErrorAs(t, err, &invalid)
	require.NotEmpty(t, invalid.Violations)
	require.Contains(t, []handlers.Class{handlers.Decode, handlers.Validation}, handlers.ClassOf(err))
	require.True(t, utf8.ValidString(err.Error()))
	require.False(t, strings.ContainsFunc(err.Error(), unicode.IsControl), "%q", err.Error())
	for _, v := range invalid.Violations {
		require.NotEmpty(t, v.Path)
		require.NotEmpty(t, v.Reason)
	}
}

func requireRules(t *testing.T, value []byte, order handlers.Order) {
	t.Helper()
	require.LessOrEqual(t, len(value), 1<<20)
	require.True(t, utf8.Valid(value))
	decoder := json.NewDecoder(strings.NewReader(string(value)))
	decoder.UseNumber()
	var doc map[string]any
	require.NoError(t, decoder.Decode(&doc))
	requireHarmless(t, doc, 1)

	for field, id := range map[string]string{"order_id": order.ID, "user_id": order.UserID} {
		require.Equal(t, doc[field], id)
		require.Regexp(t, identifierPattern, id)
		require.Equal(t, strings.TrimFunc(id, unicode.IsSpace), id)
		require.Equal(t, norm.NFC.String(id), id)
	}
	require.Equal(t, doc["currency"], order.Currency)
	require.Contains(t, currency.GetCurrencyCodes(), order.Currency)
	created, err := time.Parse(time.RFC3339Nano, doc["created_at"].(string))
	require.NoError(t, err)
	require.Equal(t, created.UTC(), order.CreatedAt)
	require.True(t, order.CreatedAt.Year() >= 1970 && order.CreatedAt.Year() <= 2200)
	requireAmount(t, doc, order)

	again, err := handlers.Check([]byte(order.UserID), orderstest.Encode(order))
	require.NoError(t, err)
	require.Equal(t, order, again)
}

var identifierPattern = regexp.MustCompile(`^\P{Cc}{1,64}$`)

// requireHarmless looks for NUL and too much depth in all of the document.
func requireHarmless(t *testing.T, v any, depth int) {
	t.Helper()
	switch v := v.(type) {
	case string:
		require.NotContains(t, v, "\x00")
	case []any:
		require.LessOrEqual(t, depth, 32)
		for _, element := range v {
			requireHarmless(t, element, depth+1)
		}
	case map[string]any:
		require.LessOrEqual(t, depth, 32)
		for name, element := range v {
			require.NotContains(t, name, "\x00")
			requireHarmless(t, element, depth+1)
		}
	}
}

func requireAmount(t *testing.T, doc map[string]any, order handlers.Order) {
	t.Helper()
	items := doc["items"].([]any)
	require.True(t, len(items) >= 1 && len(items) <= 1000)
	require.Len(t, order.Items, len(items))
	sum := new(big.Int)
	for i, element := range items {
		item, got := element.(map[string]any), order.Items[i]
		name, _ := item["name"].(string)
		require.NotEmpty(t, got.SKU)
		require.Equal(t, item["sku"], got.SKU)
		require.Equal(t, name, got.Name)
		quantity, price := requireInteger(t, item["quantity"], got.Quantity), requireInteger(t, item["unit_price"], got.UnitPrice)
		require.True(t, got.Quantity >= 1 && got.Quantity <= 1_000_000)
		require.GreaterOrEqual(t, got.UnitPrice, int64(0))
		sum.Add(sum, new(big.Int).Mul(quantity, price))
	}
	require.Positive(t, order.Amount)
	require.Zero(t, sum.Cmp(requireInteger(t, doc["amount"], order.Amount)))
}

func requireInteger(t *testing.T, written any, got int64) *big.Int {
	t.Helper()
	want, ok := new(big.Int).SetString(string(written.(json.Number)), 10)
	require.True(t, ok, "%v is no integer", written)
	require.Zero(t, want.Cmp(big.NewInt(got)))
	return want
}
