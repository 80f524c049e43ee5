package generator

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func BenchmarkSynthetic(b *testing.B) {
	for _, skew := range []float64{0, 1} {
		b.Run(fmt.Sprintf("skew_%v", skew), func(b *testing.B) {
			s, err := NewSynthetic(SyntheticConfig{Seed: 1, Users: 10_000, Skew: skew, Invalid: 0.02})
			require.NoError(b, err)
			b.ReportAllocs()
			size := 0
			for b.Loop() {
				event, err := s.Next()
				if err != nil {
					b.Fatal(err)
				}
				size += len(event.Value)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "orders/s")
			b.ReportMetric(float64(size)/float64(b.N), "bytes/order")
		})
	}
}

func BenchmarkNewSynthetic(b *testing.B) {
	for b.Loop() {
		_, err := NewSynthetic(SyntheticConfig{Seed: 1})
		require.NoError(b, err)
	}
}

// BenchmarkInvoices reads a file of the size of the whole UCI data set.
func BenchmarkInvoices(b *testing.B) {
	const rows, rowsPerInvoice = 541_909, 21
	var file bytes.Buffer
	file.WriteString("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n")
	date := time.Date(2010, 12, 1, 8, 26, 0, 0, time.UTC)
	for row := range rows {
		invoice := row / rowsPerInvoice
		fmt.Fprintf(&file, "%d,%dA,\"WHITE HANGING HEART, T-LIGHT HOLDER\",%d,%s,%d.%02d,%d.0,United Kingdom\n",
			536365+invoice, 85000+row%3000, 1+row%24, date.Add(time.Duration(invoice)*time.Minute).Format("1/2/06 15:04"), row%9, row%100, 12346+invoice%4000)
	}
	b.SetBytes(int64(file.Len()))
	b.ReportAllocs()
	for b.Loop() {
		invoices, err := newInvoices(bytes.NewReader(file.Bytes()))
		require.NoError(b, err)
		orders := 0
		for {
			if _, err = invoices.Next(); err != nil {
				break
			}
			orders++
		}
		if !errors.Is(err, io.EOF) || orders != (rows+rowsPerInvoice-1)/rowsPerInvoice {
			b.Fatal(orders, err)
		}
	}
	b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
