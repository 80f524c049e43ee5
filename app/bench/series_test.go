package bench

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// someSeries is one contestant with two and three points.
func someSeries() Series {
	point := func(processors int, orders int64, rate float64) Point {
		return Point{processors, orders, Figure{OrdersPerSecond: rate, PeakRSSMB: 100, CPUSecondsPerMillion: 10}}
	}
	return Series{
		Processors: map[string][]Point{ExactlyOnce: {point(1, 1_000_000, 50_000), point(2, 1_000_000, 80_000)}},
		Backlog: map[string][]Point{ExactlyOnce: {
			point(1, 10_000, 40_000), point(1, 100_000, 50_000), point(1, 1_000_000, 51_000),
		}},
	}
}

func TestASeriesIsATableOfItsPoints(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	require.NoError(t, someSeries().Table(&text))
	require.Equal(t, 5, strings.Count(text.String(), ExactlyOnce))
	require.Regexp(t, `exactly-once\D+2 │ 1000000 │ +80000 │ +12\.5 │ +10\.0 │ +100 `, text.String())
}

func TestASeriesIsDrawn(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new")
	path, err := someSeries().Write(dir)
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(dir, "scaling.json"))
	picture, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(picture), "orderflow-exactly-once by orders that wait")
	require.Contains(t, string(picture), ">100,000<")
	require.Equal(t, 1+3*(2+3), bars(t, picture), "the background, and three measures of all points")
}

func TestWhatWasNotMeasuredHasNoBar(t *testing.T) {
	t.Parallel()
	p := panelOf(0, p99, []row{{"a", "", Figure{}}, {"b", "", Figure{P99MS: 5}}})
	require.Len(t, p.Bars, 1)
	require.Equal(t, "b", p.Bars[0].Name)
	require.InDelta(t, longestBar, p.Bars[0].Width, 0)
}

func TestThousandsAreGrouped(t *testing.T) {
	t.Parallel()
	for want, value := range map[string]float64{"0": 0, "999": 999, "1,000": 1000, "123,456": 123_456, "12,345,678": 12_345_678} {
		require.Equal(t, want, grouped(value, 0))
	}
	require.Equal(t, "1,234.5", grouped(1234.54, 1))
}
