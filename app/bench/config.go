package bench

import (
	"slices"

	"orderflow/infra/kafka"
	"orderflow/infra/postgres"
)

// Pace is how many orders come each second when latency is measured.
const Pace = 1000

// Config is what to measure, on which servers.
type Config struct {
	// Program is the path of this program, which is run as generator and as the
	// contestants.
	Program string
	Servers Servers
	// Orders is how many orders a contestant takes, 1000 or more. The slow ones
	// take fewer, see Contestant.Part.
	Orders int64
	// LatencyOrders is how many it takes at the pace of Pace, 100 or more.
	LatencyOrders int64
	// Users is how many users order; Skew is the exponent of Zipf's law for who
	// orders how often, 0 is all alike.
	Users int
	Skew  float64
	// HotKey is the share of orders that one user makes beside that, 0 to 1.
	HotKey float64
	// Processors and Backlog are the points of RunSeries.
	Processors []int
	Backlog    []int64
	// Rounds is how many turns each contestant has.
	Rounds int
	// Contestants are the names of those who take part.
	Contestants []string
	// Partitions is how many the topics get.
	Partitions int32
	// Profiles, if not empty, is a directory for a CPU profile of each throughput
	// turn: CONTESTANT-ROUND.pprof.
	Profiles string
	// Progress is told of what happens, for a person who waits.
	Progress func(Progress)
}

// Servers are what is measured on.
type Servers struct {
	Kafka       kafka.Config
	Database    postgres.Config
	DatabaseURL string   // of Database
	Environment []string // what tells a child process of them
}

// Progress is one thing that happened.
type Progress struct {
	// Doing is what is being done, with Done of Total orders.
	Doing       string
	Done, Total int64
	// Finished is a turn that is over, nil for anything else.
	Finished *Turn
}

// turns returns the contestants of a round in the order of their turns. Each round
// begins with another, so that nobody always comes after the same.
func (c Config) turns(round int) []string {
	first := round % len(c.Contestants)
	return slices.Concat(c.Contestants[first:], c.Contestants[:first])
}
