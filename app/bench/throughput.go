package bench

import (
	"context"
	"errors"
	"fmt"
)

const forThroughput = "throughput"

// throughput has a contestant take the orders of the preloaded topic.
//
// The rate is that from the first row to the last, by the database's clock at each
// row's insert. So neither the start of the process nor the joining of the group
// counts, which are the same few seconds for all; nor does the wait for the commit
// of the last offsets, which is on a timer for some. What a contestant has fetched
// before its first row it has for nothing: some megabytes, so the more orders the
// better.
func (r *run) throughput(ctx context.Context, round int, name, topic string) (measured Throughput, err error) {
	orders := contestantOf(name).orders(r.Orders)
	s, err := r.begin(ctx, round, name, forThroughput, topic, orders)
	if err != nil {
		return measured, err
	}
	defer func() { err = errors.Join(err, r.clear(ctx, s.group)) }()
	defer s.kill()
	if err := s.took(ctx); err != nil {
		return measured, err
	}
	used, err := s.end()
	if err != nil {
		return measured, err
	}
	measured, err = r.count(ctx, name, s.group)
	if err != nil {
		return measured, err
	}
	// Who takes a part of the orders only may have gone on a little.
	if measured.Rows < orders || measured.Rows > r.Orders {
		return measured, fmt.Errorf("%s took %d orders, and %d rows are in its table", name, orders, measured.Rows)
	}
	state := s.command.ProcessState
	measured.CPU = state.UserTime() + state.SystemTime()
	measured.PeakRSS, measured.Allocations = used.PeakRSS, used.Allocations
	return measured, nil
}
