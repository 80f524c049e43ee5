package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"orderflow/app/bench"
	"orderflow/app/bench/contestant"
)

// benchCommand is `bench`.
type benchCommand struct {
	externalFlags

	Orders        int64    `default:"1000000" group:"orders" help:"Orders that wait in the topic; all contestants take the same, plain Watermill a twentieth of them." placeholder:"N"`
	LatencyOrders int64    `default:"10000" group:"orders" help:"Orders that come at 1,000 a second when latency is measured." placeholder:"N"`
	Users         int      `default:"10000" group:"orders" help:"How many users order." placeholder:"N"`
	Skew          float64  `default:"0" group:"orders" help:"Exponent of Zipf's law for who orders how often; 0 is all alike." placeholder:"S"`
	HotKey        share    `name:"hot-key" default:"0%" group:"orders" help:"Share of orders that one user makes beside the others, such as 50%; the latency of the others is measured by itself then." placeholder:"P%"`
	Partitions    int32    `default:"3" group:"orders" help:"Partitions of the topics." placeholder:"N"`
	Rounds        int      `default:"3" group:"output" help:"Turns of each contestant, by turns; the result is their median." placeholder:"N"`
	Contestants   []string `group:"output" help:"Who takes part: ${contestants}; by default all but flink, and of a series only the first." placeholder:"NAME"`
	flinkFlags

	Processors []int   `group:"group" help:"Measure scaling: --orders by so many processes of a group, such as 1,2,3." placeholder:"N"`
	Backlog    []int64 `group:"orders" help:"Measure scaling: so many orders that wait, such as 10000,100000,1000000." placeholder:"N"`

	Out        string `group:"output" help:"Write the results as JSON and a picture into this directory." placeholder:"DIR"`
	JSON       bool   `name:"json" group:"output" help:"Print the results as one JSON object."`
	CPUProfile string `name:"cpuprofile" group:"output" help:"Write a CPU profile of each contestant, CONTESTANT-ROUND.pprof, into this directory." placeholder:"DIR"`
}

// Validate is called by kong.
func (c *benchCommand) Validate() error {
	switch {
	case c.Orders < 1000 || c.Orders > 100_000_000:
		return fmt.Errorf("--orders: must be 1000 to 100000000, is %d", c.Orders)
	case c.LatencyOrders < 100 || c.LatencyOrders > 10_000_000:
		return fmt.Errorf("--latency-orders: must be 100 to 10000000, is %d", c.LatencyOrders)
	case c.Users < 1 || c.Users > 10_000_000:
		return fmt.Errorf("--users: must be 1 to 10000000, is %d", c.Users)
	case !(c.Skew >= 0 && c.Skew <= 10):
		return fmt.Errorf("--skew: must be 0 to 10, is %g", c.Skew)
	case c.Partitions < 1 || c.Partitions > 1000:
		return fmt.Errorf("--partitions: must be 1 to 1000, is %d", c.Partitions)
	case c.Rounds < 1 || c.Rounds > 20:
		return fmt.Errorf("--rounds: must be 1 to 20, is %d", c.Rounds)
	}
	for _, processors := range c.Processors {
		if processors < 1 || processors > int(c.Partitions) {
			return fmt.Errorf("--processors: must be 1 to the number of partitions, %d, is %d; see --partitions", c.Partitions, processors)
		}
	}
	for _, orders := range c.Backlog {
		if orders < 1000 || orders > 100_000_000 {
			return fmt.Errorf("--backlog: must be 1000 to 100000000, is %d", orders)
		}
	}
	for i, name := range c.Contestants {
		switch {
		case !slices.Contains(bench.Contestants(), name):
			return fmt.Errorf("--contestants: %w", noContestant(name))
		case slices.Contains(c.Contestants[:i], name):
			return fmt.Errorf("--contestants: %s is named twice", name)
		}
	}
	return nil
}

func noContestant(name string) error {
	return fmt.Errorf("there is no contestant %q; there are %s", name, strings.Join(bench.Contestants(), ", "))
}

// Run is called by kong.
func (c *benchCommand) Run(s surroundings) (err error) {
	for _, directory := range []string{c.Out, c.CPUProfile} { // before the work, not after
		if directory == "" {
			continue
		}
		if err := os.MkdirAll(directory, 0o755); err != nil {
			return fmt.Errorf("create the directory for the results: %w; choose another one", err)
		}
	}
	if c.withFlink() {
		if _, err := contestant.FlinkJar(c.FlinkBuild); err != nil {
			return err
		}
	}
	config, stop, err := c.config(s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	show := newBenchShow(s.stderr)
	config.Progress = show.progress
	result, err := measured(s.ctx, config)
	show.finish()
	if err != nil {
		return err
	}
	if c.Out != "" {
		picture, err := result.Write(c.Out)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.stderr, "the picture is %s\n", picture)
	}
	if c.JSON {
		return json.NewEncoder(s.stdout).Encode(result)
	}
	return result.Table(s.stdout)
}

func (c *benchCommand) withFlink() bool {
	return slices.Contains(c.Contestants, bench.Flink) || slices.Contains(c.Contestants, bench.FlinkNarrow)
}

// measurement is a bench.Result or a bench.Series.
type measurement interface {
	Write(dir string) (picture string, err error)
	Table(w io.Writer) error
}

func measured(ctx context.Context, config bench.Config) (measurement, error) {
	if len(config.Processors)+len(config.Backlog) > 0 {
		return bench.RunSeries(ctx, config)
	}
	return bench.Run(ctx, config)
}

// config says what to measure, on which servers. stop ends those that were started.
func (c *benchCommand) config(s surroundings) (config bench.Config, stop func() error, err error) {
	config = bench.Config{
		Orders: c.Orders, LatencyOrders: c.LatencyOrders, Users: c.Users, Skew: c.Skew, HotKey: float64(c.HotKey), Rounds: c.Rounds,
		Contestants: c.Contestants, Partitions: c.Partitions, Profiles: c.CPUProfile, Processors: c.Processors, Backlog: c.Backlog,
	}
	switch {
	case len(c.Contestants) > 0:
	case len(c.Processors)+len(c.Backlog) > 0:
		config.Contestants = bench.Contestants()[:1]
	default:
		config.Contestants = bench.Regulars()
	}
	if config.Program, err = os.Executable(); err != nil {
		return config, nil, fmt.Errorf("find this program to run it again: %w", err)
	}
	config.Servers, stop, err = c.start(s)
	config.Servers.Environment = append(config.Servers.Environment, "ORDERFLOW_FLINK_BUILD="+c.FlinkBuild)
	return config, stop, err
}
