package bench

import (
	"fmt"
	"io"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Table writes the figures for people, and the ratios below.
func Table(w io.Writer, result Result) error {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault // go-pretty's is capitals
	t.AppendHeader(table.Row{
		"contestant", "orders/s", "p50 ms", "p99 ms", "max ms", "peak MB", "CPU s per million", "allocations per order", "rows",
	})
	var numbers []table.ColumnConfig
	for column := range 8 {
		numbers = append(numbers, table.ColumnConfig{Number: column + 2, Align: text.AlignRight})
	}
	t.SetColumnConfigs(numbers)
	for _, name := range result.names() {
		f := result.Contestants[name]
		t.AppendRow(table.Row{
			name, fmt.Sprintf("%.0f", f.OrdersPerSecond), fmt.Sprintf("%.1f", f.P50MS), fmt.Sprintf("%.1f", f.P99MS),
			fmt.Sprintf("%.1f", f.MaxMS), fmt.Sprintf("%.0f", f.PeakRSSMB), fmt.Sprintf("%.1f", f.CPUSecondsPerMillion),
			fmt.Sprintf("%.1f", f.AllocationsPerOrder), f.Rows,
		})
	}
	if _, err := fmt.Fprintln(w, t.Render()); err != nil {
		return err
	}
	if err := notes(w, result); err != nil {
		return err
	}
	for _, against := range []struct {
		name  string
		ratio *float64
	}{{HandWritten, result.RatioToHandWritten}, {PlainWatermill, result.RatioToPlainWatermill}} {
		if against.ratio == nil {
			continue
		}
		if _, err := fmt.Fprintf(w, "%s has %.2f times the rate of %s\n", ExactlyOnce, *against.ratio, against.name); err != nil {
			return err
		}
	}
	return nil
}

// notes says which latencies to distrust.
func notes(w io.Writer, result Result) error {
	const least = 0.95 * Pace
	for _, name := range result.names() {
		if pace := result.Contestants[name].LatencyPace; pace < least {
			if _, err := fmt.Fprintf(w, "latency of %s: only %.0f orders/s came instead of %d; end what else runs on this machine\n",
				name, pace, Pace); err != nil {
				return err
			}
		}
	}
	return nil
}

// names are those of the contestants that took part, in their order.
func (r Result) names() []string {
	var names []string
	for _, name := range Contestants() {
		if _, took := r.Contestants[name]; took {
			names = append(names, name)
		}
	}
	return names
}
