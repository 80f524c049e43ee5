package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// errEnough is what a visitor returns that wants no more of the record's partition.
var errEnough = errors.New("no more of this partition is wanted")

// firstTimestamps returns the timestamp of the first record of each partition
// within its extent, where there is a record and it has one. Its error says why that
// of some partitions could not be read.
func (a *Admin) firstTimestamps(ctx context.Context, topic string, extents map[int32]Extent) (map[int32]time.Time, error) {
	timestamps := map[int32]time.Time{}
	var lost []error
	r := &topicReader{
		admin: a, topic: topic,
		visit: func(record *kgo.Record) error {
			if record.Timestamp.UnixMilli() >= 0 { // -1 is none
				timestamps[record.Partition] = record.Timestamp
			}
			return errEnough
		},
		lost: func(partition int32, err error) {
			lost = append(lost, fmt.Errorf("read topic %q: partition %d: %w", topic, partition, err))
		},
	}
	err := r.readExtents(ctx, extents)
	return timestamps, errors.Join(append(lost, err)...)
}
