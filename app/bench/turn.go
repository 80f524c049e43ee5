package bench

import (
	"context"
	"errors"

	"orderflow/infra/kafka"
)

// turn measures one contestant once.
func (r *run) turn(ctx context.Context, round int, name, preloaded string) (Turn, error) {
	turn := Turn{Round: round, Contestant: name}
	c := contestantOf(name)
	var err error
	turn.Throughput, err = r.throughput(ctx, job{
		Contestant: c, round: round, purpose: forThroughput, topic: preloaded, orders: c.orders(r.Orders), processors: 1,
	})
	if err != nil || c.RateOnly {
		return turn, err
	}
	turn.Latency, err = r.latency(ctx, round, c)
	return turn, err
}

// deleteTopic removes a topic, and those of its dead letters and its events, if they
// are there, also when ctx is done.
func (r *run) deleteTopic(ctx context.Context, topic string) error {
	var errs []error
	for _, name := range []string{topic, topic + ".dlq", topic + ".accepted"} {
		if err := r.admin.DeleteTopic(context.WithoutCancel(ctx), name); !kafka.NoTopic(err) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
