package report

import (
	"strconv"
	"time"

	"orderflow/app/lab"
)

// ordersOverTime draws the rows that were there at each moment, one line a cell,
// and when the faults hit. All cells are of one fault and have a course.
func ordersOverTime(title string, cells []lab.Cell) chart {
	seconds, rows := 1.0, 1.0
	for _, cell := range cells {
		seconds = max(seconds, float64(len(cell.Course.Rows))*cell.Course.Bucket.Seconds())
		rows = max(rows, float64(cell.Orders), float64(sum(cell.Course.Rows)))
		for _, at := range cell.Course.Faults {
			seconds = max(seconds, at.Seconds())
		}
	}
	x := axis{low: 0, high: seconds, from: plotLeft, to: plotRight}
	y := axis{low: 0, high: rows * 1.06, from: plotBottom, to: plotTop}
	c := chart{
		Title:  "Orders over time: " + title,
		About:  "Rows in the table by seconds since the start, one line for each guarantee, with the moments of the faults.",
		XLabel: "seconds since the start", YLabel: "rows in the table",
		XTicks: x.evenTicks(8, func(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }),
		YTicks: y.evenTicks(5, func(v float64) string { return thousands(int64(v)) }),
	}
	for i, cell := range cells {
		if i == 0 {
			c.Rules = []tick{{round(y.at(float64(cell.Orders))), "orders sent"}}
		}
		c.addLine(cell, growth(*cell.Course, x, y))
		for _, at := range cell.Course.Faults {
			c.Marks = append(c.Marks, mark{guaranteeOf(cell.Delivery), round(x.at(at.Seconds()))})
		}
	}
	return c
}

func growth(course lab.Course, x, y axis) []point {
	points := []point{{x.at(0), y.at(0)}}
	var rows int64
	for i, added := range course.Rows {
		rows += added
		points = append(points, point{x.at((time.Duration(i+1) * course.Bucket).Seconds()), y.at(float64(rows))})
	}
	return points
}

func sum(rows []int64) (total int64) {
	for _, n := range rows {
		total += n
	}
	return total
}
