package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"orderflow/app/generator"
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
	if err := s.warm(ctx); err != nil {
		return measured, err
	}
	began := time.Now().Truncate(time.Millisecond) // as records' timestamps are
	sender, err := r.generate(ctx, fmt.Sprintf("%s-%d-generator", c.Name, round), topic, r.LatencyOrders, "--rate", fmt.Sprint(Pace))
	if err != nil {
		return measured, err
	}
	defer sender.kill()
	work, workCtx := errgroup.WithContext(ctx)
	work.Go(func() error { return sender.wait(workCtx) })
	work.Go(func() error { return s.took(workCtx, warming+s.orders) })
	if err := work.Wait(); err != nil {
		return measured, err
	}
	if measured.Pace, err = paceOf(sender); err != nil {
		return measured, err
	}
	if _, _, err := s.end(); err != nil {
		return measured, err
	}
	latency := timing.NewLatency()
	others := timing.NewLatency()
	err = timing.EachRow(ctx, r.admin, topic, r.Servers.Database, s.group, func(row timing.Row) {
		if row.Produced.Before(began) {
			return
		}
		latency.Add(row)
		if row.Key != generator.HotUser {
			others.Add(row)
		}
	})
	if r.HotKey > 0 {
		measured.OthersP99 = others.MS(99)
	}
	measured.P50, measured.P99, measured.Max = latency.MS(50), latency.MS(99), latency.MS(100)
	return measured, err
}

// warming is how many orders have gone through a contestant before its latency is
// measured: it has joined its group then, connected and compiled what it compiles.
const warming = 1000

func (s *stint) warm(ctx context.Context) error {
	sender, err := s.run.generate(ctx, s.members[0].name+"-warming", s.topic, warming)
	if err != nil {
		return err
	}
	defer sender.kill()
	return errors.Join(sender.wait(ctx), s.took(ctx, warming))
}

// paceOf returns how many orders a second the generator has sent. When it is less
// than Pace, the records' timestamps hide how long orders waited to be sent.
func paceOf(sender *child) (float64, error) {
	var sent struct {
		OrdersPerSecond float64 `json:"orders_per_second"`
	}
	if err := json.Unmarshal(sender.stdout.Bytes(), &sent); err != nil {
		return 0, fmt.Errorf("read what the generator has sent: %w", err)
	}
	return sent.OrdersPerSecond, nil
}
