package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"
)

// job is what a contestant is to do.
type job struct {
	Contestant

	round      int // from 1
	purpose    string
	topic      string
	orders     int64 // to take
	processors int   // how many processes share the work
	together   bool  // they begin when each has its partitions
}

// stint is a contestant at work: its processes, which share a group.
type stint struct {
	job

	run     *run
	doing   string
	group   string
	members []*child
}

// begin starts a contestant.
func (r *run) begin(ctx context.Context, j job) (*stint, error) {
	s := &stint{
		job: j, run: r, group: r.group(j),
		doing: fmt.Sprintf("round %d/%d %s: %s", j.round, r.Rounds, j.Name, j.purpose),
	}
	for n := range j.processors {
		name := fmt.Sprintf("%s-%d-%s", j.Name, j.round, j.purpose)
		args := []string{"bench-contestant", j.Name, "--topic", j.topic, "--group-id", s.group}
		if n > 0 {
			name += fmt.Sprint("-", n+1)
		} else if r.Profiles != "" && j.purpose == forThroughput && !j.Foreign {
			args = append(args, "--profile", filepath.Join(r.Profiles, fmt.Sprintf("%s-%d.pprof", j.Name, j.round)))
		}
		member, err := r.start(ctx, name, args...)
		if err != nil {
			s.kill()
			return nil, err
		}
		s.members = append(s.members, member)
	}
	return s, nil
}

// group is that of a job, its own.
func (r *run) group(j job) string {
	return fmt.Sprintf("%s-%s-%d-%s", r.id, j.Name, j.round, j.purpose)
}

// joined waits until all members have their partitions.
func (s *stint) joined(ctx context.Context) error {
	return until(ctx, s.members, "joining its group", func() (int64, bool, error) {
		group, err := s.run.admin.DescribeGroup(ctx, s.group)
		return 0, err == nil && group.Stable(s.processors), err
	})
}

// took waits until the contestant has committed so many orders.
func (s *stint) took(ctx context.Context, orders int64) error {
	return until(ctx, s.members, "its orders", func() (int64, bool, error) {
		committed, err := s.run.admin.CommittedOffsets(ctx, s.group, s.topic)
		s.run.Progress(Progress{Doing: s.doing, Done: committed.Sum(), Total: orders})
		return committed.Sum(), committed.Sum() >= orders, err
	})
}

// end stops the contestant, whose processes say what they used. It returns the sum.
func (s *stint) end() (used usage, cpu time.Duration, err error) {
	var errs []error
	for _, member := range s.members {
		errs = append(errs, member.terminate())
	}
	for _, member := range s.members {
		<-member.ended
		errs = append(errs, member.err)
	}
	if err := errors.Join(errs...); err != nil {
		return used, 0, err
	}
	for _, member := range s.members {
		var one usage
		if err := json.Unmarshal(member.stdout.Bytes(), &one); err != nil {
			return used, 0, fmt.Errorf("read what %s has used: %w", member.name, err)
		}
		used.PeakRSS += one.PeakRSS
		used.Allocations += one.Allocations
		state := member.command.ProcessState
		cpu += state.UserTime() + state.SystemTime()
	}
	return used, cpu, nil
}

// kill ends what is still there.
func (s *stint) kill() {
	for _, member := range s.members {
		member.kill()
	}
}
