package lab

import (
	"log/slog"
	"time"

	"orderflow/infra/kafka"
	"orderflow/infra/postgres"
)

// Config is what to compare.
type Config struct {
	// Program is the path of this program, which the lab runs as generator and
	// processors.
	Program string
	// Transport is what carries the messages, as --transport knows it: kafka or
	// postgres.
	Transport string
	// Orders is how many are sent in each round.
	Orders int64
	// Users is how many users order; Invalid is the share of orders with a defect.
	Users   int
	Invalid string
	// InFlight is how many messages of a partition may be in flight, 1 or more.
	InFlight int
	// Outbox has the processors announce their rows, and dead-letter the same way.
	Outbox bool
	// Seed decides which orders are sent, and which faults a soak injects.
	Seed uint64
	// Deliveries are the guarantees, Faults the names of the faults.
	Deliveries []Delivery
	Faults     []string
	// Injections is how often a fault is injected into each group of a round.
	Injections int
	// External, if not nil, are the servers to use instead of embedded ones. What
	// needs to stop a server is then refused.
	External *External
	// Environment tells child processes how to reach the servers of External. Of
	// embedded ones the lab adds the addresses.
	Environment []string
	// Progress is told of what happens, for a person who waits. It is called from
	// several goroutines.
	Progress func(Progress)
	Logger   *slog.Logger
}

// Delivery is a guarantee, by its name as --delivery knows it; or the exact sums of
// the analytics handler, which have the guarantee of exactly-once.
type Delivery struct {
	Name   string
	Commit kafka.Commit
	Write  postgres.Write
	Flags  []string // of the processors that have it
}

// External is servers that are there already.
type External struct {
	Kafka    kafka.Config
	Database postgres.Config
}

// Progress is one thing that happened.
type Progress struct {
	Fault string
	// Done and Total count the orders handled by all groups of the round.
	Done, Total int64
	// Finished is a cell that is complete, nil for anything else.
	Finished *Cell
}

// sessionTimeout is that of the processors: short, since the others wait for it
// whenever one is killed.
const sessionTimeout = 3 * time.Second

// externalSessionTimeout is the shortest that brokers take by default.
const externalSessionTimeout = 6 * time.Second
