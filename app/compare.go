package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"orderflow/app/generator"
	"orderflow/app/lab"
	"orderflow/app/lab/report"
	"orderflow/infra/kafka"
)

// compareCommand is `compare`.
type compareCommand struct {
	transportFlags
	externalFlags

	Orders     int64    `default:"3000" group:"orders" help:"Orders in each round; all guarantees get the same." placeholder:"N"`
	Users      int      `default:"100" group:"orders" help:"How many users order." placeholder:"N"`
	Invalid    share    `default:"2%" group:"orders" help:"Share of orders with a defect." placeholder:"P%"`
	Seed       uint64   `group:"orders" help:"Repeats the orders and, of a soak, the faults of an earlier run; random by default." placeholder:"N"`
	Deliveries []string `group:"delivery" help:"Guarantees to compare; by default all that the transport can give." placeholder:"NAME"`
	InFlight   int      `default:"1" group:"group" help:"Messages of a partition that may be handled at once; at-most-once stays at 1." placeholder:"N"`
	Faults     []string `group:"failures" help:"Faults to inject, by default all that the transport can have; with --soak how many." placeholder:"NAME"`
	Analytics  bool     `group:"delivery" help:"Add a group that counts the orders in sums, and hold these against the table of exactly-once, to the cent."`
	Outbox     bool     `group:"outbox" help:"Have all rows announced, and dead letters sent, through the outbox; hold the events against the rows."`
	Injections int      `default:"4" group:"failures" help:"How often a fault is injected into each group." placeholder:"N"`
	Soak       bool     `group:"failures" help:"One long round with faults of all kinds by chance, for exactly-once."`

	Out  string `group:"output" help:"Write a page with pictures, and the results as JSON, into this directory." placeholder:"DIR"`
	JSON bool   `name:"json" group:"output" help:"Print the results as a JSON array."`
}

// Validate is called by kong.
func (c *compareCommand) Validate() error {
	switch {
	case c.Orders < 100 || c.Orders > 100_000_000:
		return fmt.Errorf("--orders: must be 100 to 100000000, is %d", c.Orders)
	case c.Users < 1 || c.Users > 10_000_000:
		return fmt.Errorf("--users: must be 1 to 10000000, is %d", c.Users)
	case c.InFlight < 1 || c.InFlight > maxInFlight:
		return fmt.Errorf("--in-flight: must be 1 to %d, is %d", maxInFlight, c.InFlight)
	case c.Injections < 1 || c.Injections > 100:
		return fmt.Errorf("--injections: must be 1 to 100, is %d", c.Injections)
	}
	if err := errors.Join(c.betweenProcesses(), c.allows(kafka.CommitAfter, c.InFlight), c.checkDeliveries()); err != nil {
		return err
	}
	if c.Analytics && !c.Soak && len(c.Deliveries) > 0 && !slices.Contains(c.Deliveries, "exactly-once") {
		return errors.New("--analytics: its sums are held against the table of exactly-once, which must be among the --deliveries")
	}
	if c.Outbox && c.Transport != "kafka" {
		return fmt.Errorf("--outbox: relays to Kafka: leave it out with --transport %s", c.Transport)
	}
	if c.Soak {
		_, err := c.soakFaults()
		return err
	}
	for _, name := range c.Faults {
		switch {
		case !slices.Contains(lab.Faults(), name):
			return fmt.Errorf("--faults: there is no fault %q; there are %s", name, strings.Join(lab.Faults(), ", "))
		case !slices.Contains(lab.FaultsOn(c.Transport), name):
			return fmt.Errorf("--faults: %s concerns Kafka's brokers, and --transport %s has none: leave it out", name, c.Transport)
		}
	}
	return nil
}

func (c *compareCommand) checkDeliveries() error {
	for _, name := range c.Deliveries {
		i := slices.IndexFunc(profiles, func(p profile) bool { return p.name == name })
		if i < 0 {
			return fmt.Errorf("--deliveries: there is no guarantee %q; there are %s", name, strings.Join(profileNames(), ", "))
		}
		if err := c.allows(profiles[i].commit, 1); err != nil {
			return err
		}
	}
	return nil
}

// takesPart reports whether a guarantee is compared: by default those that the
// transport can give.
func (c *compareCommand) takesPart(p profile) bool {
	switch {
	case c.Soak:
		return p.name == "exactly-once"
	case len(c.Deliveries) == 0:
		return c.allows(p.commit, 1) == nil
	default:
		return slices.Contains(c.Deliveries, p.name)
	}
}

// soakFaults is how many faults a soak injects.
func (c *compareCommand) soakFaults() (int, error) {
	number, err := strconv.Atoi(strings.Join(c.Faults, ","))
	if err != nil || number < 1 {
		return 0, errors.New("--faults: with --soak, say how many faults, such as --faults 200")
	}
	return number, nil
}

// Run is called by kong.
func (c *compareCommand) Run(s surroundings) error {
	config, err := c.config(s)
	if err != nil {
		return err
	}
	show := newComparison(s.stderr)
	config.Progress = show.progress
	var result lab.Result
	if c.Soak {
		strikes, _ := c.soakFaults() // checked by Validate
		fmt.Fprintf(s.stderr, "soak of %d orders with %d faults; repeat it with --seed %d\n", c.Orders, strikes, config.Seed)
		result, err = lab.Soak(s.ctx, config, strikes)
	} else {
		result, err = lab.Run(s.ctx, config)
	}
	show.finish()
	if err != nil {
		return err
	}
	write := report.Table
	if c.JSON {
		write = report.JSON
	}
	if err := write(s.stdout, result.Cells); err != nil {
		return err
	}
	if c.Out != "" {
		if err := report.Write(c.Out, result); err != nil {
			return err
		}
		fmt.Fprintf(s.stderr, "the page is %s/index.html\n", c.Out)
	}
	return brokenPromises(result.Cells)
}

// config says what to compare, on which servers.
func (c *compareCommand) config(s surroundings) (lab.Config, error) {
	program, err := os.Executable()
	if err != nil {
		return lab.Config{}, fmt.Errorf("find this program to run it again: %w", err)
	}
	config := lab.Config{
		Program: program, Orders: c.Orders, Users: c.Users, Invalid: c.Invalid.String(), Seed: c.Seed,
		Transport: c.Transport, Faults: c.Faults, Injections: c.Injections, InFlight: c.InFlight, Outbox: c.Outbox, Logger: s.logger,
	}
	if len(config.Faults) == 0 {
		config.Faults = lab.FaultsOn(c.Transport)
	}
	if config.Seed == 0 {
		config.Seed = generator.RandomSeed()
	}
	if config.External, config.Environment, err = c.servers(c.Transport); err != nil {
		return config, err
	}
	for _, p := range profiles {
		if c.takesPart(p) {
			config.Deliveries = append(config.Deliveries, p.forLab())
		}
	}
	if c.Analytics {
		config.Deliveries = append(config.Deliveries, analyticsForLab())
	}
	return config, nil
}
