package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"

	"orderflow/infra/kafka"
)

// turn measures one contestant once.
func (r *run) turn(ctx context.Context, round int, name, preloaded string) (Turn, error) {
	turn := Turn{Round: round, Contestant: name}
	var err error
	if turn.Throughput, err = r.throughput(ctx, round, name, preloaded); err != nil {
		return turn, err
	}
	turn.Latency, err = r.latency(ctx, round, name)
	return turn, err
}

// stint is a contestant at work: its process, its group, and what it takes.
type stint struct {
	*child

	run    *run
	doing  string
	group  string
	topic  string
	orders int64 // to take
}

// begin starts a contestant. purpose makes its group its own.
func (r *run) begin(ctx context.Context, round int, name, purpose, topic string, orders int64) (*stint, error) {
	group := fmt.Sprintf("%s-%s-%d-%s", r.id, name, round, purpose)
	args := []string{"bench-contestant", name, "--topic", topic, "--group-id", group}
	if r.Profiles != "" && purpose == forThroughput {
		args = append(args, "--profile", filepath.Join(r.Profiles, fmt.Sprintf("%s-%d.pprof", name, round)))
	}
	process, err := r.start(ctx, fmt.Sprintf("%s-%d-%s", name, round, purpose), args...)
	return &stint{
		child: process, run: r, doing: fmt.Sprintf("round %d/%d %s: %s", round, r.Rounds, name, purpose),
		group: group, topic: topic, orders: orders,
	}, err
}

// joined waits until the contestant has the partitions.
func (s *stint) joined(ctx context.Context) error {
	return s.until(ctx, "joining its group", func() (int64, bool, error) {
		group, err := s.run.admin.DescribeGroup(ctx, s.group)
		return 0, err == nil && group.Stable(1), err
	})
}

// took waits until the contestant has committed its orders.
func (s *stint) took(ctx context.Context) error {
	return s.until(ctx, "its orders", func() (int64, bool, error) {
		committed, err := s.run.admin.CommittedOffsets(ctx, s.group, s.topic)
		s.run.Progress(Progress{Doing: s.doing, Done: committed.Sum(), Total: s.orders})
		return committed.Sum(), committed.Sum() >= s.orders, err
	})
}

// end stops the contestant, which says what it used.
func (s *stint) end() (used usage, err error) {
	if err := s.stop(); err != nil {
		return used, err
	}
	if err := json.Unmarshal(s.stdout.Bytes(), &used); err != nil {
		return used, fmt.Errorf("read what %s has used: %w", s.name, err)
	}
	return used, nil
}

// deleteTopic removes a topic and that of its dead letters, if they are there, also
// when ctx is done.
func (r *run) deleteTopic(ctx context.Context, topic string) error {
	var errs []error
	for _, name := range []string{topic, topic + ".dlq"} {
		if err := r.admin.DeleteTopic(context.WithoutCancel(ctx), name); !kafka.NoTopic(err) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
