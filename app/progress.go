package main

import (
	"fmt"
	"io"

	"github.com/schollz/progressbar/v3"

	"orderflow/app/generator"
)

// progress shows what is being sent: every order as a line when they can be
// read, else a bar if a person is looking.
type progress struct {
	lines io.Writer
	bar   *progressbar.ProgressBar
}

// newProgress shows progress to a total of orders, -1 if that is not known.
func newProgress(s surroundings, flags ordersFlags, quiet bool, total int64) progress {
	switch {
	case quiet:
		return progress{}
	case flags.each():
		return progress{lines: s.stdout}
	default:
		return progress{bar: newBar(s.stderr, total, "sending orders", false)}
	}
}

// order takes note of one order that was sent. It may be called concurrently.
func (p progress) order(sent generator.Sent) {
	if p.lines != nil {
		fmt.Fprintf(p.lines, "partition=%d offset=%d key=%s order_id=%s\n", sent.Partition, sent.Offset, sent.Event.Key, sent.Event.OrderID)
	}
	if p.bar != nil {
		_ = p.bar.Add64(1) // it can only fail to draw
	}
}

func (p progress) finish() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}

// newBar returns a progress bar on a terminal, and nil where nobody looks.
func newBar(w io.Writer, total int64, what string, bytes bool) *progressbar.ProgressBar {
	if !onTerminal(w) {
		return nil
	}
	return progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription(what),
		progressbar.OptionShowBytes(bytes),
		progressbar.OptionShowCount(),
		progressbar.OptionShowIts(),
		progressbar.OptionClearOnFinish(),
	)
}
