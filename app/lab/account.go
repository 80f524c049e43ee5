package lab

import (
	"context"
	"time"

	"orderflow/app/timing"
	"orderflow/app/verify"
	"orderflow/infra/postgres"
)

// account says what became of the orders of a group, when all of it has ended, and
// how it went.
func (g *group) account(ctx context.Context) (cell Cell, err error) {
	if g.delivery.Write == postgres.CountOnce {
		cell, err = g.accountSums(ctx)
	} else {
		cell, err = g.accountRows(ctx)
	}
	if err != nil {
		return cell, err
	}
	times, err := g.measure(ctx)
	if err != nil {
		return cell, err
	}
	cell.Course = times.course(g.round.started, g.injected)
	cell.OrdersPerSecond, cell.P99MS = times.perSecond(), cell.Course.LatencyMS[98]
	cell.RecoverySeconds = times.recovery(g.injected).Seconds()
	stayed, moved := times.pauses(g.moves)
	cell.PauseStayedSeconds, cell.PauseMovedSeconds = stayed.Seconds(), moved.Seconds()
	if g.round.config.InFlight > 1 {
		cell.InFlight = g.round.config.InFlight
	}
	return cell, nil
}

// accountRows holds the rows and dead letters of a group against the ledger.
func (g *group) accountRows(ctx context.Context) (Cell, error) {
	r := g.round
	found, err := verify.Run(ctx, verify.Input{
		Ledger: r.ledger, Topics: r.topics, DeadLetters: r.deadLetters(),
		EventsTopic: g.eventsTopic(), Database: r.servers.database, Group: g.name,
	})
	if err != nil {
		return Cell{}, err
	}
	return Cell{
		Delivery: g.delivery.Name, Fault: r.name, Orders: r.config.Orders, Injected: len(g.injected),
		Persisted: found.Persisted, Lost: found.Lost + found.InvalidNotDeadLettered, Duplicated: found.Duplicated,
		DeadLettered: found.DeadLettered, ValidDeadLettered: found.ValidDeadLettered, OutOfOrder: found.OutOfOrder,
		Events: found.Events,
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
	err := timing.EachRow(ctx, g.round.topics, g.round.topic, g.round.servers.database, g.name, func(row timing.Row) {
		t.commits = append(t.commits, row.Committed)
		t.after[row.Partition] = append(t.after[row.Partition], row.Committed)
		t.latency.Add(row)
	})
	return t, err
}
