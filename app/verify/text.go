package verify

import (
	"fmt"
	"io"

	"github.com/jedib0t/go-pretty/v6/table"
)

// WriteText writes the report for people: a line for each finding and each note,
// and a table of the numbers.
func (r Report) WriteText(w io.Writer) error {
	for _, finding := range r.Findings {
		fmt.Fprintln(w, finding)
	}
	for _, kind := range kinds {
		if more := *r.count(kind) - int64(r.listed[kind]); more > 0 {
			fmt.Fprintf(w, "%s: %d more, which are not listed\n", kind, more)
		}
	}
	for _, note := range r.Notes {
		fmt.Fprintln(w, "note:", note)
	}
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.AppendRows([]table.Row{
		{"orders", r.Orders, "in the ledger"},
		{"valid", r.Valid, "sent, and must have a row"},
		{"invalid", r.Invalid, "sent, and must have a dead letter"},
		{"unknown", r.Unknown, "not acknowledged and not in the topic"},
	})
	t.AppendSeparator()
	t.AppendRows([]table.Row{
		{"persisted", r.Persisted, "rows"},
		{"repeated", r.Repeated, "the same order again: its order_id has the row"},
		{"dead-lettered", r.DeadLettered, "orders with a dead letter"},
		{"conflicts", r.Conflicts, "of these, rightly: their order_id has other content"},
	})
	t.AppendSeparator()
	t.AppendRows([]table.Row{
		{"lost", r.Lost, "valid, and neither row nor dead letter"},
		{"duplicated", r.Duplicated, "rows beyond the first of an order"},
		{"phantom", r.Phantom, "rows and dead letters of what was never sent"},
		{"changed", r.Changed, "rows and dead letters that differ from what was sent"},
		{"out of order", r.OutOfOrder, "rows after one of a later order of the same user"},
		{"invalid not dead-lettered", r.InvalidNotDeadLettered, ""},
		{"valid dead-lettered", r.ValidDeadLettered, "and no conflict"},
	})
	if e := r.Events; e != nil {
		t.AppendSeparator()
		t.AppendRows([]table.Row{
			{"events", e.Published, fmt.Sprintf("of %d rows; %d of them again, under the same id", e.Rows, e.Repeated)},
			{"unannounced", e.Unannounced, "rows without an event"},
			{"phantom events", e.Phantom, "without a row of that content"},
			{"under another id", e.OtherID, "than that of group and order"},
			{"events out of order", e.OutOfOrder, "after one of a later row of the same user"},
		})
	}
	_, err := fmt.Fprintln(w, t.Render())
	return err
}
