package timing_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"orderflow/app/timing"
)

func TestLatencyIsFromTheRecordToItsRow(t *testing.T) {
	t.Parallel()
	latency := timing.NewLatency()
	require.Zero(t, latency.MS(50))
	sent := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for ms := range 100 {
		latency.Add(timing.Row{Produced: sent, Committed: sent.Add(time.Duration(ms+1) * time.Millisecond)})
	}
	require.InEpsilon(t, 50, latency.MS(50), 0.002)
	require.InEpsilon(t, 99, latency.MS(99), 0.002)
	require.InEpsilon(t, 100, latency.MS(100), 0.002)
}

func TestLatencyOutOfRangeCountsAsItsEnd(t *testing.T) {
	t.Parallel()
	latency := timing.NewLatency()
	sent := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	latency.Add(timing.Row{Produced: sent, Committed: sent.Add(-time.Second)})
	require.InDelta(t, 0.001, latency.MS(100), 0.0001)
	latency.Add(timing.Row{Produced: sent, Committed: sent.Add(72 * time.Hour)})
	require.InEpsilon(t, 24*3600*1000, latency.MS(100), 0.002)
}
