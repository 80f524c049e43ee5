package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/pprof"
	"strings"

	"orderflow/app/bench"
	"orderflow/app/bench/contestant"
	"orderflow/infra/telemetry"
)

// contestantCommand is `bench-contestant`, which `bench` runs as a process of its
// own: one contestant, until it is stopped. Then it prints what it has used.
type contestantCommand struct {
	kafkaFlags
	databaseFlags
	topicFlags

	Name    string `arg:"" enum:"orderflow-exactly-once,orderflow-at-least-once,hand-written,plain-watermill" help:"Which contestant."`
	Group   string `name:"group-id" required:"" help:"Consumer group."`
	Profile string `help:"Write a CPU profile here." placeholder:"FILE"`
}

// Run is called by kong.
func (c *contestantCommand) Run(s surroundings) error {
	if err := c.profiled(func() error { return c.take(s) }); err != nil {
		return err
	}
	return bench.WriteUsage(s.stdout)
}

// take takes orders until it is stopped.
func (c *contestantCommand) take(s surroundings) error {
	job := contestant.Job{Brokers: c.Bootstrap, DatabaseURL: c.URL, Topic: c.Topic, Group: c.Group}
	switch c.Name {
	case bench.HandWritten:
		return contestant.HandWritten(s.ctx, job)
	case bench.PlainWatermill:
		return contestant.PlainWatermill(s.ctx, job, telemetry.ForWatermill(s.logger))
	default:
		return c.process(s)
	}
}

// process runs the command that anybody would who has many orders.
func (c *contestantCommand) process(s surroundings) error {
	args := []string{
		"processor", "--delivery", strings.TrimPrefix(c.Name, "orderflow-"), "--topic", c.Topic, "--group-id", c.Group,
		"--in-flight", "1000", "--ordering", "key",
	}
	if code := run(args, io.Discard, s.stderr); code != exitOK {
		return fmt.Errorf("the processor failed with exit code %d", code)
	}
	return nil
}

// profiled calls f and writes a CPU profile of it, if one is wanted.
func (c *contestantCommand) profiled(f func() error) (err error) {
	if c.Profile == "" {
		return f()
	}
	file, err := os.Create(c.Profile)
	if err != nil {
		return fmt.Errorf("write the CPU profile: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := pprof.StartCPUProfile(file); err != nil {
		return fmt.Errorf("write the CPU profile: %w", err)
	}
	defer pprof.StopCPUProfile()
	return f()
}
