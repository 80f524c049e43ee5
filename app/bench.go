package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"orderflow/app/bench"
	"orderflow/infra/kafka"
	"orderflow/infra/postgres"
)

// benchCommand is `bench`.
type benchCommand struct {
	Orders        int64    `default:"1000000" group:"orders" help:"Orders that wait in the topic; all contestants take the same, plain Watermill a twentieth of them." placeholder:"N"`
	LatencyOrders int64    `default:"10000" group:"orders" help:"Orders that come at 1,000 a second when latency is measured." placeholder:"N"`
	Users         int      `default:"10000" group:"orders" help:"How many users order." placeholder:"N"`
	Skew          float64  `default:"0" group:"orders" help:"Exponent of Zipf's law for who orders how often; 0 is all alike." placeholder:"S"`
	Rounds        int      `default:"3" group:"output" help:"Turns of each contestant, by turns; the result is their median." placeholder:"N"`
	Contestants   []string `default:"${contestants}" group:"output" help:"Who takes part." placeholder:"NAME"`

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
	case c.Rounds < 1 || c.Rounds > 20:
		return fmt.Errorf("--rounds: must be 1 to 20, is %d", c.Rounds)
	case len(c.Contestants) == 0:
		return fmt.Errorf("--contestants: name one at least; there are %s", strings.Join(bench.Contestants(), ", "))
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

// Run is called by kong.
func (c *benchCommand) Run(s surroundings) (err error) {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program to run it again: %w", err)
	}
	for _, directory := range []string{c.Out, c.CPUProfile} { // before the work, not after
		if directory == "" {
			continue
		}
		if err := os.MkdirAll(directory, 0o755); err != nil {
			return fmt.Errorf("create the directory for the results: %w; choose another one", err)
		}
	}
	servers, stop, err := benchServers(s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()

	show := newBenchShow(s.stderr)
	result, err := bench.Run(s.ctx, bench.Config{
		Program: program, Servers: servers, Orders: c.Orders, LatencyOrders: c.LatencyOrders, Users: c.Users, Skew: c.Skew,
		Rounds: c.Rounds, Contestants: c.Contestants, Partitions: partitions, Profiles: c.CPUProfile, Progress: show.progress,
	})
	show.finish()
	if err != nil {
		return err
	}
	if c.Out != "" {
		if err := bench.Write(c.Out, result); err != nil {
			return err
		}
		fmt.Fprintf(s.stderr, "the picture is %s/bench.svg\n", c.Out)
	}
	if c.JSON {
		return json.NewEncoder(s.stdout).Encode(result)
	}
	return bench.Table(s.stdout, result)
}

// benchServers are those of KAFKA_BOOTSTRAP and DATABASE_URL, or embedded ones.
func benchServers(s surroundings) (found bench.Servers, stop func() error, err error) {
	external, err := externalServers()
	if err != nil {
		return found, nil, err
	}
	if external != nil {
		return bench.Servers{Kafka: external.Kafka, Database: external.Database, DatabaseURL: os.Getenv("DATABASE_URL")},
			func() error { return nil }, nil
	}
	embedded, err := startServers(s, "")
	if err != nil {
		return found, nil, err
	}
	found = bench.Servers{
		Kafka: kafka.Config{Brokers: []string{embedded.kafka.Addr()}}, DatabaseURL: embedded.databaseURL(),
		Environment: []string{"KAFKA_BOOTSTRAP=" + embedded.kafka.Addr(), "DATABASE_URL=" + embedded.databaseURL()},
	}
	if found.Database, err = postgres.ParseURL(found.DatabaseURL); err != nil {
		return found, nil, errors.Join(err, embedded.close())
	}
	return found, embedded.close, nil
}
