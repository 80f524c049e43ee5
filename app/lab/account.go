package lab

import (
	"context"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/app/verify"
	"orderflow/infra/postgres"
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
	course := times.course(r.started, g.injected)
	return Cell{
		Delivery: g.delivery.Name, Fault: r.name, Orders: r.config.Orders, Injected: len(g.injected),
		Persisted: found.Persisted, Lost: found.Lost + found.InvalidNotDeadLettered, Duplicated: found.Duplicated,
		DeadLettered: found.DeadLettered, ValidDeadLettered: found.ValidDeadLettered, OutOfOrder: found.OutOfOrder,
		OrdersPerSecond: times.perSecond(), P99MS: course.LatencyMS[98],
		RecoverySeconds: times.recovery(g.injected).Seconds(),
		Course:          course,
	}, nil
}

// times are when the rows of a group were committed.
type times struct {
	commits  []time.Time
	after    map[int32][]time.Time   // by partition, in order
	latency  *hdrhistogram.Histogram // from the record's timestamp, in microseconds
	produced map[int32]map[int64]time.Time
}

// measure reads when the records were written and when their rows were.
func (g *group) measure(ctx context.Context) (*times, error) {
	t := &times{
		after:    map[int32][]time.Time{},
		latency:  hdrhistogram.New(1, (24 * time.Hour).Microseconds(), 3),
		produced: map[int32]map[int64]time.Time{},
	}
	_, err := g.round.admin.ReadTopic(ctx, g.round.topic, func(record *kgo.Record) error {
		if t.produced[record.Partition] == nil {
			t.produced[record.Partition] = map[int64]time.Time{}
		}
		t.produced[record.Partition][record.Offset] = record.Timestamp
		return nil
	})
	if err != nil {
		return nil, err
	}
	snapshot, err := postgres.OpenSnapshot(ctx, g.round.servers.database, g.name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = snapshot.Close() }() // it was only read
	for _, write := range []postgres.Write{postgres.InsertOnce, postgres.Insert} {
		if err := snapshot.Commits(ctx, write, t.commit); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (t *times) commit(partition int32, offset int64, at time.Time) {
	t.commits = append(t.commits, at)
	t.after[partition] = append(t.after[partition], at)
	latency := at.Sub(t.produced[partition][offset]).Microseconds()
	_ = t.latency.RecordValue(min(max(latency, 1), t.latency.HighestTrackableValue())) // in range, so no error
}
