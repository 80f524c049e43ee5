package report

import (
	"fmt"
	"slices"
	"time"

	"orderflow/app/lab"
)

// page is what templates/page.html shows.
type page struct {
	StartedAt  time.Time
	Orders     int64
	Cells      []lab.Cell
	Broken     []lab.Cell // cells whose guarantee did not hold
	Guarantees []guarantee
	Faults     []faultSection
	Balance    balance
	Command    string // that runs it again
}

// faultSection is a row of the matrix and the section on its fault.
type faultSection struct {
	fault

	Cells          []lab.Cell
	InMatrix       []*lab.Cell // by guarantee, nil where it was not run
	OrdersOverTime *chart      // nil if no course was recorded
	Latency        *chart
}

func newPage(result lab.Result) page {
	p := page{
		StartedAt: result.StartedAt, Orders: result.Orders, Cells: result.Cells,
		Balance: lostAndDoubled(result.Cells), Command: command(result),
	}
	deliveries := deliveriesOf(result.Cells)
	for _, name := range deliveries {
		p.Guarantees = append(p.Guarantees, guaranteeOf(name))
	}
	for _, name := range faultsOf(result.Cells) {
		p.Faults = append(p.Faults, newFaultSection(faultOf(name), deliveries, result.Cells))
	}
	for _, cell := range result.Cells {
		if judge(cell).Tone == "bad" {
			p.Broken = append(p.Broken, cell)
		}
	}
	return p
}

// command is what a reader types to run the comparison again.
func command(result lab.Result) string {
	c := fmt.Sprintf("go run ./app compare --orders %d --out report", result.Orders)
	if len(result.Cells) > 0 && result.Cells[0].Fault == "soak" {
		c += fmt.Sprintf(" --soak --faults %d", result.Cells[0].Injected)
	}
	return c
}

func newFaultSection(f fault, deliveries []string, cells []lab.Cell) faultSection {
	section := faultSection{fault: f, InMatrix: make([]*lab.Cell, len(deliveries))}
	for _, cell := range cells {
		if cell.Fault == f.Name {
			section.Cells = append(section.Cells, cell)
			section.InMatrix[slices.Index(deliveries, cell.Delivery)] = &cell
		}
	}
	if drawable := withCourse(section.Cells); len(drawable) > 0 {
		overTime, latencies := ordersOverTime(f.Title, drawable), latency(f.Title, drawable)
		section.OrdersOverTime, section.Latency = &overTime, &latencies
	}
	return section
}

// Injected is how often the fault was injected, in a cell at least and at most.
func (f faultSection) Injected() (counts struct{ Least, Most int }) {
	for i, cell := range f.Cells {
		if i == 0 {
			counts.Least = cell.Injected
		}
		counts.Least = min(counts.Least, cell.Injected)
		counts.Most = max(counts.Most, cell.Injected)
	}
	return counts
}

// deliveriesOf returns the guarantees in the order in which they come first.
func deliveriesOf(cells []lab.Cell) []string {
	return distinct(cells, func(c lab.Cell) string { return c.Delivery })
}

// faultsOf returns the faults in the order in which they come first.
func faultsOf(cells []lab.Cell) []string {
	return distinct(cells, func(c lab.Cell) string { return c.Fault })
}

func distinct(cells []lab.Cell, name func(lab.Cell) string) []string {
	var names []string
	for _, cell := range cells {
		if !slices.Contains(names, name(cell)) {
			names = append(names, name(cell))
		}
	}
	return names
}
