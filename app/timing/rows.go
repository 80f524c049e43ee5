// Package timing reads back how long the records of a topic took to become rows.
package timing

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/infra/kafka"
	"orderflow/infra/postgres"
)

// Row is a row of a consumer group, with the record it was.
type Row struct {
	Partition int32
	Produced  time.Time // the record's timestamp, to the millisecond
	Committed time.Time // by the database's clock, see postgres.Snapshot.Commits
}

// EachRow calls visit with every row that a consumer group has made of a topic, in
// the order of their commits. It keeps the timestamps of all records in memory.
func EachRow(ctx context.Context, admin *kafka.Admin, topic string, database postgres.Config, group string, visit func(Row)) error {
	produced := map[int32]map[int64]time.Time{}
	_, err := admin.ReadTopic(ctx, topic, func(record *kgo.Record) error {
		if produced[record.Partition] == nil {
			produced[record.Partition] = map[int64]time.Time{}
		}
		produced[record.Partition][record.Offset] = record.Timestamp
		return nil
	})
	if err != nil {
		return err
	}
	snapshot, err := postgres.OpenSnapshot(ctx, database, group)
	if err != nil {
		return err
	}
	defer func() { _ = snapshot.Close() }() // it was only read
	for _, write := range []postgres.Write{postgres.InsertOnce, postgres.Insert, postgres.CountOnce} {
		err := snapshot.Commits(ctx, write, func(partition int32, offset int64, at time.Time) {
			visit(Row{Partition: partition, Produced: produced[partition][offset], Committed: at})
		})
		if err != nil {
			return err
		}
	}
	return nil
}
