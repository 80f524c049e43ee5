package main

import (
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/schollz/progressbar/v3"

	"orderflow/app/lab"
	"orderflow/app/lab/report"
)

// comparison shows how a comparison goes: a bar for the round, and a row for each
// cell that is finished.
type comparison struct {
	stderr io.Writer
	rows   *report.Rows

	mu    sync.Mutex
	fault string
	bar   *progressbar.ProgressBar
}

func newComparison(stderr io.Writer) *comparison {
	return &comparison{stderr: stderr, rows: report.NewRows(stderr)}
}

// progress is a lab.Config's.
func (c *comparison) progress(p lab.Progress) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p.Finished != nil {
		c.clear()
		c.rows.Add(*p.Finished)
		return
	}
	if c.fault != p.Fault {
		c.clear()
		c.fault = p.Fault
		c.bar = newBar(c.stderr, p.Total, "round "+p.Fault, false)
	}
	if c.bar != nil {
		_ = c.bar.Set64(p.Done) // it can only fail to draw
	}
}

func (c *comparison) finish() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clear()
}

func (c *comparison) clear() {
	if c.bar != nil {
		_ = c.bar.Finish() // likewise
		c.bar = nil
	}
}

// brokenPromises is an error when a guarantee did not hold.
func brokenPromises(cells []lab.Cell) error {
	var broken []string
	for _, cell := range cells {
		if words := report.Broken(cell); words != nil {
			broken = append(broken, fmt.Sprintf("%s under %s (%s)", cell.Delivery, cell.Fault, strings.Join(words, ", ")))
		}
	}
	if broken == nil {
		return nil
	}
	return fmt.Errorf("a guarantee did not hold: %s; repeat it with --out to see when", strings.Join(broken, "; "))
}
