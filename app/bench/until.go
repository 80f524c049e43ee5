package bench

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// often is the interval between two looks at what a child has done, patience how
// long it may do nothing. What a child did before it ended well shows within settling:
// clients look only every few seconds whether a new topic has come to be.
const (
	often    = 50 * time.Millisecond
	patience = 2 * time.Minute
	settling = 15 * time.Second
)

// until looks again and again until it is over, for as long as the progress grows. A
// child that ends before is an error.
func until(ctx context.Context, children []*child, what string, look func() (progress int64, over bool, err error)) error {
	again := time.NewTicker(often)
	defer again.Stop()
	ended := firstToEnd(children)
	var last int64
	moved := time.Now() // when there was progress, or the end of a child
	for gone := (*child)(nil); ; {
		// Without an answer there is nothing to see: a new group has no coordinator yet.
		progress, over, err := look()
		switch {
		case over:
			return nil
		case gone != nil && (gone.err != nil || time.Since(moved) > settling):
			return errors.Join(fmt.Errorf("%s has ended while it was waited for %s; its log is %s", gone.name, what, gone.log), gone.err, err)
		case progress > last:
			last, moved = progress, time.Now()
		case time.Since(moved) > patience:
			return errors.Join(fmt.Errorf("%s has not moved for %s while it was waited for %s; its log is %s",
				children[0].name, patience, what, children[0].log), err)
		}
		select {
		case <-again.C:
		case gone = <-ended:
			moved = time.Now()
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
