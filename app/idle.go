package main

import (
	"context"
	"time"
)

// whenIdle calls stop when partitions have been assigned, no order was finished
// for so long, and none is being handled. It returns when ctx is done.
func (t *tally) whenIdle(ctx context.Context, assigned <-chan struct{}, quiet time.Duration, stop func()) {
	select {
	case <-assigned:
	case <-ctx.Done():
		return
	}
	timer := time.NewTimer(quiet)
	defer timer.Stop()
	for {
		select {
		case <-t.finished:
			timer.Reset(quiet)
		case <-timer.C:
			if t.handling.Load() > 0 {
				timer.Reset(quiet)
				continue
			}
			stop()
			return
		case <-ctx.Done():
			return
		}
	}
}
