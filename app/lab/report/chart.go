package report

import (
	"fmt"
	"slices"
	"strings"

	"orderflow/app/lab"
)

// chart is what templates/chart.svg draws: lines, one a guarantee.
type chart struct {
	Title, About, XLabel, YLabel string

	XTicks, YTicks []tick
	Rules          []tick // horizontal lines across, with their names
	Marks          []mark
	Lines          []line
}

// The plot's edges in the picture, which is 480 by 320: as wide as a telephone,
// so that its letters can be read there.
const plotLeft, plotRight, plotTop, plotBottom = 62.0, 456.0, 66.0, 262.0

type line struct {
	guarantee

	Path string
	Left float64 // of its name in the legend
}

// mark is when a fault hit the cell of a guarantee.
type mark struct {
	guarantee

	At float64
}

// addLine adds the line of a cell through points.
func (c *chart) addLine(cell lab.Cell, points []point) {
	c.Lines = append(c.Lines, line{guaranteeOf(cell.Delivery), path(points), 16 + 112*float64(len(c.Lines))})
}

// Backwards has the solid line of exactly-once drawn first: the dashes of the others
// show on it where they run together.
func (c *chart) Backwards() []line {
	backwards := slices.Clone(c.Lines)
	slices.Reverse(backwards)
	return backwards
}

type point struct{ x, y float64 }

// path joins points, leaving out those that fall on the pixel of the one before.
func path(points []point) string {
	var b strings.Builder
	command, last := "M", point{-1, -1}
	for _, p := range points {
		p = point{round(p.x), round(p.y)}
		if p.x-last.x < 0.5 && p.y == last.y {
			continue
		}
		fmt.Fprintf(&b, "%s%g %g", command, p.x, p.y)
		command, last = "L", p
	}
	return b.String()
}

// withCourse are the cells that have something to draw.
func withCourse(cells []lab.Cell) []lab.Cell {
	var drawable []lab.Cell
	for _, cell := range cells {
		if cell.Course != nil {
			drawable = append(drawable, cell)
		}
	}
	return drawable
}
