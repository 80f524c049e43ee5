package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/big"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"
)

// summary is what a run of the processor came to. The counts are of this run,
// the sums are read back from the group's table.
type summary struct {
	Consumed         int64               `json:"consumed"`
	Persisted        int64               `json:"persisted"`
	Duplicates       int64               `json:"duplicates"`
	DeadLettered     int64               `json:"dead_lettered"`
	AmountByCurrency map[string]*big.Int `json:"amount_by_currency"` // in minor units
	Users            int64               `json:"users"`
	Seconds          float64             `json:"seconds"` // from the first order's beginning to the last one's end
	OrdersPerSecond  float64             `json:"orders_per_second"`
	LatencyMS        latencySummary      `json:"latency_ms"` // from the record's timestamp to the row's commit
}

type latencySummary struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// summarize closes the account of a run.
func (t *tally) summarize(ctx context.Context, store store) (summary, error) {
	totals, err := store.Totals(ctx)
	if err != nil {
		return summary{}, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	s := summary{
		Consumed:         t.persisted + t.duplicates + t.deadLettered,
		Persisted:        t.persisted,
		Duplicates:       t.duplicates,
		DeadLettered:     t.deadLettered,
		AmountByCurrency: totals.AmountByCurrency,
		Users:            totals.Users,
		LatencyMS: latencySummary{
			P50: float64(t.latency.ValueAtPercentile(50)) / 1000,
			P99: float64(t.latency.ValueAtPercentile(99)) / 1000,
			Max: float64(t.latency.Max()) / 1000,
		},
	}
	if !t.last.IsZero() {
		s.Seconds = t.last.Sub(t.first).Seconds()
		s.OrdersPerSecond = float64(s.Consumed) / s.Seconds
	}
	return s, nil
}

// writeSummary writes a table for people or one JSON object.
func writeSummary(w io.Writer, s summary, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(s)
	}
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.AppendRows([]table.Row{
		{"consumed", s.Consumed, "records of the topic, in this run"},
		{"persisted", s.Persisted, "new rows"},
		{"duplicates", s.Duplicates, "dropped: their order_id was there"},
		{"dead-lettered", s.DeadLettered, "in the dead-letter topic, with the reason"},
	})
	t.AppendSeparator()
	for _, currency := range slices.Sorted(maps.Keys(s.AmountByCurrency)) {
		t.AppendRow(table.Row{"amount " + currency, s.AmountByCurrency[currency], "minor units, sum over the table"})
	}
	t.AppendRow(table.Row{"users", s.Users, "in the table"})
	t.AppendSeparator()
	t.AppendRows([]table.Row{
		{"seconds", fmt.Sprintf("%.1f", s.Seconds), fmt.Sprintf("%.0f orders/s", s.OrdersPerSecond)},
		{"latency ms", fmt.Sprintf("%.1f", s.LatencyMS.P50), fmt.Sprintf("median; p99 %.1f, max %.1f", s.LatencyMS.P99, s.LatencyMS.Max)},
	})
	_, err := fmt.Fprintln(w, t.Render())
	return err
}
