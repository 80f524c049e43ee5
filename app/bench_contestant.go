package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/pprof"

	"orderflow/app/bench"
	"orderflow/app/bench/contestant"
	"orderflow/infra/telemetry"
)

// flinkFlags is where to find Flink.
type flinkFlags struct {
	FlinkBuild string `default:"app/bench/flink/target" group:"output" help:"Where 'mvn -f app/bench/flink package' has built the contestant flink." placeholder:"DIR"`
}

// contestantCommand is `bench-contestant`, which `bench` runs as a process of its
// own: one contestant, until it is stopped. Then it prints what it has used.
type contestantCommand struct {
	kafkaFlags
	databaseFlags
	topicFlags

	flinkFlags

	Name    string `arg:"" help:"Which contestant."`
	Group   string `name:"group-id" required:"" help:"Consumer group."`
	Profile string `help:"Write a CPU profile here." placeholder:"FILE"`
}

// Validate is called by kong.
func (c *contestantCommand) Validate() error {
	if contestants[c.Name] == nil {
		return noContestant(c.Name)
	}
	return nil
}

// Run is called by kong.
func (c *contestantCommand) Run(s surroundings) error {
	if err := c.profiled(func() error { return contestants[c.Name](*c, s) }); err != nil {
		return err
	}
	return bench.WriteUsage(s.stdout)
}

// contestants is how those of bench.Contestants take orders until they are stopped.
var contestants = map[string]func(contestantCommand, surroundings) error{
	bench.ExactlyOnce:    theProcessor("--delivery", "exactly-once"),
	bench.AtLeastOnce:    theProcessor("--delivery", "at-least-once"),
	bench.WithOutbox:     theProcessor("--delivery", "exactly-once", "--outbox"),
	bench.HandWritten:    theirs(handWritten),
	bench.HandWrittenKey: theirs(handWritten),
	bench.PlainWatermill: theirs(func(s surroundings, job contestant.Job) error {
		return contestant.PlainWatermill(s.ctx, job, telemetry.ForWatermill(s.logger))
	}),
	bench.Analytics:   theProcessor("--handler", "analytics"),
	bench.Flink:       flink(false),
	bench.FlinkNarrow: flink(true),
}

func handWritten(s surroundings, job contestant.Job) error { return contestant.HandWritten(s.ctx, job) }

// flink runs Flink SQL into a table of 5 columns, or of all.
func flink(narrow bool) func(contestantCommand, surroundings) error {
	return func(c contestantCommand, s surroundings) error {
		return theirs(func(s surroundings, job contestant.Job) error {
			return contestant.Flink(s.ctx, job, c.FlinkBuild, narrow)
		})(c, s)
	}
}

// theProcessor runs the command that anybody would who has many orders.
func theProcessor(flags ...string) func(contestantCommand, surroundings) error {
	return func(c contestantCommand, s surroundings) error {
		args := append([]string{
			"processor", "--topic", c.Topic, "--group-id", c.Group, "--in-flight", "3000",
		}, flags...)
		if code := run(args, io.Discard, s.stderr); code != exitOK {
			return fmt.Errorf("the processor failed with exit code %d", code)
		}
		return nil
	}
}

// theirs runs a contestant that is not ours.
func theirs(run func(surroundings, contestant.Job) error) func(contestantCommand, surroundings) error {
	return func(c contestantCommand, s surroundings) error {
		brokers, err := c.kafkaFlags.config()
		if err != nil {
			return err
		}
		return run(s, contestant.Job{
			Kafka: brokers, DatabaseURL: c.URL, Topic: c.Topic, Group: c.Group, Write: bench.WriteOf(c.Name),
		})
	}
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
