package report

import (
	"fmt"
	"io"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"orderflow/app/lab"
)

// Table writes all that was counted and measured, with a line between faults.
func Table(w io.Writer, cells []lab.Cell) error {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault // go-pretty's is capitals
	t.AppendHeader(table.Row{
		"fault", "guarantee", "orders", "faults", "rows", "lost", "doubled", "dead letters", "of valid",
		"out of order", "orders/s", "p99 ms", "recovery s", "promise",
	})
	last := ""
	for _, c := range cells {
		if last != "" && last != c.Fault {
			t.AppendSeparator()
		}
		last = c.Fault
		t.AppendRow(table.Row{
			c.Fault, c.Delivery, c.Orders, c.Injected, c.Persisted, c.Lost, c.Duplicated, c.DeadLettered, c.ValidDeadLettered,
			c.OutOfOrder, fmt.Sprintf("%.0f", c.OrdersPerSecond), fmt.Sprintf("%.1f", c.P99MS), recovery(c), judge(c).Word,
		})
	}
	var numbers []table.ColumnConfig
	for column := range 11 {
		numbers = append(numbers, table.ColumnConfig{Number: column + 3, Align: text.AlignRight})
	}
	t.SetColumnConfigs(numbers)
	if _, err := fmt.Fprintln(w, t.Render()); err != nil {
		return err
	}
	if err := announced(w, cells); err != nil {
		return err
	}
	return pauses(w, cells)
}

// announced says what became of the events, where an outbox was used.
func announced(w io.Writer, cells []lab.Cell) error {
	for _, c := range cells {
		if c.Events == nil {
			continue
		}
		_, err := fmt.Fprintf(w, "%s, %s: %d rows, %d events, %d of them again under the same id; %d rows without an event, %d events without a row\n",
			c.Fault, c.Delivery, c.Events.Rows, c.Events.Published, c.Events.Repeated, c.Events.Unannounced, c.Events.Phantom)
		if err != nil {
			return err
		}
	}
	return nil
}

// pauses says how long partitions stood still in rebalances.
func pauses(w io.Writer, cells []lab.Cell) error {
	for _, c := range cells {
		if c.PauseStayedSeconds == 0 && c.PauseMovedSeconds == 0 {
			continue
		}
		_, err := fmt.Fprintf(w, "%s, %s: around a rebalance a partition that stayed got no row for %.2f s at the most, one that moved for %.2f s\n",
			c.Fault, c.Delivery, c.PauseStayedSeconds, c.PauseMovedSeconds)
		if err != nil {
			return err
		}
	}
	return nil
}
