package handlers

import (
	stdjson "encoding/json"
	"testing"
)

// benchmarkOrder is what an order of one item looks like, about 200 bytes.
const benchmarkOrder = `{"order_id":"01935b8f-7c1e-7d52-a1b0-5c3e9f2d4a17","user_id":"user-17","currency":"EUR","amount":1530,` +
	`"items":[{"sku":"85123A","name":"WHITE HANGING HEART","quantity":6,"unit_price":255}],"created_at":"2026-11-23T15:04:05.123Z"}`

func BenchmarkCheck(b *testing.B) {
	key, value := []byte("user-17"), []byte(benchmarkOrder)
	b.SetBytes(int64(len(value)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Check(key, value); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEncodingJSON is what the standard library takes to decode the same
// order without judging it.
func BenchmarkEncodingJSON(b *testing.B) {
	value := []byte(benchmarkOrder)
	b.SetBytes(int64(len(value)))
	b.ReportAllocs()
	for b.Loop() {
		var order Order
		if err := stdjson.Unmarshal(value, &order); err != nil {
			b.Fatal(err)
		}
	}
}
