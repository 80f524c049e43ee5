package lab

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"time"
)

// Run compares the guarantees: a round for each fault.
func Run(ctx context.Context, config Config) (Result, error) {
	rounds, err := config.rounds()
	if err != nil {
		return Result{}, err
	}
	return experiment(ctx, config, rounds)
}

// Soak injects so many faults of all kinds, drawn from the seed, into one long
// round.
func Soak(ctx context.Context, config Config, strikes int) (Result, error) {
	return experiment(ctx, config, []plan{{"soak", config.draw(strikes)}})
}

// plan is the faults of a round, in the order in which they strike.
type plan struct {
	name    string
	strikes []fault
}

// rounds returns a plan for each fault.
func (c Config) rounds() ([]plan, error) {
	var plans []plan
	for _, name := range c.Faults {
		f, err := faultOf(name)
		switch {
		case err != nil:
			return nil, err
		case f.brokers && c.Transport != "kafka":
			return nil, fmt.Errorf("the fault %q cuts Kafka's connections, and --transport %s has none: leave it out with --faults", name, c.Transport)
		case f.shared && c.External != nil:
			return nil, fmt.Errorf("the fault %q stops servers, which can be done to embedded ones only: leave it out with --faults, "+
				"or unset KAFKA_BOOTSTRAP and DATABASE_URL", name)
		case f.inject == nil:
			plans = append(plans, plan{name, nil})
		default:
			plans = append(plans, plan{name, slices.Repeat([]fault{f}, c.Injections)})
		}
	}
	return plans, nil
}

// draw returns faults by chance, of those that are possible.
func (c Config) draw(strikes int) []fault {
	possible := slices.DeleteFunc(slices.Clone(faults), func(f fault) bool {
		return f.inject == nil || f.shared && c.External != nil || f.brokers && c.Transport != "kafka"
	})
	random := rand.New(rand.NewPCG(c.Seed, 0))
	drawn := make([]fault, strikes)
	for i := range drawn {
		drawn[i] = possible[random.IntN(len(possible))]
	}
	return drawn
}

// experiment runs the plans one after the other on the same servers. The
// directory with ledgers and logs stays when it fails.
func experiment(ctx context.Context, config Config, plans []plan) (result Result, err error) {
	result = Result{StartedAt: time.Now(), Orders: config.Orders}
	if err := enough(config.needs(len(plans))); err != nil {
		return result, err
	}
	dir, err := os.MkdirTemp("", "orderflow-compare-logs-")
	if err != nil {
		return result, fmt.Errorf("directory for ledgers and logs: %w", err)
	}
	defer func() {
		if err == nil {
			err = os.RemoveAll(dir)
		}
	}()
	servers, err := startServers(ctx, config)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, servers.close()) }()
	topics, err := servers.connect(ctx)
	if err != nil {
		return result, err
	}

	for _, plan := range plans {
		r := newRound(config, servers, topics, plan.name, dir)
		if err := r.run(ctx, plan.strikes); err != nil {
			return result, err
		}
		for _, g := range r.groups {
			cell, err := g.account(ctx)
			if err != nil {
				return result, err
			}
			result.Cells = append(result.Cells, cell)
			config.Progress(Progress{Fault: r.name, Finished: &cell})
		}
	}
	return result, nil
}
