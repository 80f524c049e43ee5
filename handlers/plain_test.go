package handlers

import (
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
)

// FuzzPlain holds what readPlain accepts against the library, which must accept it,
// too, and read the same.
func FuzzPlain(f *testing.F) {
	for _, value := range append(plainOrders, notPlain...) {
		f.Add([]byte(value))
	}
	f.Fuzz(func(t *testing.T, value []byte) { requireSameAsLibrary(t, value) })
}

func requireSameAsLibrary(t *testing.T, value []byte) (plain bool) {
	t.Helper()
	var quick, slow document
	if !readPlain(value, &quick) {
		require.Equal(t, document{items: items{list: quick.items.list[:0]}}, quick, "something is left")
		return false
	}
	var r report
	require.True(t, decode(&r, value, &slow), "%v", r.err())
	require.Equal(t, slow, quick)
	require.Zero(t, countNULEscapes(value))
	return true
}

var plainOrders = []string{
	benchmarkOrder,
	" { \"user_id\" : \"\u00fcser\" ,\r\n\t\"amount\":0}\n",
	`{"items":[{"sku":"a","name":"","quantity":0,"unit_price":999999999999999999},{"sku":""}]}`,
	`{"created_at":"2026-11-23T15:04:05+23:59","currency":"XXX","order_id":"` + "\x7f" + `"}`,
	`{"currency":"eur"}`,
	`{"channel":"web"}`,
}

var notPlain = []string{
	``, `null`, `{}`, `[]`, `{"amount":1}x`, `{"amount":1},`, `{"amount":01}`, `{"amount":1.0}`, `{"amount":1e2}`, `{"amount":-1}`,
	`{"amount":1234567890123456789}`, `{"amount":"1"}`, `{"amount":1,"amount":2}`, `{"amount":1 2}`, `{"amount":}`, `{"amount"}`,
	`{"order_id":"\u0000"}`, `{"order_id":"a\"b"}`, "{\"order_id\":\"\x00\"}", "{\"order_id\":\"\xff\"}", "{\"order_id\":\"\xed\xa0\x80\"}",
	`{"order_id":"a`, `{"order_id":"a","order_id":"a"}`, `{"ORDER_ID":"a"}`, `{"other":1}`, `{"items":[]}`, `{"items":[{}]}`, `{"items":{}}`,
	`{"items":[{"sku":"a","sku":"b"}]}`, `{"items":[{"sku":"a"}`, `{"items":[{"sku":"a"}],"items":[{"sku":"a"}]}`, `{"items":[{"size":1}]}`, `{"channel":2}`,
	`{"created_at":"yesterday"}`, `{"created_at":"2026-11-23 15:04:05Z"}`, `{"amount":1,}`, `{,"amount":1}`, `{"amount":1`, "\ufeff" + `{"amount":1}`,
}

func TestPlainReadsWhatIsPlainOnly(t *testing.T) {
	t.Parallel()
	for _, value := range plainOrders {
		require.True(t, requireSameAsLibrary(t, []byte(value)), value)
	}
	for _, value := range notPlain {
		require.False(t, requireSameAsLibrary(t, []byte(value)), value)
	}
}

// The path that is worth having is the one that is taken.
func TestEncodedOrdersArePlain(t *testing.T) {
	t.Parallel()
	var order Order
	require.NoError(t, json.Unmarshal([]byte(benchmarkOrder), &order))
	value, err := json.Marshal(order)
	require.NoError(t, err)
	require.True(t, requireSameAsLibrary(t, value))
}

func TestPlainGivesUpOnMoreItemsThanAllowed(t *testing.T) {
	t.Parallel()
	order := Order{Items: make([]Item, maxItems)}
	value, err := json.Marshal(order)
	require.NoError(t, err)
	require.True(t, requireSameAsLibrary(t, value))
	order.Items = append(order.Items, Item{})
	value, err = json.Marshal(order)
	require.NoError(t, err)
	require.False(t, requireSameAsLibrary(t, value))
}
