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
//
// Several processes of a group begin together, when each has its partitions.
func (r *run) throughput(ctx context.Context, j job) (measured Throughput, err error) {
	ends, err := r.admin.EndOffsets(ctx, j.topic)
	if err != nil {
		return measured, err
	}
	group := r.group(j)
	defer func() { err = errors.Join(err, r.clear(ctx, group)) }()
	start := func() error { return nil }
	if j.together {
		if start, err = r.gate(ctx, j.Contestant, group); err != nil {
			return measured, err
		}
		defer func() { err = errors.Join(err, start()) }()
	}
	s, err := r.begin(ctx, j)
	if err != nil {
		return measured, err
	}
	defer s.kill()
	if j.together {
		if err := errors.Join(s.joined(ctx), start()); err != nil {
			return measured, err
		}
	}
	if err := s.took(ctx, j.orders); err != nil {
		return measured, err
	}
	used, cpu, err := s.end()
	if err != nil {
		return measured, err
	}
	measured, err = r.count(ctx, j.Contestant, group)
	if err != nil {
		return measured, err
	}
	// Who takes a part of the orders only may have gone on a little.
	if measured.Rows < j.orders || measured.Rows > ends.Sum() {
		return measured, fmt.Errorf("%s took %d orders, and %d rows are in its table", j.Name, j.orders, measured.Rows)
	}
	measured.CPU, measured.PeakRSS, measured.Allocations = cpu, used.PeakRSS, used.Allocations
	return measured, nil
}
