package lab

import (
	"context"
	"time"

	"orderflow/app/timing"
	"orderflow/app/verify"
)

// account says what became of the orders of a group, when all of it has ended.
func (g *group) account(ctx context.Context) (Cell, error) {
	r := g.round
	found, err := verify.Run(ctx, verify.Input{
		Ledger: r.ledger, Kafka: r.servers.brokers, DeadLetters: r.deadLetters(),
		Database: r.servers.database, Group: g.name,
	})
	if err != nil {
		return Cell{}, err
	}
	times, err := g.measure(ctx)
	if err != nil {
		return Cell{}, err
	}
	stayed, moved := times.pauses(g.moves)
	inFlight := r.config.InFlight
	if inFlight == 1 {
		inFlight = 0
	}
	course := times.course(r.started, g.injected)
	return Cell{
		Delivery: g.delivery.Name, Fault: r.name, Orders: r.config.Orders, Injected: len(g.injected),
		Persisted: found.Persisted, Lost: found.Lost + found.InvalidNotDeadLettered, Duplicated: found.Duplicated,
		DeadLettered: found.DeadLettered, ValidDeadLettered: found.ValidDeadLettered, OutOfOrder: found.OutOfOrder,
		OrdersPerSecond: times.perSecond(), P99MS: course.LatencyMS[98],
		RecoverySeconds:    times.recovery(g.injected).Seconds(),
		PauseStayedSeconds: stayed.Seconds(), PauseMovedSeconds: moved.Seconds(), InFlight: inFlight,
		Course: course,
	}, nil
}

// times are when the rows of a group were committed.
type times struct {
	commits []time.Time
	after   map[int32][]time.Time // by partition, in order
	latency timing.Latency
}

// measure reads when the records were written and when their rows were.
func (g *group) measure(ctx context.Context) (*times, error) {
	t := &times{after: map[int32][]time.Time{}, latency: timing.NewLatency()}
	err := timing.EachRow(ctx, g.round.admin, g.round.topic, g.round.servers.database, g.name, func(row timing.Row) {
		t.commits = append(t.commits, row.Committed)
		t.after[row.Partition] = append(t.after[row.Partition], row.Committed)
		t.latency.Add(row)
	})
	return t, err
}
