package report

import (
	"fmt"
	"math"

	"orderflow/app/lab"
)

// fastest is the least latency that is drawn, in milliseconds: an axis of
// logarithms has no zero.
const fastest = 0.1

// latency draws how long each share of the orders took, one line a cell. All cells
// are of one fault and have a course.
func latency(title string, cells []lab.Cell) chart {
	low, high := math.Inf(1), fastest
	for _, cell := range cells {
		low = min(low, max(fastest, cell.Course.LatencyMS[0]))
		high = max(high, cell.Course.LatencyMS[99])
	}
	x := axis{low: stretched(1), high: stretched(100), from: plotLeft, to: plotRight}
	y := axis{low: math.Floor(math.Log10(low)), from: plotBottom, to: plotTop}
	y.high = max(math.Ceil(math.Log10(high)), y.low+1)
	c := chart{
		Title:  "Latency: " + title,
		About:  "Latency by percentile of the orders, on a logarithmic scale, one line for each guarantee.",
		XLabel: "share of the orders that were at least this fast", YLabel: "latency, logarithmic",
		YTicks: y.decadeTicks(spell),
	}
	for _, percentile := range []int{50, 75, 90, 95, 99, 100} {
		c.XTicks = append(c.XTicks, tick{round(x.at(stretched(percentile))), fmt.Sprintf("%d%%", percentile)})
	}
	for _, cell := range cells {
		var points []point
		for i, ms := range cell.Course.LatencyMS {
			points = append(points, point{x.at(stretched(i + 1)), y.at(math.Log10(max(fastest, ms)))})
		}
		c.addLine(cell, points)
	}
	return c
}

// stretched gives the slow orders, which a fault makes, most of the axis: it grows
// with the logarithm of the share that is slower, as HdrHistogram's plots do.
func stretched(percentile int) float64 {
	return -math.Log10(float64(101 - percentile))
}
