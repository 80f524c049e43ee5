package bench

import (
	"slices"

	"orderflow/infra/postgres"
)

// Contestant is one who can take part. How it is run is known by the command
// bench-contestant, which gets its name.
type Contestant struct {
	Name string
	// Color is that of its bars: of Okabe and Ito's palette (Color Universal Design,
	// 2008), which people with any kind of colour blindness tell apart.
	Color string
	// Table is where its rows go, in the schema of its group.
	Table postgres.Write
	// Part is which part of the orders it takes when it is too slow for all: 20 is a
	// twentieth, but a thousand at the least. 0 is all.
	Part int64
	// Ordered promises that the rows of a user are in order; bench sees to it.
	Ordered bool
	// Guest takes part only when it is named: it needs what not everybody has.
	Guest bool
	// Foreign is no Go program, of which a profile can be made.
	Foreign bool
	// RateOnly has no columns by which latency is measured.
	RateOnly bool
}

// The names of the contestants that others are held against.
const (
	ExactlyOnce    = "orderflow-exactly-once"
	AtLeastOnce    = "orderflow-at-least-once"
	WithOutbox     = "orderflow-outbox"
	HandWritten    = "hand-written"
	HandWrittenKey = "hand-written-unique-key"
	PlainWatermill = "plain-watermill"
	Analytics      = "orderflow-analytics"
	Flink          = "flink"
	FlinkNarrow    = "flink-5-columns"
)

// contestants are all there are, in the order of their turns. One more is a line
// here and one in app/bench_contestant.go.
var contestants = []Contestant{
	{Name: ExactlyOnce, Color: "#0072b2", Table: postgres.InsertOnce, Ordered: true},
	{Name: AtLeastOnce, Color: "#009e73", Table: postgres.Insert, Ordered: true},
	{Name: WithOutbox, Color: "#f0e442", Table: postgres.InsertOnce, Ordered: true},
	{Name: HandWritten, Color: "#64748b", Table: postgres.Insert, Ordered: true},
	{Name: HandWrittenKey, Color: "#94a3b8", Table: postgres.InsertOnce, Ordered: true},
	// It waits for an INSERT after each order: all would be beyond anybody's patience.
	{Name: PlainWatermill, Color: "#d55e00", Table: postgres.Insert, Part: 20, Ordered: true},
	{Name: Analytics, Color: "#cc79a7", Table: postgres.CountOnce},
	{Name: Flink, Color: "#e69f00", Table: postgres.InsertOnce, Guest: true, Foreign: true},
	{Name: FlinkNarrow, Color: "#56b4e9", Table: postgres.InsertOnce, Guest: true, Foreign: true, RateOnly: true},
}

// Contestants returns the names of all there are, in the order of their turns.
func Contestants() []string {
	var names []string
	for _, c := range contestants {
		names = append(names, c.Name)
	}
	return names
}

// Regulars returns the names of those who take part when nobody is named.
func Regulars() []string {
	var names []string
	for _, c := range contestants {
		if !c.Guest {
			names = append(names, c.Name)
		}
	}
	return names
}

// contestantOf returns the contestant of a name, which must be one of Contestants.
func contestantOf(name string) Contestant {
	return contestants[slices.IndexFunc(contestants, func(c Contestant) bool { return c.Name == name })]
}

// WriteOf returns the way in which the contestant of a name, one of Contestants, writes.
func WriteOf(name string) postgres.Write { return contestantOf(name).Table }

// orders is how many of all orders it takes.
func (c Contestant) orders(all int64) int64 {
	if c.Part == 0 {
		return all
	}
	return max(all/c.Part, min(all, 1000))
}
