package bench

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestMedian(t *testing.T) {
	t.Parallel()
	require.InDelta(t, 3, median([]float64{3}), 0)
	require.InDelta(t, 2, median([]float64{9, 1, 2}), 0)
	require.InDelta(t, 2.5, median([]float64{9, 1, 2, 3}), 0)
}

func TestHalfOfTheValuesAreOnEachSideOfTheMedian(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(0, 1e6), 1, 21).Draw(t, "values")
		middle := median(values)
		below, above := 0, 0
		for _, value := range values {
			if value < middle {
				below++
			}
			if value > middle {
				above++
			}
		}
		require.LessOrEqual(t, 2*below, len(values))
		require.LessOrEqual(t, 2*above, len(values))
	})
}

func TestRateIsBetweenTheFirstRowAndTheLast(t *testing.T) {
	t.Parallel()
	require.InDelta(t, 50, Throughput{Rows: 101, Seconds: 2}.PerSecond(), 0)
	require.Zero(t, Throughput{Rows: 1}.PerSecond())
}

// turnOf is a turn at a rate, in rows a second.
func turnOf(contestant string, rate int64, p99 float64) Turn {
	return Turn{
		Contestant: contestant,
		Throughput: Throughput{Rows: rate + 1, Seconds: 1, PeakRSS: 64 << 20, CPU: time.Second, Allocations: uint64(rate+1) * 3},
		Latency:    Latency{P50: 1, P99: p99, Max: 2 * p99, Pace: Pace},
	}
}

func TestConclusion(t *testing.T) {
	t.Parallel()
	var result Result
	result.conclude([]Turn{
		turnOf(ExactlyOnce, 70_000, 9), turnOf(HandWritten, 100_000, 3),
		turnOf(ExactlyOnce, 90_000, 5), turnOf(HandWritten, 200_000, 4),
		turnOf(ExactlyOnce, 80_000, 7), turnOf(HandWritten, 160_000, 9),
		turnOf(Analytics, 60_000, 7),
	})
	ours := result.Contestants[ExactlyOnce]
	require.InDelta(t, 80_000, ours.OrdersPerSecond, 1e-6)
	require.InDelta(t, 7, ours.P99MS, 0)
	require.InDelta(t, 14, ours.MaxMS, 0)
	require.InDelta(t, 64, ours.PeakRSSMB, 0)
	require.InDelta(t, 1e6/80_001, ours.CPUSecondsPerMillion, 1e-6)
	require.InDelta(t, 3, ours.AllocationsPerOrder, 0)
	require.EqualValues(t, 70_001, ours.Rows)
	require.InDelta(t, 0.5, *result.RatioToHandWritten, 1e-9)
	require.InDelta(t, 0.75, *result.RatioOfAnalytics, 1e-9)
	require.Nil(t, result.RatioToPlainWatermill, "it did not take part")
}

func TestEachRoundBeginsWithAnother(t *testing.T) {
	t.Parallel()
	config := Config{Contestants: []string{"a", "b", "c"}}
	require.Equal(t, []string{"a", "b", "c"}, config.turns(0))
	require.Equal(t, []string{"b", "c", "a"}, config.turns(1))
	require.Equal(t, []string{"c", "a", "b"}, config.turns(2))
	require.Equal(t, []string{"a", "b", "c"}, config.turns(3))
}

func TestPlainWatermillTakesFewer(t *testing.T) {
	t.Parallel()
	for all, fewer := range map[int64]int64{1000: 1000, 2000: 1000, 1_000_000: 50_000} {
		require.Equal(t, fewer, contestantOf(PlainWatermill).orders(all))
		require.Equal(t, all, contestantOf(HandWritten).orders(all))
	}
}

func TestTableDistrustsALatencyAtAnotherPace(t *testing.T) {
	t.Parallel()
	slow := turnOf(PlainWatermill, 4000, 5)
	slow.Pace = 800
	var result Result
	result.conclude([]Turn{turnOf(ExactlyOnce, 80_000, 5), slow})
	var text strings.Builder
	require.NoError(t, result.Table(&text))
	require.Contains(t, text.String(), "latency of plain-watermill: only 800 orders/s came instead of 1000")
	require.NotContains(t, text.String(), "latency of orderflow-exactly-once")
	require.Contains(t, text.String(), "orderflow-exactly-once has 20.00 times the rate of plain-watermill")
}

func TestPictureHasABarForEachFigure(t *testing.T) {
	t.Parallel()
	var result Result
	result.conclude([]Turn{turnOf(ExactlyOnce, 80_000, 5), turnOf(HandWritten, 160_000, 4)})
	dir := filepath.Join(t.TempDir(), "new")
	path, err := result.Write(dir)
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(dir, "results.json"))
	picture, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(picture), "160,000")
	require.Equal(t, 1+2*4, bars(t, picture), "the background, and two contestants by four measures")
}

// bars counts the rectangles of a picture.
func bars(t *testing.T, picture []byte) (count int) {
	t.Helper()
	for decoder := xml.NewDecoder(strings.NewReader(string(picture))); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return count
		}
		require.NoError(t, err)
		if element, ok := token.(xml.StartElement); ok && element.Name.Local == "rect" {
			count++
		}
	}
}
