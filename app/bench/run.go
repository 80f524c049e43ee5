package bench

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"orderflow/infra/kafka"
)

// run is one call of Run.
type run struct {
	Config
	id       string // makes its topics and groups its own
	dir      string // of the children's logs
	admin    *kafka.Admin
	database *sql.DB
}

// Run measures the contestants side by side.
func Run(ctx context.Context, config Config) (Result, error) {
	result := Result{
		StartedAt: time.Now(), Orders: config.Orders, LatencyOrders: config.LatencyOrders,
		Users: config.Users, Skew: config.Skew, HotKey: config.HotKey, Rounds: config.Rounds,
	}
	err := connected(ctx, config, func(r *run) error {
		turns, err := r.rounds(ctx)
		if err == nil {
			result.conclude(turns)
		}
		return err
	})
	return result, err
}

// connected connects and calls f. The directory with the contestants' logs stays when
// one fails. Topics and schemas that were made are removed.
func connected(ctx context.Context, config Config, f func(*run) error) (err error) {
	r := &run{Config: config, id: "bench-" + strconv.FormatInt(time.Now().UnixNano(), 36)}
	if r.dir, err = os.MkdirTemp("", "orderflow-bench-logs-"); err != nil {
		return fmt.Errorf("directory for logs: %w", err)
	}
	defer func() {
		if err == nil || ctx.Err() != nil {
			err = errors.Join(err, os.RemoveAll(r.dir))
		}
	}()
	if r.admin, err = kafka.NewAdmin(ctx, config.Servers.Kafka); err != nil {
		return err
	}
	defer r.admin.Close()
	if r.database, err = sql.Open("postgres", config.Servers.DatabaseURL); err != nil {
		return fmt.Errorf("configure the connection to PostgreSQL: %w", err)
	}
	defer func() { err = errors.Join(err, r.database.Close()) }()
	return f(r)
}

// rounds gives each contestant its turns, on the same preloaded topic.
func (r *run) rounds(ctx context.Context) (turns []Turn, err error) {
	preloaded := r.id + "-orders"
	defer func() { err = errors.Join(err, r.deleteTopic(ctx, preloaded)) }()
	if err := r.preload(ctx, preloaded, r.Orders); err != nil {
		return nil, err
	}
	for round := range r.Rounds {
		for _, name := range r.turns(round) {
			turn, err := r.turn(ctx, round+1, name, preloaded)
			if err != nil {
				return nil, fmt.Errorf("round %d: %w", round+1, err)
			}
			turns = append(turns, turn)
			r.Progress(Progress{Finished: &turn})
		}
	}
	return turns, nil
}

// preload fills the topic that all contestants read.
func (r *run) preload(ctx context.Context, topic string, orders int64) error {
	if _, err := r.admin.EnsureTopic(ctx, topic, r.Partitions, nil); err != nil {
		return err
	}
	generator, err := r.generate(ctx, "preload-"+topic, topic, orders)
	if err != nil {
		return err
	}
	defer generator.kill()
	err = until(ctx, []*child{generator}, "the orders", func() (int64, bool, error) {
		ends, err := r.admin.EndOffsets(ctx, topic)
		r.Progress(Progress{Doing: "preloading the topic", Done: ends.Sum(), Total: orders})
		return ends.Sum(), ends.Sum() >= orders, err
	})
	if err != nil {
		return err
	}
	return generator.wait(ctx)
}

// generate starts the generator of so many valid orders.
func (r *run) generate(ctx context.Context, name, topic string, orders int64, more ...string) (*child, error) {
	return r.start(ctx, name, append([]string{
		"generator", "--topic", topic, "--count", strconv.FormatInt(orders, 10), "--users", strconv.Itoa(r.Users),
		"--skew", strconv.FormatFloat(r.Skew, 'g', -1, 64), "--hot-key", strconv.FormatFloat(r.HotKey, 'g', -1, 64), "--invalid", "0", "--json",
	}, more...)...)
}
