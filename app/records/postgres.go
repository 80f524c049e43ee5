// Package records lets who reads Kafka's topics read those in PostgreSQL as well:
// as topics of one partition, with records as Kafka has them.
package records

import (
	"context"
	"fmt"
	"strconv"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/infra/kafka"
	"orderflow/infra/postgres/messages"
)

// Postgres has the methods of kafka.Admin that read topics. It is safe for
// concurrent use.
type Postgres struct {
	topics *messages.Topics
}

// NewPostgres returns the topics of a database as Kafka's.
func NewPostgres(topics *messages.Topics) Postgres { return Postgres{topics} }

// Extents returns what the one partition holds. Where nothing is, or was, between
// two offsets is not known.
func (p Postgres) Extents(ctx context.Context, topic string) (map[int32]kafka.Extent, error) {
	extent, exists, err := p.topics.Extent(ctx, topic)
	if err != nil {
		return nil, err
	}
	if !exists {
		return nil, fmt.Errorf("topic %q in PostgreSQL: %w", topic, kerr.UnknownTopicOrPartition)
	}
	return map[int32]kafka.Extent{0: {Start: extent.Start, End: extent.End}}, nil
}

// ReadTopic calls visit with every record that a topic holds now, in the order of
// their delivery.
func (p Postgres) ReadTopic(ctx context.Context, topic string, visit func(*kgo.Record) error) (map[int32]kafka.Extent, error) {
	extents, err := p.Extents(ctx, topic)
	if err != nil {
		return nil, err
	}
	return extents, p.ReadExtents(ctx, topic, extents, visit)
}

// ReadExtents calls visit with every record within the extents.
func (p Postgres) ReadExtents(ctx context.Context, topic string, extents map[int32]kafka.Extent, visit func(*kgo.Record) error) error {
	if len(extents) == 0 {
		return nil
	}
	return p.topics.Read(ctx, topic, extents[0].End, func(found messages.Record) error {
		record := &kgo.Record{Topic: topic, Offset: found.Offset, Timestamp: found.Timestamp, Key: found.Key, Value: found.Value}
		for _, header := range found.Headers {
			record.Headers = append(record.Headers, kgo.RecordHeader{Key: string(header.Name), Value: header.Value})
		}
		return visit(record)
	})
}

// CommittedOffsets returns the offset of the first record, in the order of delivery,
// that the group has not passed; when it has passed all, the end.
func (p Postgres) CommittedOffsets(ctx context.Context, group, topic string) (kafka.Offsets, error) {
	progress, err := p.topics.Progress(ctx, topic, group)
	if err != nil || progress.Left > 0 {
		return kafka.Offsets{0: progress.Next}, err
	}
	extents, err := p.Extents(ctx, topic)
	return kafka.Offsets{0: extents[0].End}, err
}

// EndOffsets returns the offset after the highest.
func (p Postgres) EndOffsets(ctx context.Context, topic string) (kafka.Offsets, error) {
	extents, err := p.Extents(ctx, topic)
	return kafka.Offsets{0: extents[0].End}, err
}

// Passed returns how many records of the topic a group has acked.
func (p Postgres) Passed(ctx context.Context, group, topic string) (int64, error) {
	progress, err := p.topics.Progress(ctx, topic, group)
	return progress.Passed, err
}

// DescribeGroup returns who takes turns at the topic. There is no rebalancing.
func (p Postgres) DescribeGroup(ctx context.Context, name, topic string) (kafka.Group, error) {
	members, err := p.topics.Members(ctx, topic, name)
	group := kafka.Group{State: "Stable"}
	for _, member := range members {
		group.Members = append(group.Members, kafka.Member{ID: strconv.Itoa(member.PID)})
	}
	return group, err
}

// Turn returns the process id of the member whose turn it is, 0 if it is nobody's.
func (p Postgres) Turn(ctx context.Context, group, topic string) (pid int, err error) {
	members, err := p.topics.Members(ctx, topic, group)
	for _, member := range members {
		if member.Turn {
			pid = member.PID
		}
	}
	return pid, err
}
