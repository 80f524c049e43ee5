package report

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"orderflow/app/lab"
)

func TestPartitionsThatStayMayNotPause(t *testing.T) {
	t.Parallel()
	cell := lab.Cell{Delivery: "exactly-once", Fault: "rebalance", PauseStayedSeconds: 1.5, PauseMovedSeconds: 2}
	require.Empty(t, Broken(cell), "with one in flight everybody stops")
	cell.InFlight = 1000
	require.Equal(t, []string{"partitions that stay paused"}, Broken(cell))
	var text strings.Builder
	require.NoError(t, Table(&text, []lab.Cell{cell}))
	require.Contains(t, text.String(), "a partition that stayed got no row for 1.50 s at the most, one that moved for 2.00 s")
	cell.PauseStayedSeconds = 0.1
	require.Empty(t, Broken(cell))
}
