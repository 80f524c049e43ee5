package main

import (
	"fmt"
	"io"

	"github.com/schollz/progressbar/v3"

	"orderflow/app/bench"
)

// benchShow shows how a measurement goes: a bar for what is being done, and a line
// for each turn that is over. It is for one goroutine at a time.
type benchShow struct {
	stderr io.Writer
	doing  string
	bar    *progressbar.ProgressBar
	head   bool // is there
}

func newBenchShow(stderr io.Writer) *benchShow { return &benchShow{stderr: stderr} }

// progress is a bench.Config's.
func (b *benchShow) progress(p bench.Progress) {
	if p.Finished != nil {
		b.finish()
		b.row(*p.Finished)
		return
	}
	if b.doing != p.Doing {
		b.finish()
		b.doing = p.Doing
		if b.bar = newBar(b.stderr, p.Total, p.Doing, false); b.bar == nil {
			fmt.Fprintln(b.stderr, p.Doing)
		}
	}
	if b.bar != nil {
		_ = b.bar.Set64(min(p.Done, p.Total)) // it can only fail to draw
	}
}

func (b *benchShow) row(turn bench.Turn) {
	if !b.head {
		b.head = true
		fmt.Fprintf(b.stderr, "%5s  %-23s  %9s  %8s  %8s  %8s\n", "round", "contestant", "orders/s", "p50 ms", "p99 ms", "peak MB")
	}
	fmt.Fprintf(b.stderr, "%5d  %-23s  %9.0f  %8.1f  %8.1f  %8d  %s\n", turn.Round, turn.Contestant, turn.PerSecond(),
		turn.P50, turn.P99, turn.PeakRSS>>20, turn.Of)
}

func (b *benchShow) finish() {
	if b.bar != nil {
		_ = b.bar.Finish() // likewise
		b.bar = nil
	}
	b.doing = ""
}
