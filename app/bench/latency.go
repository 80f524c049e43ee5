package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"orderflow/app/timing"
)

const forLatency = "latency"

// latency has a contestant take orders that come at a steady pace, which it cannot
// slow down: the generator sends them whether or not they are taken.
func (r *run) latency(ctx context.Context, round int, c Contestant) (measured Latency, err error) {
	topic := fmt.Sprintf("%s-%s-%d", r.id, c.Name, round)
	if _, err := r.admin.EnsureTopic(ctx, topic, r.Partitions, nil); err != nil {
		return measured, err
	}
	defer func() { err = errors.Join(err, r.deleteTopic(ctx, topic)) }()
	s, err := r.begin(ctx, job{
		Contestant: c, round: round, purpose: forLatency, topic: topic, orders: r.LatencyOrders, processors: 1,
	})
	if err != nil {
		return measured, err
	}
	defer func() { err = errors.Join(err, r.clear(ctx, s.group)) }()
	defer s.kill()
	if err := s.joined(ctx); err != nil {
		return measured, err
	}
	generator, err := r.generate(ctx, fmt.Sprintf("%s-%d-generator", c.Name, round), topic, r.LatencyOrders, "--rate", fmt.Sprint(Pace))
	if err != nil {
		return measured, err
	}
	defer generator.kill()
	work, workCtx := errgroup.WithContext(ctx)
	work.Go(func() error { return generator.wait(workCtx) })
	work.Go(func() error { return s.took(workCtx, s.orders) })
	if err := work.Wait(); err != nil {
		return measured, err
	}
	if measured.Pace, err = paceOf(generator); err != nil {
		return measured, err
	}
	if _, _, err := s.end(); err != nil {
		return measured, err
	}
	latency := timing.NewLatency()
	err = timing.EachRow(ctx, r.admin, topic, r.Servers.Database, s.group, latency.Add)
	measured.P50, measured.P99, measured.Max = latency.MS(50), latency.MS(99), latency.MS(100)
	return measured, err
}

// paceOf returns how many orders a second the generator has sent. When it is less
// than Pace, the records' timestamps hide how long orders waited to be sent.
func paceOf(generator *child) (float64, error) {
	var sent struct {
		OrdersPerSecond float64 `json:"orders_per_second"`
	}
	if err := json.Unmarshal(generator.stdout.Bytes(), &sent); err != nil {
		return 0, fmt.Errorf("read what the generator has sent: %w", err)
	}
	return sent.OrdersPerSecond, nil
}
