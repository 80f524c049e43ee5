package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"orderflow/app/lab"
)

func TestTable(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	require.NoError(t, Table(&b, fixture().Cells))
	requireGolden(t, "table.golden", b.Bytes())
}

func TestRows(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		golden   string
		coloured bool
	}{{"rows.golden", false}, {"rows-coloured.golden", true}} {
		var b bytes.Buffer
		rows := NewRows(&b)
		require.False(t, rows.coloured, "a buffer is no terminal")
		rows.coloured = c.coloured
		for _, cell := range append(fixture().Cells, broken()) {
			rows.Add(cell)
		}
		requireGolden(t, c.golden, b.Bytes())
	}
}

// All lines are as wide as the header up to the last column, whatever the numbers.
func TestRowsStandInColumns(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	rows := NewRows(&b)
	for _, cell := range fixture().Cells {
		rows.Add(cell)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	require.Len(t, lines, 25)
	promise := strings.Index(lines[0], "promise")
	for _, line := range lines[1:] {
		require.Equal(t, "  ", line[promise-2:promise], line)
		require.NotEqual(t, ' ', rune(line[promise]), line)
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cell lab.Cell
		want string
	}{
		{lab.Cell{Delivery: "exactly-once"}, "clean"},
		{lab.Cell{Delivery: "exactly-once", Lost: 1}, "BROKEN: lost"},
		{lab.Cell{Delivery: "exactly-once", Lost: 1, Duplicated: 2}, "BROKEN: lost, doubled"},
		{lab.Cell{Delivery: "exactly-once", OutOfOrder: 1}, "BROKEN: out of order"},
		{lab.Cell{Delivery: "at-least-once", Duplicated: 1}, "allowed"},
		{lab.Cell{Delivery: "at-least-once", Lost: 1}, "BROKEN: lost"},
		{lab.Cell{Delivery: "at-most-once", Lost: 1, OutOfOrder: 1}, "allowed"},
		{lab.Cell{Delivery: "at-most-once", Duplicated: 1}, "BROKEN: doubled"},
		{lab.Cell{Delivery: "auto-commit", Lost: 1, Duplicated: 1, OutOfOrder: 1}, "allowed"},
		{lab.Cell{Delivery: "auto-commit", ValidDeadLettered: 1}, "BROKEN: valid dead-lettered"},
		{lab.Cell{Delivery: "of another kind", Lost: 1}, "allowed"},
	} {
		require.Equal(t, c.want, judge(c.cell).Word, "%+v", c.cell)
	}
}

// broken is a cell whose guarantee did not hold.
func broken() lab.Cell {
	return lab.Cell{Delivery: "exactly-once", Fault: "kill", Orders: 20000, Injected: 4, Persisted: 19602, Lost: 1, Duplicated: 3}
}
