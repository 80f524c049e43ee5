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
	Key       string    // of the record
	Produced  time.Time // the record's timestamp, to the millisecond
	Committed time.Time // by the database's clock, see postgres.Snapshot.Commits
}

// Topics is where the records are: kafka.Admin, or what reads like it.
type Topics interface {
	ReadTopic(ctx context.Context, topic string, visit func(*kgo.Record) error) (map[int32]kafka.Extent, error)
}

// EachRow calls visit with every row that a consumer group has made of a topic, in
// the order of their commits. It keeps the timestamps of all records in memory.
func EachRow(ctx context.Context, topics Topics, topic string, database postgres.Config, group string, visit func(Row)) error {
	type record struct {
		at  time.Time
		key string
	}
	produced, keys := map[int32]map[int64]record{}, map[string]string{} // one string a key
	_, err := topics.ReadTopic(ctx, topic, func(read *kgo.Record) error {
		if produced[read.Partition] == nil {
			produced[read.Partition] = map[int64]record{}
		}
		key, known := keys[string(read.Key)]
		if !known {
			key = string(read.Key)
			keys[key] = key
		}
		produced[read.Partition][read.Offset] = record{read.Timestamp, key}
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
			from := produced[partition][offset]
			visit(Row{Partition: partition, Key: from.key, Produced: from.at, Committed: at})
		})
		if err != nil {
			return err
		}
	}
	return nil
}
