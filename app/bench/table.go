package bench

import (
	"fmt"
	"io"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Table writes the figures for people, and the ratios below.
func (r Result) Table(w io.Writer) error {
	t := newTable("contestant", "orders/s", "p50 ms", "p99 ms", "max ms", "peak MB", "CPU s per million", "allocations per order", "rows")
	for _, name := range r.names() {
		f := r.Contestants[name]
		t.AppendRow(table.Row{
			name, fmt.Sprintf("%.0f", f.OrdersPerSecond), tenths(f.P50MS), tenths(f.P99MS), tenths(f.MaxMS),
			fmt.Sprintf("%.0f", f.PeakRSSMB), tenths(f.CPUSecondsPerMillion), tenths(f.AllocationsPerOrder), f.Rows,
		})
	}
	if _, err := fmt.Fprintln(w, t.Render()); err != nil {
		return err
	}
	if err := r.notes(w); err != nil {
		return err
	}
	for _, name := range r.names() {
		if f := r.Contestants[name]; f.OthersP99MS > 0 {
			_, err := fmt.Fprintf(w, "%s: p99 of the users beside the one who makes %.0f%% of the orders: %.1f ms\n", name, r.HotKey*100, f.OthersP99MS)
			if err != nil {
				return err
			}
		}
	}
	for _, against := range []struct {
		one, other string
		ratio      *float64
	}{
		{ExactlyOnce, HandWritten, r.RatioToHandWritten},
		{ExactlyOnce, HandWrittenKey, r.RatioToHandWrittenKey},
		{ExactlyOnce, PlainWatermill, r.RatioToPlainWatermill},
		{ExactlyOnce, Flink, r.RatioToFlink},
		{Analytics, ExactlyOnce, r.RatioOfAnalytics},
	} {
		if against.ratio == nil {
			continue
		}
		if _, err := fmt.Fprintf(w, "%s has %.2f times the rate of %s\n", against.one, *against.ratio, against.other); err != nil {
			return err
		}
	}
	return nil
}

// newTable returns a table whose first column is a name and whose others are numbers.
func newTable(columns ...any) table.Writer {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault // go-pretty's is capitals
	t.AppendHeader(columns)
	var numbers []table.ColumnConfig
	for column := 2; column <= len(columns); column++ {
		numbers = append(numbers, table.ColumnConfig{Number: column, Align: text.AlignRight})
	}
	t.SetColumnConfigs(numbers)
	return t
}

// tenths writes a figure, which is 0 when it was not measured.
func tenths(figure float64) string {
	if figure == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f", figure)
}

// notes says which latencies to distrust.
func (r Result) notes(w io.Writer) error {
	const least = 0.95 * Pace
	for _, name := range r.names() {
		if pace := r.Contestants[name].LatencyPace; pace > 0 && pace < least {
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
