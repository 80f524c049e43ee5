package lab

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"orderflow/infra/kafka"
)

// round is one fault, with all guarantees side by side.
type round struct {
	config  Config
	servers *servers
	topics  topics
	name    string
	topic   string
	ledger  string
	dir     string // of the ledger and the children's logs
	groups  []*group
	started time.Time
	life    context.Context // of the children: longer than that of any one step

	mu       sync.Mutex
	children int
	done     map[*group]int64 // records committed
}

// newRound prepares a round. suffix makes its topic and its groups its own.
func newRound(config Config, servers *servers, topics topics, name, dir string) *round {
	r := &round{
		config: config, servers: servers, topics: topics, name: name, dir: dir,
		topic:  "compare-" + name + "-" + strconv.FormatInt(time.Now().UnixNano(), 36),
		ledger: filepath.Join(dir, name+"-ledger.jsonl"),
		done:   map[*group]int64{},
	}
	for _, delivery := range config.Deliveries {
		r.groups = append(r.groups, &group{round: r, delivery: delivery, name: r.topic + "-" + delivery.Name})
	}
	return r
}

// deadLetters is the topic of the dead letters.
func (r *round) deadLetters() string { return r.topic + ".dlq" }

// run sends the orders, has them processed while the faults strike, and returns
// when all groups are through.
func (r *round) run(ctx context.Context, strikes []fault) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r.life = ctx
	for _, g := range r.groups {
		if err := g.fill(); err != nil {
			return err
		}
	}
	for _, g := range r.groups {
		if err := g.await(ctx, "all its members", func(now kafka.Group) bool { return now.Stable(members) }); err != nil {
			return err
		}
	}
	r.started = time.Now()
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() error { return r.send(ctx) })
	for _, struck := range r.struckTogether(strikes) {
		work.Go(func() error { return r.strike(ctx, struck, strikes) })
	}
	for _, g := range r.groups {
		work.Go(func() error { return g.awaitCommitted(ctx, r.config.Orders) })
	}
	if err := work.Wait(); err != nil {
		return fmt.Errorf("round %s: %w; the logs are in %s", r.name, err, r.dir)
	}
	var errs []error
	for _, g := range r.groups {
		errs = append(errs, g.stop())
	}
	return errors.Join(errs...)
}

// send runs the generator to its end.
func (r *round) send(ctx context.Context) error {
	generator, err := r.start("generator",
		"generator", "--transport", r.config.Transport, "--topic", r.topic, "--count", strconv.FormatInt(r.config.Orders, 10),
		"--users", strconv.Itoa(r.config.Users), "--invalid", r.config.Invalid,
		"--seed", strconv.FormatUint(r.config.Seed, 10), "--ledger", r.ledger, "--json")
	if err != nil {
		return err
	}
	select {
	case <-generator.ended:
	case <-ctx.Done():
		return ctx.Err()
	}
	if generator.err != nil {
		return fmt.Errorf("the generator failed: %w", generator.err)
	}
	return nil
}

// struckTogether parts the groups into those that a fault strikes at once: all of
// them if it hits the servers, else each for itself.
func (r *round) struckTogether(strikes []fault) [][]*group {
	for _, f := range strikes {
		if f.shared {
			return [][]*group{r.groups}
		}
	}
	var each [][]*group
	for _, g := range r.groups {
		each = append(each, []*group{g})
	}
	return each
}

// strike injects the faults at points spread evenly over the orders.
func (r *round) strike(ctx context.Context, struck []*group, strikes []fault) error {
	for n, f := range strikes {
		at := r.config.Orders * int64(n+1) / int64(len(strikes)+1)
		for _, g := range struck {
			if err := g.awaitCommitted(ctx, at); err != nil {
				return err
			}
		}
		note := func() {
			for _, g := range struck {
				g.injected = append(g.injected, time.Now())
			}
		}
		if err := f.inject(ctx, struck[0], n, note); err != nil {
			return fmt.Errorf("inject %s into %s: %w", f.name, struck[0].name, err)
		}
	}
	return nil
}

// report tells who waits how far the round is.
func (r *round) report(g *group, committed int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done[g] = committed
	var done int64
	for _, records := range r.done {
		done += records
	}
	r.config.Progress(Progress{Fault: r.name, Done: done, Total: r.config.Orders * int64(len(r.groups))})
}
