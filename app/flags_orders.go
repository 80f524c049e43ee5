package main

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"orderflow/app/generator"
	"orderflow/handlers"
)

// ordersFlags says which orders to send, and how fast.
type ordersFlags struct {
	Count  int64                  `group:"orders" help:"How many made-up orders to send; without end by default." placeholder:"N"`
	Rate   float64                `group:"orders" help:"Orders per second; by default 10 without an end, and as fast as possible with --count or --replay." placeholder:"N"`
	Users  int                    `default:"100" group:"orders" help:"How many users order." placeholder:"N"`
	Skew   float64                `default:"0" group:"orders" help:"Exponent of Zipf's law for who orders how often; 0 is all alike." placeholder:"S"`
	HotKey share                  `name:"hot-key" default:"0%" group:"orders" help:"Share of orders that user-1 makes beside the others, such as 50%." placeholder:"P%"`
	Seed   uint64                 `group:"orders" help:"Repeats the orders of an earlier run; random by default." placeholder:"N"`
	Replay string                 `group:"orders" help:"Send the orders of a file instead: .csv (invoices) or .jsonl." placeholder:"FILE"`
	Schema handlers.SchemaVersion `name:"schema-version" enum:"1,2" default:"1" group:"orders" help:"Version of the orders: 2 has a channel, and a header that says so, also with the lines of a .jsonl file; 1 has neither." placeholder:"N"`
	Ledger string                 `group:"orders" help:"Write here what is sent, before and after each send, as JSON Lines." placeholder:"FILE"`
}

// Validate is called by kong.
func (f ordersFlags) Validate() error {
	switch {
	case f.Count < 0:
		return fmt.Errorf("--count: must not be negative, is %d", f.Count)
	case f.Rate < 0:
		return fmt.Errorf("--rate: must not be negative, is %g", f.Rate)
	case f.Schema != handlers.Version1 && strings.EqualFold(filepath.Ext(f.Replay), ".csv"):
		return fmt.Errorf("--schema-version %s: an invoice has no channel, so the orders of a .csv file are of version 1", f.Schema)
	case f.Replay != "" && f.Count != 0:
		return fmt.Errorf("--count and --replay exclude each other: a file has its own number of orders")
	}
	return nil
}

// rate is the rate in force, in orders per second; 0 is as fast as possible.
func (f ordersFlags) rate() float64 {
	const endless = 10
	if f.Rate == 0 && f.Count == 0 && f.Replay == "" {
		return endless
	}
	return f.Rate
}

// each reports whether every order shall be shown: when they are slow or few
// enough to read.
func (f ordersFlags) each() bool {
	const readable = 100
	return f.rate() > 0 && f.rate() <= readable || f.Count > 0 && f.Count <= readable
}

// open returns the source of the orders. invalid is the share of made-up orders
// with a defect. Its errors are those of the flags and of the file's form.
func (f ordersFlags) open(invalid share) (source generator.Source, seed uint64, err error) {
	if f.Replay != "" {
		source, err = generator.Open(f.Replay)
		if err == nil && f.Schema != handlers.Version1 {
			source = generator.WithVersion(source, f.Schema)
		}
		return source, 0, err
	}
	config := generator.SyntheticConfig{
		Count: f.Count, Users: f.Users, Skew: f.Skew, HotKey: float64(f.HotKey), Seed: f.Seed, Invalid: float64(invalid),
	}
	if f.Schema != handlers.Version1 {
		config.Version = f.Schema
	}
	synthetic, err := generator.NewSynthetic(config)
	if err != nil {
		return nil, 0, usageError{err}
	}
	return synthetic, synthetic.Seed(), nil
}

// share is a part of a whole, 0 to 1, written as 2% or 0.02.
type share float64

// UnmarshalText reads either form.
func (s *share) UnmarshalText(text []byte) error {
	number, percent := strings.CutSuffix(string(text), "%")
	value, err := strconv.ParseFloat(number, 64)
	if percent {
		value /= 100
	}
	if err != nil || !(value >= 0 && value <= 1) {
		return fmt.Errorf("%q is no share: write it as 2%% or 0.02, from 0%% to 100%%", text)
	}
	*s = share(value)
	return nil
}

// String writes the form with a percent sign.
func (s share) String() string {
	return strconv.FormatFloat(float64(s)*100, 'f', -1, 64) + "%"
}
