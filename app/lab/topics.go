package lab

import (
	"context"

	"orderflow/app/records"
	"orderflow/app/verify"
	"orderflow/infra/kafka"
)

// topics is what the lab asks of what carries the messages.
type topics interface {
	verify.Topics
	EndOffsets(ctx context.Context, topic string) (kafka.Offsets, error)
	// Passed returns how many records of a topic a group has committed.
	Passed(ctx context.Context, group, topic string) (int64, error)
	// DescribeGroup returns the members of a group.
	DescribeGroup(ctx context.Context, group, topic string) (kafka.Group, error)
	// partitions returns those that a processor has.
	partitions(ctx context.Context, group, topic string, member *child) ([]int32, error)
}

// onKafka is Kafka, where a member's log says what it was assigned.
type onKafka struct{ *kafka.Admin }

// Passed is right as long as nothing has expired.
func (k onKafka) Passed(ctx context.Context, group, topic string) (int64, error) {
	committed, err := k.CommittedOffsets(ctx, group, topic)
	return committed.Sum(), err
}

// DescribeGroup returns what the coordinator knows.
func (k onKafka) DescribeGroup(ctx context.Context, group, _ string) (kafka.Group, error) {
	return k.Admin.DescribeGroup(ctx, group)
}

func (onKafka) partitions(_ context.Context, _, _ string, member *child) ([]int32, error) {
	return member.partitions()
}

// onPostgres is the database, where the member whose turn it is has the one
// partition.
type onPostgres struct{ records.Postgres }

func (p onPostgres) partitions(ctx context.Context, group, topic string, member *child) ([]int32, error) {
	turn, err := p.Turn(ctx, group, topic)
	if err != nil || turn != member.command.Process.Pid {
		return nil, err
	}
	return []int32{0}, nil
}
