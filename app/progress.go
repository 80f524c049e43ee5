package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"orderflow/app/generator"
)

// progress shows what is being sent: every order as a line when they can be
// read, else a bar if a person is looking.
type progress struct {
	mu    sync.Mutex // of lines: no line is in another's middle
	lines io.Writer
	bar   *progressbar.ProgressBar
}

// newProgress shows progress to a total of orders, -1 if that is not known.
func newProgress(s surroundings, flags ordersFlags, quiet bool, total int64) *progress {
	switch {
	case quiet:
		return &progress{}
	case flags.each():
		return &progress{lines: s.stdout}
	default:
		return &progress{bar: newBar(s.stderr, total, "sending orders", false)}
	}
}

// orders takes note of orders that were sent. It may be called concurrently.
func (p *progress) orders(sent []generator.Sent) {
	if p.lines != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, order := range sent {
			fmt.Fprintf(p.lines, "partition=%d offset=%d key=%s order_id=%s\n", order.Partition, order.Offset, order.Event.Key, order.Event.OrderID)
		}
	}
	if p.bar != nil {
		_ = p.bar.Add(len(sent)) // it can only fail to draw
	}
}

func (p *progress) finish() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}

// drawEvery is as often as an eye can follow: a bar that is drawn at each step takes
// longer than what it shows.
const drawEvery = 65 * time.Millisecond

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
		progressbar.OptionThrottle(drawEvery),
		progressbar.OptionClearOnFinish(),
	)
}
