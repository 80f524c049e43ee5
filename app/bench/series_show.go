package bench

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/jedib0t/go-pretty/v6/table"
)

// Table writes the points for people.
func (s Series) Table(w io.Writer) error {
	t := newTable("contestant", "processes", "orders", "orders/s", "us an order", "CPU s per million", "peak MB")
	for _, points := range []map[string][]Point{s.Processors, s.Backlog} {
		for _, name := range Contestants() {
			for _, p := range points[name] {
				t.AppendRow(table.Row{
					name, p.Processors, p.Orders, fmt.Sprintf("%.0f", p.OrdersPerSecond), fmt.Sprintf("%.1f", 1e6/p.OrdersPerSecond),
					fmt.Sprintf("%.1f", p.CPUSecondsPerMillion), fmt.Sprintf("%.0f", p.PeakRSSMB),
				})
			}
		}
		t.AppendSeparator()
	}
	_, err := fmt.Fprintln(w, t.Render())
	return err
}

// Write writes scaling.json and scaling.svg into dir, which it creates, and
// returns the path of the picture.
func (s Series) Write(dir string) (path string, err error) {
	var panels []panel
	top := 0.0
	for _, by := range []struct {
		of   string
		name func(Point) string
		data map[string][]Point
	}{
		{"processes", func(p Point) string { return fmt.Sprint(p.Processors) }, s.Processors},
		{"orders that wait", func(p Point) string { return grouped(float64(p.Orders), 0) }, s.Backlog},
	} {
		for _, contestant := range Contestants() {
			var rows []row
			for _, p := range by.data[contestant] {
				rows = append(rows, row{by.name(p), contestantOf(contestant).Color, p.Figure})
			}
			if len(rows) == 0 {
				continue
			}
			heading := panel{Title: contestant + " by " + by.of, Top: top}
			panels, top = append(panels, heading), heading.bottom()-panelGap
			for _, m := range []measure{perSecond, peakMemory, cpuTime} {
				panels = append(panels, panelOf(top, m, rows))
				top = panels[len(panels)-1].bottom()
			}
		}
	}
	drawn, err := draw("orderflow with more processes and more orders",
		fmt.Sprintf("Medians of %d rounds on a topic of %d partitions.", s.Rounds, s.Partitions), panels)
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "scaling.svg"), writeFiles(dir, "scaling.json", s, "scaling.svg", drawn)
}
