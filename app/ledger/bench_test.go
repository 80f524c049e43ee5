package ledger_test

import (
	"bytes"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"orderflow/app/ledger"
)

// BenchmarkOrder is both lines of an order of 250 bytes: by one lane after the
// other, and by as many as a generator has.
func BenchmarkOrder(b *testing.B) {
	for _, lanes := range []int{1, 512} {
		b.Run(strconv.Itoa(lanes)+"_lanes", func(b *testing.B) {
			w, _ := create(b, ledger.Header{Topic: "orders"})
			value := bytes.Repeat([]byte("x"), 250)
			b.ReportAllocs()
			b.ResetTimer()
			var sending sync.WaitGroup
			for lane := range lanes {
				sending.Go(func() {
					key := []byte("user-" + strconv.Itoa(lane))
					for range b.N/lanes + 1 {
						n, err := w.Sending(ledger.Order{ID: "00000000-0000-8000-8000-000000000001", Key: key, Value: value})
						if err != nil || w.Settle(ledger.SentTo(n, 0, n)) != nil {
							b.Error(err)
						}
					}
				})
			}
			sending.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "orders/s")
			require.NoError(b, w.Close())
		})
	}
}
