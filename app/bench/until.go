package bench

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// often is the interval between two looks at what a child has done, patience how
// long it may do nothing.
const (
	often    = 50 * time.Millisecond
	patience = 2 * time.Minute
)

// until looks again and again until it is over, for as long as the progress grows. A
// child that ends before is an error.
func until(ctx context.Context, children []*child, what string, look func() (progress int64, over bool, err error)) error {
	again := time.NewTicker(often)
	defer again.Stop()
	ended := firstToEnd(children)
	var last int64
	moved := time.Now()
	for gone := (*child)(nil); ; {
		// Without an answer there is nothing to see: a new group has no coordinator yet.
		progress, over, err := look()
		switch {
		case over:
			return nil
		case gone != nil:
			return errors.Join(fmt.Errorf("%s has ended while it was waited for %s; its log is %s", gone.name, what, gone.log), gone.err, err)
		case progress > last:
			last, moved = progress, time.Now()
		case time.Since(moved) > patience:
			return errors.Join(fmt.Errorf("%s has not moved for %s while it was waited for %s; its log is %s",
				children[0].name, patience, what, children[0].log), err)
		}
		select {
		case <-again.C:
		case gone = <-ended: // it may have done it just before
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// firstToEnd returns a channel that gets the children as they end.
func firstToEnd(children []*child) <-chan *child {
	ended := make(chan *child, len(children))
	for _, c := range children {
		go func() {
			<-c.ended
			ended <- c
		}()
	}
	return ended
}
