package bench

import (
	"math"
	"strconv"
	"strings"
)

// panel is one measure as bars, one for each row.
type panel struct {
	Title string
	Top   float64
	Bars  []bar
}

type bar struct {
	Name, Value, Color string

	Middle float64 // from the panel's top
	Width  float64
	End    float64 // where its value is written
}

const (
	panelHead  = 30.0
	rowHeight  = 22.0
	panelGap   = 18.0
	barLeft    = 172.0
	longestBar = 220.0
)

// row is what a bar is drawn of.
type row struct {
	name, color string
	figure      Figure
}

// measure is a figure with its title and its decimals.
type measure struct {
	title    string
	of       func(Figure) float64
	decimals int
}

var (
	perSecond  = measure{"orders per second (more is better)", func(f Figure) float64 { return f.OrdersPerSecond }, 0}
	p99        = measure{"p99 of the latency at 1,000 orders/s, in ms (less is better)", func(f Figure) float64 { return f.P99MS }, 1}
	peakMemory = measure{"peak memory, in MB (less is better)", func(f Figure) float64 { return f.PeakRSSMB }, 0}
	cpuTime    = measure{"CPU seconds per million orders (less is better)", func(f Figure) float64 { return f.CPUSecondsPerMillion }, 1}
)

// panelOf draws a measure of all rows, except those that were not measured.
func panelOf(top float64, m measure, rows []row) panel {
	p := panel{Title: m.title, Top: top}
	most := math.SmallestNonzeroFloat64
	for _, row := range rows {
		most = max(most, m.of(row.figure))
	}
	for _, row := range rows {
		value := m.of(row.figure)
		if value == 0 {
			continue
		}
		width := math.Round(longestBar * value / most)
		p.Bars = append(p.Bars, bar{
			Name: row.name, Value: grouped(value, m.decimals), Color: row.color,
			Middle: panelHead + rowHeight*(float64(len(p.Bars))+0.5), Width: width, End: barLeft + width + 6,
		})
	}
	return p
}

// bottom is where the next panel begins.
func (p panel) bottom() float64 {
	return p.Top + panelHead + rowHeight*float64(len(p.Bars)) + panelGap
}

// grouped writes 123456 as 123,456.
func grouped(value float64, decimals int) string {
	whole, fraction, _ := strings.Cut(strconv.FormatFloat(value, 'f', decimals, 64), ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction == "" {
		return whole
	}
	return whole + "." + fraction
}
