package report

import (
	"fmt"
	"io"
	"os"

	"github.com/jedib0t/go-pretty/v6/text"
	"golang.org/x/term"

	"orderflow/app/lab"
)

// Rows writes cells line by line, as they finish. It is not for concurrent use.
type Rows struct {
	w        io.Writer
	coloured bool
	begun    bool
}

// NewRows writes to w, in colour if that is a terminal.
func NewRows(w io.Writer) *Rows {
	file, ok := w.(*os.File)
	return &Rows{w: w, coloured: ok && term.IsTerminal(int(file.Fd()))}
}

// Add writes a line, and a header above the first.
func (r *Rows) Add(cell lab.Cell) {
	if !r.begun {
		r.begun = true
		fmt.Fprintf(r.w, "%-9s  %-13s  %6s  %9s  %8s  %8s  %8s  %8s  %10s  %s\n",
			"fault", "guarantee", "faults", "rows", "lost", "doubled", "orders/s", "p99 ms", "recovery s", "promise")
	}
	promised, verdict := guaranteeOf(cell.Delivery), judge(cell)
	fmt.Fprintf(r.w, "%-9s  %-13s  %6d  %9d  %s  %s  %8.0f  %8.1f  %10s  %s\n",
		cell.Fault, cell.Delivery, cell.Injected, cell.Persisted,
		r.count(cell.Lost, promised.NeverLost), r.count(cell.Duplicated, promised.NeverDoubled),
		cell.OrdersPerSecond, cell.P99MS, recovery(cell),
		r.paint(verdict.Word, verdict.Tone == "bad", text.FgRed))
}

// count is red where it must be zero and is not, and dim where it is zero.
func (r *Rows) count(n int64, promised bool) string {
	padded := fmt.Sprintf("%8d", n)
	if n == 0 {
		return r.paint(padded, true, text.Faint)
	}
	return r.paint(padded, promised, text.FgRed)
}

func (r *Rows) paint(s string, marked bool, color text.Color) string {
	if !r.coloured || !marked {
		return s
	}
	return color.Sprint(s)
}
